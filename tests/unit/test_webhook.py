"""The answers of the webhook, and that nothing is acknowledged before it is stored."""

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.fakes import FakeClock, FakeQueue, FakeSecrets
from tests.integration.world import BUS, FakeBus
from tests.unit.webhook_requests import (
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
from twilio_connector.auth_tokens import REFRESH_SECONDS, AuthTokens
from twilio_connector.connection_store import ConnectionStore
from twilio_connector.errors import InvalidInputError
from twilio_connector.publishing import Publisher, UndeliveredQueue
from twilio_connector.settings import ConnectionSettings, WebhookSettings
from twilio_connector.webhook import EMPTY_TWIML, Webhook

OTHER_ACCOUNT = "AC" + "9" * 32
SECRET = json.dumps({"accountSid": ACCOUNT_SID, "authToken": AUTH_TOKEN})
REFUSED = [10] * 3
EVERY_CALL_OF_ONE = [1] * 3


@dataclass
class Deployment:
    """A webhook, and everything around it."""

    secrets: FakeSecrets = field(default_factory=FakeSecrets)
    bus: FakeBus = field(default_factory=FakeBus)
    queue: FakeQueue = field(default_factory=FakeQueue)
    clock: FakeClock = field(default_factory=FakeClock)

    def __post_init__(self) -> None:
        self.secrets.put("default", SECRET, created=self.clock.now - 86_400)
        connections = ConnectionStore(self.secrets, ConnectionSettings(""), self.clock)  # type: ignore[arg-type]
        self.webhook = Webhook(
            connections,
            AuthTokens(connections, 600, self.clock),
            Publisher(self.bus, BUS, sleep=lambda _: None),  # type: ignore[arg-type]
            UndeliveredQueue(self.queue, "https://sqs/undelivered"),  # type: ignore[arg-type]
            WebhookSettings(600, api_base_url=API_URL),
            clock=lambda: datetime.fromtimestamp(self.clock.now, UTC),
        )

    def receive(self, event: Any) -> dict[str, Any]:
        return self.webhook.receive(event)

    def status_of(self, event: Any) -> int:
        return int(self.receive(event)["statusCode"])

    def rotate(self, token: str) -> None:
        self.secrets.put("default", json.dumps({"accountSid": ACCOUNT_SID, "authToken": token}), created=self.clock.now)
        self.secrets.put("default", SECRET, stage="AWSPREVIOUS")


@pytest.fixture
def deployed() -> Deployment:
    return Deployment()


def forged(event: dict[str, Any]) -> dict[str, Any]:
    event = copy.deepcopy(event)
    event["headers"]["x-twilio-signature"] = "A" * 27 + "="
    return event


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


def unsigned(parameters: Mapping[str, str]) -> dict[str, Any]:
    event = form_event(parameters)
    del event["headers"]["x-twilio-signature"]
    return event


def tampered(event: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**event, **changes}


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
        json_event({"AccountSid": OTHER_ACCOUNT}),
        json_event([{"data": {"accountSid": ACCOUNT_SID}}, {"data": {"accountSid": OTHER_ACCOUNT}}]),
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


@pytest.mark.parametrize("name", ["nobody", "", "a/b", "default/auth-token", "x" * 65, "näme"])
def test_a_connection_that_does_not_exist_is_not_found(deployed: Deployment, name: str) -> None:
    event = form_event(STATUS, connection=name)
    assert [deployed.status_of(event) for _ in range(3)] == [404] * 3
    assert deployed.secrets.reads.total() <= 1


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
        (b"{", "application/json", 400),
        (b"a=1", "text/plain", 415),
        (b"a=1", "", 415),
    ],
)
def test_what_cannot_be_read_is_refused(deployed: Deployment, body: bytes, content_type: str, status: int) -> None:
    assert deployed.status_of(http_event(body=body, headers={"content-type": content_type})) == status


def test_a_body_that_is_not_its_base64_is_refused(deployed: Deployment) -> None:
    assert deployed.status_of({**form_event(STATUS), "body": "?"}) == 400


def test_what_no_event_can_hold_is_too_large(deployed: Deployment) -> None:
    assert deployed.status_of(form_event({**INBOUND, "Body": "x" * 300_000})) == 413
    assert deployed.bus.entries == deployed.queue.bodies == []


def test_a_document_nested_too_deeply_to_be_written_again_is_refused(deployed: Deployment) -> None:
    statuses = {deployed.status_of(json_event(b"[" * depth + b"]" * depth)) for depth in range(100, 5_000, 100)}
    assert statuses <= {204, 400, 413}


def test_what_is_no_http_request_is_an_error(deployed: Deployment) -> None:
    with pytest.raises(InvalidInputError):
        deployed.receive({"Records": []})


def test_what_the_bus_refuses_is_kept_before_it_is_acknowledged(deployed: Deployment) -> None:
    deployed.bus.refusals = EVERY_CALL_OF_ONE
    assert deployed.status_of(form_event(STATUS)) == 204
    [body] = deployed.queue.bodies
    event = UndeliveredQueue.parse(body)
    assert event.detail_type == "Message Status Updated"
    assert json.loads(event.detail)["receivedAt"] == "2026-03-15T14:32:10.000Z"


def test_what_nobody_takes_is_not_acknowledged(deployed: Deployment) -> None:
    deployed.bus.refusals = EVERY_CALL_OF_ONE
    deployed.queue.down = True
    response = deployed.receive(form_event(INBOUND))
    assert response["statusCode"] == 503
    assert response["headers"]["retry-after"] == "5"


def test_a_secret_that_cannot_be_read_is_not_a_forgery(deployed: Deployment) -> None:
    deployed.secrets.down = True
    assert deployed.status_of(form_event(STATUS)) == 503
    deployed.secrets.down = False
    assert deployed.status_of(form_event(STATUS)) == 204


def test_a_large_batch_is_stored_whole(deployed: Deployment) -> None:
    batch = [{"specversion": "1.0", "id": f"EZ{number}", "data": {"text": "x" * 4_000}} for number in range(300)]
    assert deployed.status_of(json_event(batch)) == 204
    assert [detail["id"] for detail in deployed.bus.details("Webhook Received")] == [one["id"] for one in batch]


def test_of_a_batch_everything_that_the_bus_refuses_is_kept(deployed: Deployment) -> None:
    batch = [{"specversion": "1.0", "id": f"EZ{number}"} for number in range(35)]
    deployed.bus.refusals = [0, *REFUSED]
    assert deployed.status_of(json_event(batch)) == 204
    published = [detail["id"] for detail in deployed.bus.details("Webhook Received")]
    kept = [json.loads(UndeliveredQueue.parse(body).detail)["id"] for body in deployed.queue.bodies]
    assert published + kept == [one["id"] for one in batch]
    assert len(kept) == 25


@pytest.mark.parametrize("make", [form_event, get_event])
def test_a_rotation_loses_nothing_that_names_the_account(deployed: Deployment, make: Any) -> None:
    assert deployed.status_of(make(STATUS)) == 204
    deployed.rotate("second")
    assert deployed.status_of(make(STATUS, token="second")) == 204
    assert deployed.status_of(make(STATUS, token=AUTH_TOKEN)) == 204
    deployed.clock.now += 601
    assert deployed.status_of(make(STATUS, token=AUTH_TOKEN)) == 403
    assert deployed.status_of(make(STATUS, token="second")) == 204


def test_a_cold_start_after_a_rotation_still_takes_the_previous_token(deployed: Deployment) -> None:
    deployed.rotate("second")
    assert deployed.status_of(form_event(STATUS)) == 204
    assert deployed.status_of(json_event({"names": "nobody"})) == 204


def test_forgeries_that_do_not_name_the_account_cost_nothing(deployed: Deployment) -> None:
    assert deployed.status_of(form_event(STATUS)) == 204
    reads = deployed.secrets.reads.total()
    for event in (form_event({"a": "1"}), json_event({}), form_event({**STATUS, "AccountSid": OTHER_ACCOUNT})):
        assert deployed.status_of(forged(event)) == 403
    assert deployed.secrets.reads.total() == reads
    deployed.rotate("second")
    assert deployed.status_of(form_event(STATUS, token="second")) == 204


def test_forgeries_that_name_the_account_cause_one_refresh_at_a_time(deployed: Deployment) -> None:
    assert {deployed.status_of(forged(form_event(STATUS))) for _ in range(20)} == {403}
    reads = deployed.secrets.reads.total()
    assert reads <= 4
    deployed.clock.now += REFRESH_SECONDS
    assert deployed.status_of(forged(form_event(STATUS))) == 403
    assert deployed.secrets.reads.total() <= reads + 3


def test_an_unsigned_request_never_refreshes(deployed: Deployment) -> None:
    assert deployed.status_of(unsigned(STATUS)) == 403
    assert deployed.secrets.reads.total() == 1


def test_nothing_private_is_logged(deployed: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
    deployed.bus.refusals = EVERY_CALL_OF_ONE
    sensitive = {**INBOUND, "From": "+15558675309", "Body": "a very private text"}
    assert deployed.status_of(form_event(sensitive)) == 200
    assert deployed.status_of(forged(form_event(sensitive))) == 403
    assert deployed.status_of(form_event(sensitive, connection="15558675309")) == 404
    captured = capsys.readouterr()
    logged = captured.out + captured.err
    assert "Webhook answered" in logged
    for private in ("private text", "5558675309", AUTH_TOKEN, form_event(sensitive)["headers"]["x-twilio-signature"]):
        assert private not in logged


def test_answers_and_failures_are_counted_by_cause(
    deployed: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed.receive(unsigned(STATUS))
    deployed.receive(forged(form_event(STATUS)))
    metrics = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert [one["cause"] for one in metrics if "SignatureFailures" in one] == ["missing", "mismatch"]
    assert [one["answer"] for one in metrics if "WebhookAnswers" in one] == ["403", "403"]
