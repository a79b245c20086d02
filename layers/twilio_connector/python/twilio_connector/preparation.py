"""What a function makes when it starts, so that its first event finds all made: :func:`prepare`, and its needs.

A start has a whole processor, whatever the function's memory, and an event the part that goes with its memory: 1 ms of
processor is 14 ms of an event at 128 MB. So a start imports, makes and rehearses what its function's usual event takes.

A start does no I/O, and raises nothing: Lambda would repeat it without end. What cannot be made is left to the event
that needs it, whose error says what is wrong with the environment.

Why: docs/decisions.md#2026-11-29-a-start-does-the-work
"""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from twilio_connector.connections.secret_value import CURRENT
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.rehearsal import rehearsed
from twilio_connector.wiring import Services

Need = Callable[[Services], object]

# Stands for names in calls that are not sent.
NOBODY = "rehearsal"
_NO_BUS = f"arn:aws:events:us-east-1:{'0' * 12}:event-busv2/{NOBODY}/{'0' * 25}"
# An answer of it without members, in CBOR.
_NOTHING = (b"\xa0", {"smithy-protocol": "rpc-v2-cbor"})
_KEY = {"pk": {"S": NOBODY}, "sk": {"S": NOBODY}}
_CALLS: dict[str, dict[str, Any]] = {
    "put_item": {"TableName": NOBODY, "Item": _KEY},
    "query": {"TableName": NOBODY, "KeyConditionExpression": NOBODY},
    "transact_write_items": {"TransactItems": [{"Put": {"TableName": NOBODY, "Item": _KEY}}]},
    "update_item": {"TableName": NOBODY, "Key": _KEY},
}


def prepare(services: Services, *needs: Need) -> None:
    """Make what the function *needs*, each for itself; called at the end of a handler's module.

    Outside of Lambda all is made on first use; under Lambda's snapshots, too: looking for credentials is I/O there.
    """
    if all(os.environ.get(name) for name in ("AWS_LAMBDA_FUNCTION_NAME", "AWS_ACCESS_KEY_ID")):
        # The codec that every look-up of a host's name takes: 2 ms.
        NOBODY.encode("idna")
        for need in needs:
            with suppress(Exception):
                need(services)


def connections(services: Services) -> None:
    """Connections, from Secrets Manager."""
    _ = services.connections
    with rehearsed(services.aws.secrets) as secrets:
        secrets.get_secret_value(SecretId=NOBODY, VersionStage=CURRENT)


def twilio(_: Services) -> object:
    """Twilio's API: its client, and the pool of connections to it."""
    from twilio_connector.twilio.client import TwilioClient
    from twilio_connector.twilio.transport import pool

    return TwilioClient, pool()


def bus(services: Services) -> None:
    """The bus, and the queue of what it refuses."""
    _ = services.outbox
    entry = {"Source": NOBODY, "DetailType": NOBODY, "Detail": "{}"}
    if services.publishes_on_custom_bus:
        told = {"EventGroupId": NOBODY, "DeduplicationId": NOBODY}
        with rehearsed(services.aws.custom_bus, *_NOTHING) as custom_bus:
            custom_bus.put_events(EventBusArn=_NO_BUS, Entries=[{**entry, "SystemMetadata": told}])
        return
    with rehearsed(services.aws.events) as events:
        events.put_events(Entries=[entry])


def state(*operations: str) -> Need:
    """The state table, and its *operations* that the usual event takes."""

    def need(services: Services) -> None:
        with rehearsed(services.aws.dynamodb) as dynamodb:
            for operation in operations:
                getattr(dynamodb, operation)(**_CALLS[operation])

    return need


def quick_turns(_: Services) -> None:
    """Turns of 0.1 ms for threads, one of which computes while others are to send or to read.

    By itself Python lets each of those wait for 5: https://docs.python.org/3/library/sys.html#sys.setswitchinterval
    """
    sys.setswitchinterval(0.0001)


def limits_if_any(services: Services) -> None:
    """What the owner allows to be sent, where that is limited at all."""
    if services.has_limits:
        numbers(services)
        services.limits(Deadline.after(0))


def numbers(_: Services) -> None:
    """Phone numbers as people write them: libphonenumber, 20 ms, and what a first number of North America loads."""
    from twilio_connector.twilio.addresses import normalize_recipient

    normalize_recipient("+12025550123", "US", NOBODY)
