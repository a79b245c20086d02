"""Publishing on a Custom Event Bus, which orders events by groups and suppresses repeats for five minutes.

Limits and answers: https://docs.aws.amazon.com/eventbridgev2/latest/APIReference/API_PutEvents.html
"""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from twilio_connector.aws import translated_errors
from twilio_connector.bus.batches import batches
from twilio_connector.bus.event import SOURCE, Event
from twilio_connector.bus.groups import metadata_of
from twilio_connector.bus.publisher import (
    OUT_OF_TIME,
    RETRY_SECONDS,
    Entry,
    EventsRefusedError,
    Publisher,
    checked,
)
from twilio_connector.bus.turns import Turns
from twilio_connector.errors import ServiceUnavailableError
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.invocation.observability import count

ENTRIES_PER_REQUEST = 100
# Of 1 MiB, less what surrounds the entries: the bus's ARN of up to 1,011 characters, and names.
REQUEST_BYTES = 1024 * 1024 - 2048
# The size of an entry in CBOR without its texts: the names of its members, lengths, its group and its identity.
ENTRY_BYTES = 160
DEDUPLICATED = "DEDUPLICATED"


class CustomBusPublisher(Publisher):
    """Publishes on the bus *bus_arn* by a *client* of EventBridgeV2: what is in one group in one call at a time."""

    def __init__(
        self,
        client: Any,
        bus_arn: str,
        *,
        retry_seconds: Sequence[float] = RETRY_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(client, bus_arn, retry_seconds=retry_seconds, sleep=sleep)
        self._custom_bus = client
        self._turns = Turns()

    def _rows(self, events: Sequence[Event]) -> list[list[list[Entry]]]:
        """Calls that hold as many entries as may be, and follow one another where they have a group in common."""
        groups: dict[str, list[Entry]] = {}
        for event in checked(events):
            entry = self._entry(event)
            groups.setdefault(_group(entry), []).append(entry)
        return list(_packed(groups.values()))

    def _entry(self, event: Event) -> Entry:
        metadata = metadata_of(event)
        told = {"EventGroupId": metadata.group, "DeduplicationId": metadata.identity}
        given = {"Source": SOURCE, "DetailType": event.detail_type, "Detail": event.detail, "SystemMetadata": told}
        return Entry(event, given)

    def _publish_call(self, call: list[Entry], deadline: Deadline | None) -> None:
        # Also over the repeats of it: what comes after in these groups does not overtake it.
        with self._turns.of(
            {_group(entry) for entry in call}, deadline.remaining() if deadline else math.inf
        ) as is_its_turn:
            if not is_its_turn:
                raise EventsRefusedError(OUT_OF_TIME, [entry.event for entry in call])
            super()._publish_call(call, deadline)

    def _put(self, call: list[Entry]) -> tuple[list[Entry], str]:
        try:
            with translated_errors("EventBridge"):
                answer = self._custom_bus.put_events(
                    EventBusArn=self._bus_name, Entries=[entry.given for entry in call]
                )
        except ServiceUnavailableError as exc:
            return call, str(exc)
        results = answer.get("Entries", [])
        if len(results) != len(call):
            # Which of them it has taken is not known: those come as repeats.
            return call, f"EventBridge answered for {len(results)} of {len(call)} events."
        codes = {result["ErrorCode"] for result in results if "ErrorCode" in result}
        taken = [result.get("SuccessCode") for result in results]
        if repeats := taken.count(DEDUPLICATED):
            count("EventsDeduplicated", repeats)
        failed = [entry for entry, code in zip(call, taken, strict=True) if not code]
        return failed, f"EventBridge refused {len(failed)} of {len(call)} events: {', '.join(sorted(codes))}."


def _group(entry: Entry) -> str:
    group: str = entry.given["SystemMetadata"]["EventGroupId"]
    return group


def _size(entry: Entry) -> int:
    return entry.event.size + ENTRY_BYTES


def _packed(groups: Iterable[list[Entry]]) -> Iterator[list[list[Entry]]]:
    """Rows of calls. A group that no call can hold makes a row of its own; others share calls, each a row."""
    call: list[Entry] = []
    room = REQUEST_BYTES
    for group in groups:
        calls = list(batches(group, _size, count=ENTRIES_PER_REQUEST, size=REQUEST_BYTES))
        if len(calls) > 1:
            yield calls
            continue
        size = sum(map(_size, group))
        if call and (len(call) + len(group) > ENTRIES_PER_REQUEST or size > room):
            yield [call]
            call, room = [], REQUEST_BYTES
        call = call + group
        room -= size
    if call:
        yield [call]
