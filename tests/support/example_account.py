"""The account of the product description's examples, with its one message."""

from datetime import UTC, datetime

from local.twilio_sandbox.message import Message
from tests.support.examples import ACCOUNT_SID, MESSAGE, MESSAGE_SID
from tests.support.world import World

EXAMPLE = {"connection": "example"}
CREATED = datetime(2026, 3, 15, 14, 32, 10, tzinfo=UTC)


def add_example(world: World, created: datetime = CREATED) -> None:
    """Let the connection ``example`` reach the account of the description, with its one message."""
    world.twilio.account.sid = ACCOUNT_SID
    world.put_connection("example", {"accountSid": ACCOUNT_SID, "authToken": world.twilio.auth_token})
    message = Message(
        sid=MESSAGE_SID,
        account_sid=ACCOUNT_SID,
        direction=MESSAGE["direction"],
        to=MESSAGE["to"],
        from_=MESSAGE["from"],
        body=MESSAGE["body"],
        status=MESSAGE["status"],
        price=MESSAGE["price"],
        date_created=created,
        date_updated=created,
    )
    world.twilio._store.add([message])
