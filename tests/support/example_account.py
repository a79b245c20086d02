"""The account of the product description's examples, with its one message."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from local.twilio_sandbox.message import Message
from tests.support.examples import ACCOUNT_SID, MESSAGE, MESSAGE_SID
from tests.support.world import World

EXAMPLE = {"connection": "example"}
CREATED = datetime(2026, 3, 15, 14, 32, 10, tzinfo=UTC)
# Inputs with an instant that one day will be before what Twilio lists.
_PAST = ("since", "dateSentAfter")


def add_example(
    world: World, created: datetime = CREATED, sent: datetime | None = None, status: str = MESSAGE["status"]
) -> None:
    """Let the connections ``default`` and ``example`` reach the account of the description, with its one message."""
    world.twilio.account.sid = ACCOUNT_SID
    world.twilio.restore([example_message(created, sent, status)])
    secret = {"accountSid": ACCOUNT_SID, "authToken": world.twilio.auth_token}
    world.secrets.put_secret_value(SecretId="twilio/connections/default", SecretString=json.dumps(secret))
    world.put_connection("example", secret)


def example_message(
    created: datetime = CREATED, sent: datetime | None = None, status: str = MESSAGE["status"]
) -> Message:
    """The message of the description."""
    return Message(
        sid=MESSAGE_SID,
        account_sid=ACCOUNT_SID,
        direction=MESSAGE["direction"],
        to=MESSAGE["to"],
        from_=MESSAGE["from"],
        body=MESSAGE["body"],
        status=status,
        price=MESSAGE["price"],
        date_created=created,
        date_updated=created,
        date_sent=sent,
    )


def brought_up_to_date(given: dict[str, Any], instant: datetime) -> dict[str, Any]:
    """An example's input, whose instants are shortly before *instant*."""
    recent = (instant - timedelta(seconds=10)).isoformat()
    return given | {name: recent for name in _PAST if name in given}
