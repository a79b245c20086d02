"""What this version publishes, as a rule's target is given it: an event of every kind, in `events/golden/`.

    python -m tests.support.golden_events

writes those of this version. Those of earlier ones stay as they are: consumers wrote their code by them.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from local.sam import PROJECT_ROOT
from tests.support.examples import ACCOUNT_SID, MESSAGE
from tests.support.webhook_deployment import Deployment
from tests.support.webhook_requests import INBOUND, STATUS, form_event, load_event
from twilio_connector import __version__
from twilio_connector.bus.event import Event
from twilio_connector.bus.opt_outs import OPTED_OUT, REFUSED, OptOut, opt_out_event
from twilio_connector.connections.connection import Connection
from twilio_connector.errors import TwilioRejectedError
from twilio_connector.invocation.sqs_batch import SqsRecord
from twilio_connector.polling.events import message_events
from twilio_connector.reconciling.statuses import Status, status_event
from twilio_connector.sending.outcomes import QueuedInput, failed_event, sent_event

GOLDEN = PROJECT_ROOT / "events" / "golden"
THIS_VERSION = GOLDEN / __version__
AT = datetime(2026, 3, 15, 14, 32, 10, tzinfo=UTC)
RECEIVED_AT = "2026-03-15T14:32:10.000Z"

# By the name of the golden event: the webhook that it comes from, a file in `events/` or a form.
_WEBHOOKS: dict[str, str | Mapping[str, str]] = {
    "message-received.text": "http-api-inbound-message",
    "message-received.media": "http-api-inbound-media",
    "message-status-updated.delivered": "http-api-status-callback",
    "message-status-updated.failed": "http-api-failed-status-callback",
    "message-status-updated.unknown": {**STATUS, "MessageStatus": "pondering"},
    "webhook-received.call": "http-api-call",
    "webhook-received.event-stream": "http-api-event-streams",
    "recipient-opted-out.keyword": "http-api-opt-out",
    "recipient-opted-in.keyword": {**INBOUND, "From": "+15551234567", "To": "+15558675309", "Body": "START"},
    "connector-probe.doctor": {"ConnectorProbe": "0123abcd"},
}


def golden_events() -> dict[str, dict[str, Any]]:
    """The events by their names, each of which begins with that of its schema."""
    return {name: _on_the_bus(event) for name, event in _events()}


def versions() -> dict[str, dict[str, dict[str, Any]]]:
    """What is written down of each version, its events by their names."""
    folders = sorted(path for path in GOLDEN.iterdir() if path.is_dir())
    return {
        folder.name: {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}
        for folder in folders
    }


def _events() -> Iterator[tuple[str, Event]]:
    for name, request in _WEBHOOKS.items():
        deployed = Deployment()
        deployed.receive(load_event(request) if isinstance(request, str) else form_event(request))
        schema = name.partition(".")[0]
        yield (
            name,
            next(
                Event(entry["DetailType"], entry["Detail"])
                for entry in deployed.bus.entries
                if entry["DetailType"].lower().replace(" ", "-") == schema
            ),
        )
    connection = Connection("default", ACCOUNT_SID, ACCOUNT_SID, "secret", None, "https://api.twilio.com")
    yield "message-status-updated.reconciled", status_event(connection, Status({**MESSAGE, "status": "sent"}, None), AT)
    refused = OptOut(recipient="+15551234567", sender="+15558675309", messaging_service_sid=None, reason=REFUSED)
    yield "recipient-opted-out.refused", opt_out_event(OPTED_OUT, "default", ACCOUNT_SID, refused, AT)
    rows = {"connection": "default", "account_sid": ACCOUNT_SID, "received_at": RECEIVED_AT}
    yield "new-and-updated-records.two", next(message_events([MESSAGE, MESSAGE], **rows, most=100)).event
    given = {"to": "+15551234567", "from": "+15558675309", "message": MESSAGE["body"], "idempotencyKey": "order-1042"}
    queued = _queued(json.dumps(given))
    yield "message-sent.keyed", sent_event(queued, ACCOUNT_SID, MESSAGE)
    rejected = TwilioRejectedError(
        "Twilio answered 400 (code 21211): Invalid 'To' Phone Number.", code=21211, status=400
    )
    yield "message-send-failed.rejected", failed_event(queued, ACCOUNT_SID, rejected)
    unreadable = _queued("Hello")
    assert unreadable.unreadable
    yield "message-send-failed.unreadable", failed_event(unreadable, None, unreadable.unreadable)


def _queued(body: str) -> QueuedInput:
    return QueuedInput.of(SqsRecord("059f36b4-87a3-44ab-83d2-661975830a7d", body))


def _on_the_bus(event: Event) -> dict[str, Any]:
    """As EventBridge hands it out: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html."""
    return {
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": event.detail_type,
        "source": "twilio.connector",
        "account": "123456789012",
        "time": "2026-03-15T14:32:10Z",
        "region": "us-east-1",
        "resources": [],
        "detail": {**json.loads(event.detail), "receivedAt": RECEIVED_AT},
    }


if __name__ == "__main__":
    THIS_VERSION.mkdir(parents=True, exist_ok=True)
    for name, event in golden_events().items():
        (THIS_VERSION / f"{name}.json").write_text(json.dumps(event, indent=2, ensure_ascii=False) + "\n")
