"""The events that the functions get."""

import json
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from bench.messages import ACCOUNT_SID
from bench.stubs import AUTH_TOKEN
from local.sam import PROJECT_ROOT
from tests.support.sqs_events import sqs_event_of
from tests.support.webhook_requests import form_event

# Texts that the send queue hands over at once.
BATCH = 10
_batches = count()
FORM = {
    "MessageSid": "SM" + "1" * 32,
    "SmsSid": "SM" + "1" * 32,
    "SmsMessageSid": "SM" + "1" * 32,
    "AccountSid": ACCOUNT_SID,
    "MessagingServiceSid": "MG" + "2" * 32,
    "From": "+15551234567",
    "FromCity": "SAN FRANCISCO",
    "FromState": "CA",
    "FromZip": "94105",
    "FromCountry": "US",
    "To": "+15558675309",
    "ToCity": "OAKLAND",
    "ToState": "CA",
    "ToZip": "94601",
    "ToCountry": "US",
    "Body": "Yes, tomorrow at two is fine. See you then!",
    "NumMedia": "0",
    "NumSegments": "1",
    "SmsStatus": "received",
    "ApiVersion": "2010-04-01",
}
WEBHOOK = form_event(FORM, token=AUTH_TOKEN)
SEND = {"to": "+15551234567", "from": "+15558675309", "message": "Your order has shipped."}


def poll_event(number: int) -> dict[str, Any]:
    """A poll of a cursor of its own, from a month ago."""
    since = (datetime.now(UTC) - timedelta(days=30)).isoformat()
    return {"since": since, "from": f"+1555{number:07}"}


def reconcile_event(number: int) -> dict[str, Any]:
    """A first pass of a cursor of its own: stubs that have just started list messages that have changed since then."""
    since = datetime.now(UTC) - timedelta(minutes=6)
    return {"since": since.isoformat(), "from": f"+1555{number:07}"}


def queue_event() -> dict[str, Any]:
    """A batch of the send queue: none of its messages has been there before."""
    number = next(_batches)
    return sqs_event_of({f"{number}-{each}": SEND for each in range(BATCH)})


def example(name: str) -> Any:
    """What the file of that name in `events/` holds."""
    return json.loads((PROJECT_ROOT / "events" / f"{name}.json").read_text())
