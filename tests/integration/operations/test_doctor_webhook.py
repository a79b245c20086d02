"""The doctor's probe: followed from the webhook's URL to the bus, and its rule and queue removed in every case."""

import json
from collections.abc import Callable
from itertools import count
from typing import Any
from urllib.parse import parse_qs

import pytest
from botocore.client import BaseClient
from twilio.request_validator import SIGNATURE_SETTINGS_HEADER, RequestValidator, get_signature_algorithm

from operations.doctor import round_trip
from operations.doctor.round_trip import check_round_trip
from operations.findings import Finding, Subject
from operations.stack import StackError
from operations.subscription import subscription
from tests.support.aws_faults import refusing
from tests.support.deployed_stack import DeployedStack, told
from tests.support.fakes import BUS, refused
from tests.support.moto_clients import moto_client
from tests.support.scripted_server import Answer, Exchange, ScriptedServer, reply, reset

URL = "https://api.example.com/webhook/default"


@pytest.fixture(autouse=True)
def _probes_follow_each_other_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(round_trip, "AGAIN_SECONDS", 0)


def minutes() -> Callable[[], float]:
    """A timer by which each look at it takes half a minute."""
    ticks = count(0.0, 30.0)
    return lambda: next(ticks)


def examine(deployed: DeployedStack, url: str) -> Finding:
    [finding] = Subject("webhook default").examined(check_round_trip(deployed.stack, "default", url, minutes()))
    return finding


def left_behind(deployed: DeployedStack) -> list[str]:
    """The rules and queues that a probe has not taken away."""
    rules = moto_client("events").list_rules(EventBusName=BUS)["Rules"]
    queues = deployed.world.sqs.list_queues(QueueNamePrefix="twilio-connector-").get("QueueUrls", [])
    return [*(rule["Name"] for rule in rules), *queues]


def publishing(server: Callable[[], ScriptedServer]) -> Answer:
    """Does what the webhook does with a probe."""

    def answer(exchange: Exchange) -> None:
        [nonce] = parse_qs(server().requests[-1].body.decode())["ConnectorProbe"]
        detail = json.dumps({"id": nonce})
        entry = {"Source": "twilio.connector", "DetailType": "Connector Probe", "Detail": detail, "EventBusName": BUS}
        moto_client("events").put_events(Entries=[entry])  # type: ignore[list-item]
        reply(204, b"")(exchange)

    return answer


def test_a_probe_is_sent_until_the_new_rule_matches(deployed: DeployedStack) -> None:
    with ScriptedServer(reply(204, b""), publishing(lambda: server)) as server:
        finding = examine(deployed, server.url)
    assert (str(finding.level), finding.text) == ("ok", f"A signed callback to {URL} reached the bus.")
    assert len(server.requests) == 2
    assert left_behind(deployed) == []


def test_a_probe_is_signed_for_the_public_url_as_twilio_signs(deployed: DeployedStack) -> None:
    with ScriptedServer(reply(403)) as server:
        examine(deployed, f"{server.url}/prefix/")
    [request] = server.requests
    form = {name: value for name, [value] in parse_qs(request.body.decode()).items()}
    assert request.line.startswith("POST /prefix/webhook/default ")
    assert form["AccountSid"] == deployed.world.twilio.account_sid
    validator = RequestValidator(deployed.world.twilio.auth_token)
    assert validator.validate(URL, form, request.headers["X-Twilio-Signature"])


def test_a_probe_of_a_connection_with_shared_keys_alone_is_signed_with_one(deployed: DeployedStack) -> None:
    twilio = deployed.world.twilio
    key = {"accountSid": twilio.account_sid, "apiKeySid": twilio.api_key_sid, "apiKeySecret": twilio.api_key_secret}
    deployed.replace_secret("default", {**key, "sharedKeys": {"webhooks_sharedkey_1": "shared"}})
    with ScriptedServer(reply(403)) as server:
        examine(deployed, server.url)
    [request] = server.requests
    form = {name: value for name, [value] in parse_qs(request.body.decode()).items()}
    settings = request.headers[SIGNATURE_SETTINGS_HEADER]
    assert settings == "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
    algorithm = get_signature_algorithm(settings)
    assert RequestValidator("shared").validate(URL, form, request.headers["X-Twilio-Signature"], algorithm)


@pytest.mark.parametrize(
    ("status", "hint"),
    [(403, "WebhookBaseUrl"), (404, "ConnectionPrefix"), (503, "could store the callback nowhere"), (500, "fails")],
)
def test_a_refusal_fails_with_its_usual_cause(deployed: DeployedStack, status: int, hint: str) -> None:
    with ScriptedServer(reply(status)) as server:
        finding = examine(deployed, server.url)
    assert told([finding]) == [("FAIL", "webhook default")]
    assert finding.text == f"A properly signed callback was answered with {status}, not 204."
    assert hint in finding.remedy
    assert left_behind(deployed) == []


def test_a_url_that_does_not_answer_fails(deployed: DeployedStack) -> None:
    with ScriptedServer(reset) as server:
        finding = examine(deployed, server.url)
    assert told([finding]) == [("FAIL", "webhook default")]
    assert "does not answer from here" in finding.text
    assert "DELIVER_TO" in finding.remedy
    assert left_behind(deployed) == []


def test_a_probe_that_never_arrives_fails(deployed: DeployedStack) -> None:
    with ScriptedServer(reply(204, b"")) as server:
        finding = examine(deployed, server.url)
    assert told([finding]) == [("FAIL", "webhook default")]
    assert "did not reach the bus in 75 s" in finding.text
    assert left_behind(deployed) == []


@pytest.mark.parametrize("operation", ["PutRule", "CreateQueue", "GetQueueAttributes", "PutTargets", "ReceiveMessage"])
def test_a_caller_without_permission_is_told_so_and_leaves_nothing_behind(
    deployed: DeployedStack, operation: str
) -> None:
    with ScriptedServer(reply(204, b"")) as server, refusing(operation, "AccessDenied"):
        finding = examine(deployed, server.url)
    assert finding.text == f"Your AWS credentials may not call {operation} on this."
    assert left_behind(deployed) == []


def test_what_was_forbidden_to_make_is_not_missed_when_it_cannot_be_removed(deployed: DeployedStack) -> None:
    with refusing("PutRule", "AccessDeniedException"), refusing("RemoveTargets", "AccessDeniedException"):
        finding = examine(deployed, "http://127.0.0.1:9")
    assert finding.text == "Your AWS credentials may not call PutRule on this."


@pytest.mark.parametrize("operation", ["PutRule", "CreateQueue"])
@pytest.mark.parametrize("failure", [KeyboardInterrupt(), refused("InternalException")], ids=repr)
def test_what_was_made_though_its_making_failed_is_removed(
    deployed: DeployedStack, operation: str, failure: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = deployed.stack
    proper = BaseClient._make_api_call  # type: ignore[attr-defined]  # not in boto3's types

    def interrupted(client: BaseClient, name: str, arguments: dict[str, Any]) -> Any:
        answer = proper(client, name, arguments)
        if name == operation:
            raise failure
        return answer

    with monkeypatch.context() as patches, pytest.raises(type(failure)):
        patches.setattr(BaseClient, "_make_api_call", interrupted)
        list(check_round_trip(stack, "default", "http://127.0.0.1:9"))
    assert left_behind(deployed) == []


@pytest.mark.parametrize("exception", [KeyboardInterrupt, SystemExit])
def test_an_interrupted_probe_leaves_nothing_behind(
    deployed: DeployedStack, exception: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> int:
        raise exception

    monkeypatch.setattr(round_trip._Probe, "post", interrupted)
    with pytest.raises(exception):
        examine(deployed, "http://127.0.0.1:9")
    assert left_behind(deployed) == []


@pytest.mark.parametrize("operation", ["RemoveTargets", "DeleteRule", "DeleteQueue"])
def test_what_could_not_be_removed_is_named(deployed: DeployedStack, operation: str) -> None:
    with (
        refusing(operation, "AccessDenied"),
        pytest.raises(StackError, match=r"^The (rule|queue) 'probe-1'.* could not be removed \(ClientError\)\.$"),
        subscription(deployed.stack, "probe-1", {"source": ["twilio.connector"]}),
    ):
        pass
