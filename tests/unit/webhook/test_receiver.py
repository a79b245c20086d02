"""The answers of the webhook, and what it says of them in logs and metrics."""

import json
from typing import Any

import pytest

from tests.support.fakes import TIMED_OUT
from tests.support.log_lines import log_lines
from tests.support.webhook_deployment import KEY_ONLY, OTHER_ACCOUNT, Deployment, forged, unsigned
from tests.support.webhook_requests import (
    ACCOUNT_SID,
    API_URL,
    AUTH_TOKEN,
    INBOUND,
    MESSAGE_SID,
    STATUS,
    form_event,
    get_event,
    http_event,
    json_event,
)
from twilio_connector.errors import InvalidInputError
from twilio_connector.invocation.observability import logger
from twilio_connector.webhook.answers import EMPTY_TWIML
from twilio_connector.webhook.signature import signature


@pytest.fixture
def deployed() -> Deployment:
    return Deployment()


def tampered(event: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**event, **changes}


def emitted(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """The metrics written so far."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]


def test_an_inbound_message_is_published_and_answered_with_empty_twiml(deployed: Deployment) -> None:
    assert deployed.receive(form_event(INBOUND)) == {
        "statusCode": 200,
        "headers": {"content-type": "text/xml"},
        "body": EMPTY_TWIML,
    }
    [detail] = deployed.bus.details("Message Received")
    assert detail["id"] == MESSAGE_SID


def test_a_status_callback_is_published_and_answered_with_nothing(deployed: Deployment) -> None:
    assert deployed.receive(form_event(STATUS)) == {"statusCode": 204, "headers": {}, "body": ""}
    [detail] = deployed.bus.details("Message Status Updated")
    assert detail["body"]["data"] == STATUS


@pytest.mark.parametrize("event", [get_event(STATUS), json_event([]), form_event({}), form_event({"a": ["1", "2"]})])
def test_everything_else_is_published_and_answered_with_nothing(deployed: Deployment, event: Any) -> None:
    assert deployed.status_of(event) == 204
    assert len(deployed.bus.entries) == 1


@pytest.mark.parametrize(
    "event",
    [
        unsigned(STATUS),
        forged(form_event(STATUS)),
        forged(get_event(STATUS)),
        forged(json_event({})),
        form_event(STATUS, token="another-token"),
        form_event({**STATUS, "AccountSid": OTHER_ACCOUNT}),
        form_event({**STATUS, "AccountSid": [ACCOUNT_SID, OTHER_ACCOUNT]}),
        form_event({**STATUS, "AccountSid": OTHER_ACCOUNT, "ParentAccountSid": OTHER_ACCOUNT}),
        form_event({**STATUS, "AccountSid": OTHER_ACCOUNT, "ParentAccountSid": [ACCOUNT_SID, OTHER_ACCOUNT]}),
        get_event({**STATUS, "AccountSid": OTHER_ACCOUNT}),
        tampered(form_event(STATUS), body=form_event(INBOUND)["body"]),
        tampered(form_event(STATUS), rawQueryString="x=1"),
        tampered(json_event({"a": 1}), body=json_event({"a": 2})["body"]),
        tampered(get_event({"a": "1"}), rawQueryString="a=2"),
    ],
)
def test_what_is_not_twilio_s_or_another_account_s_is_forbidden(deployed: Deployment, event: Any) -> None:
    assert deployed.receive(event) == {
        "statusCode": 403,
        "headers": {"content-type": "text/plain"},
        "body": "Forbidden",
    }
    assert deployed.bus.entries == []


def test_a_json_body_is_never_accepted_on_a_signature_that_does_not_cover_it(deployed: Deployment) -> None:
    event = get_event({})
    event["requestContext"]["http"]["method"] = "POST"
    event["headers"]["content-type"] = "application/json"
    assert deployed.status_of({**event, "body": json_event({})["body"]}) == 403


@pytest.mark.parametrize(
    ("name", "reads"),
    [("nobody", 1), ("a/b", 0), ("default/auth-token", 0), ("x" * 65, 0), ("näme", 0), ("default\n", 0)],
)
def test_a_connection_that_does_not_exist_is_not_found(deployed: Deployment, name: str, reads: int) -> None:
    event = form_event(STATUS, connection=name)
    assert [deployed.status_of(event) for _ in range(3)] == [404] * 3
    assert deployed.secrets.reads.total() == reads


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "not json",
        json.dumps({"accountSid": ACCOUNT_SID}),
        json.dumps({"accountSid": ACCOUNT_SID, "apiKeySid": "SK" + "1" * 32, "apiKeySecret": "s"}),
    ],
)
def test_a_connection_that_cannot_verify_is_forbidden(deployed: Deployment, secret: str) -> None:
    deployed.secrets.put("default", secret)
    assert deployed.status_of(form_event(STATUS)) == 403
    assert deployed.status_of(unsigned(STATUS)) == 403


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"a=%ff", "application/x-www-form-urlencoded", 400),
        (b"a=1", "text/plain", 415),
        (b"a=1", "", 415),
    ],
)
def test_what_cannot_be_read_is_refused(deployed: Deployment, body: bytes, content_type: str, status: int) -> None:
    assert deployed.status_of(http_event(body=body, headers={"content-type": content_type})) == status


def test_a_json_document_is_not_read_before_it_is_verified(deployed: Deployment) -> None:
    assert deployed.status_of(json_event(b"{")) == 400
    assert deployed.status_of(forged(json_event(b"{"))) == 403


def test_a_body_that_is_not_its_base64_is_refused(deployed: Deployment) -> None:
    assert deployed.status_of({**form_event(STATUS), "body": "?"}) == 400


def test_what_is_no_http_request_is_an_error(deployed: Deployment) -> None:
    with pytest.raises(InvalidInputError):
        deployed.receive({"Records": []})


def test_nothing_private_is_logged(
    deployed: Deployment, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    deployed.refuse_all()
    sensitive = {**INBOUND, "From": "+15558675309", "Body": "a very private text"}
    assert deployed.status_of(form_event(sensitive)) == 200
    assert deployed.status_of(forged(form_event(sensitive))) == 403
    assert deployed.status_of(form_event(sensitive, connection="15558675309")) == 404
    logged = "".join([capsys.readouterr().out, *(str(vars(record)) for record in caplog.records)])
    assert logged.count("Webhook answered") >= 3
    for private in ("private text", "5558675309", AUTH_TOKEN, form_event(sensitive)["headers"]["x-twilio-signature"]):
        assert private not in logged


def test_answers_and_failures_are_counted_by_cause(deployed: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
    deployed.receive(unsigned(STATUS))
    deployed.receive(forged(form_event(STATUS)))
    metrics = emitted(capsys)
    assert [one["cause"] for one in metrics if "SignatureFailures" in one] == ["missing", "mismatch"]
    assert [one["answer"] for one in metrics if "WebhookAnswers" in one] == ["403", "403"]


@pytest.mark.parametrize(
    ("signed", "query", "url"),
    [
        (f"{API_URL}/webhook/default?secret=1", "secret=1", "api as_is raw"),
        (f"{API_URL}:443/webhook/default?secret=1", "secret=1", "api default raw"),
        (f"{API_URL}/webhook/default?secret='", "secret=%27", "api as_is unescaped"),
        ("https://proxy.example:8443/webhook/default", "", "request as_is raw"),
        ("https://proxy.example/webhook/default", "", "request none raw"),
    ],
)
def test_the_url_that_matched_is_counted_and_told_without_what_it_says(
    deployed: Deployment, capsys: pytest.CaptureFixture[str], signed: str, query: str, url: str
) -> None:
    event = form_event(STATUS, query=query)
    made = signature(AUTH_TOKEN, signed, {name: [value] for name, value in STATUS.items()})
    event["headers"] |= {"host": "proxy.example:8443", "x-twilio-signature": made}
    logger.setLevel("DEBUG")
    try:
        with log_lines() as lines:
            assert deployed.status_of(event) == 204
    finally:
        logger.setLevel("INFO")
    [told] = [line for line in map(json.loads, lines) if line["level"] == "DEBUG"]
    assert (told["url"], told["key_is_current"]) == (url, True)
    assert "secret" not in str(lines)
    assert [one["url"] for one in emitted(capsys) if "SignatureMatches" in one] == [url]


@pytest.mark.parametrize(
    ("event", "times"),
    [
        (form_event({**STATUS, "MessageStatus": "delivered"}), 1),
        (form_event({**STATUS, "MessageStatus": "undelivered"}), 1),
        (form_event({**STATUS, "MessageStatus": "failed"}), 1),
        (get_event(STATUS), 1),
        (form_event({**STATUS, "MessageStatus": "sent"}), 0),
        # It comes after another one of the same message, and not of every message.
        (form_event({**STATUS, "MessageStatus": "read"}), 0),
        (form_event({**STATUS, "MessageStatus": "canceled"}), 0),
        # A text of <Sms> in a call, which no request to the REST API has sent.
        (form_event({"SmsSid": MESSAGE_SID, "SmsStatus": "delivered", "AccountSid": ACCOUNT_SID}), 0),
        (form_event(INBOUND), 0),
        (json_event({"MessageSid": MESSAGE_SID, "MessageStatus": "delivered"}), 0),
        (forged(form_event(STATUS)), 0),
    ],
    ids=[
        *("delivered", "undelivered", "failed", "by get", "sent", "read", "canceled"),
        *("of a call", "inbound", "a document", "forged"),
    ],
)
def test_how_a_delivery_ended_is_counted_once_it_is_stored(
    deployed: Deployment, capsys: pytest.CaptureFixture[str], event: Any, times: int
) -> None:
    deployed.receive(event)
    counted = [one for one in emitted(capsys) if "FinalStatuses" in one]
    assert [(one["FinalStatuses"], one["origin"]) for one in counted] == [([1.0], "webhook")] * times


def test_what_is_stored_nowhere_is_not_counted(deployed: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
    deployed.refuse_all()
    deployed.queue.failure = TIMED_OUT
    assert deployed.status_of(form_event(STATUS)) == 503
    assert [one for one in emitted(capsys) if "FinalStatuses" in one] == []


def test_a_connection_without_an_auth_token_is_refused_loudly(
    deployed: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed.secrets.put("default", json.dumps(KEY_ONLY))
    with log_lines() as lines:
        assert deployed.status_of(form_event(STATUS)) == 403
    [told] = [line for line in map(json.loads, lines) if line["level"] == "ERROR"]
    assert told["reason"] == "Connection 'default' has no auth token to verify webhooks with."
    assert [one["cause"] for one in emitted(capsys) if "SignatureFailures" in one] == ["no_token"]
