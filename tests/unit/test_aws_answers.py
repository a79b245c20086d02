"""What answers in the place of AWS, and says that all is well."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from tests.support.template import template
from twilio_connector.aws import Aws, UnreadableAnswerError
from twilio_connector.handlers import get_sms, select_message, update_message
from twilio_connector.state.failures import verdict_of
from twilio_connector.state.verdicts import Verdict
from twilio_connector.wiring import RESERVE_SECONDS

CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "dynamodb": ("get_item", {"TableName": "state", "Key": {"pk": {"S": "a"}, "sk": {"S": "a"}}}),
    "events": ("put_events", {"Entries": [{"Source": "a", "DetailType": "b", "Detail": "{}"}]}),
    "secrets": ("get_secret_value", {"SecretId": "name"}),
    "sqs": ("send_message_batch", {"QueueUrl": "https://queue", "Entries": [{"Id": "0", "MessageBody": "a"}]}),
}


class Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        yield self._body


def answered(service: str, body: bytes) -> Any:
    """What a client makes of an answer with this body."""
    client: Any = getattr(aws(), service)
    operation, arguments = CALLS[service]

    def answer(request: Any, **_: Any) -> AWSResponse:
        return AWSResponse(request.url, 200, HTTPHeaders(), Raw(body))

    client.meta.events.register("before-send", answer)
    try:
        return getattr(client, operation)(**arguments)
    finally:
        client.meta.events.unregister("before-send", answer)


@cache
def aws() -> Aws:
    return Aws(attempts=1)


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


@pytest.mark.parametrize("body", [b"<html>Log in</html>", b"OK", b"[]", b'{"Entries": [', b"null", b"\xff"], ids=ascii)
@pytest.mark.parametrize("service", CALLS)
def test_an_answer_that_is_no_json_object_is_a_failure_and_not_an_empty_answer(service: str, body: bytes) -> None:
    with pytest.raises(UnreadableAnswerError):
        answered(service, body)


@pytest.mark.parametrize("body", [b"{}", b' {"Entries": []}\n', b""], ids=ascii)
@pytest.mark.parametrize("service", CALLS)
def test_an_answer_in_json_is_one(service: str, body: bytes) -> None:
    assert answered(service, body)["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_what_has_such_an_answer_may_have_been_carried_out() -> None:
    assert verdict_of(UnreadableAnswerError()) is Verdict.LOST


@pytest.mark.parametrize("handler", [get_sms, select_message, update_message], ids=lambda each: each.__name__[-14:])
def test_a_secret_that_nobody_gives_leaves_time_to_say_so(handler: Any) -> None:
    config = handler.services.aws.secrets.meta.config
    tries = config.retries["total_max_attempts"]
    # botocore's standard mode waits for up to 1, 2, 4, … seconds between tries.
    longest = tries * (config.connect_timeout + config.read_timeout) + sum(2**number for number in range(tries - 1))
    shortest = template()["Globals"]["Function"]["Timeout"]
    assert longest <= shortest - RESERVE_SECONDS
