"""EventBridge: the bus, of either kind, which may refuse some of a call's entries, or take them without an answer."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.simulation.aws import Service
from tests.simulation.surroundings import Invocation, Surroundings
from tests.support.aws_models import judged
from tests.support.custom_bus import ARN, WINDOW_SECONDS


@dataclass(frozen=True)
class Entry:
    """An event on the bus: who put it there when, and whether the answer to that call was *lost* or is unknown."""

    when: float
    by: Invocation
    detail_type: str
    detail: dict[str, Any]
    lost: bool


@judged("events")
class EventBridge(Service):
    """The bus, which keeps its *entries*; *calls* are the times at which each call began, with its invocation."""

    name = "events"

    most = 10

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around)
        self.entries: list[Entry] = []
        self.begun: list[tuple[float, Invocation]] = []
        # Groups that one process had in two calls at once, of which only a Custom Event Bus knows.
        self.overlaps: list[tuple[str, Invocation]] = []

    def put_events(self, *, Entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:  # noqa: N803  (boto3's name)
        """As the client of boto3."""
        return self._put(Entries)

    def take(self, entry: Mapping[str, Any], *, lost: bool) -> dict[str, Any]:
        """Put an entry on the bus; returns what is answered for it."""
        around, by = self.around, self.around.invocation
        self.entries.append(Entry(around.now, by, entry["DetailType"], json.loads(entry["Detail"]), lost))
        return {"EventId": "1"}

    def _put(self, entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        around, by = self.around, self.around.invocation
        self.begun.append((around.now, by))
        assert 1 <= len(entries) <= self.most
        refused = around.dice.sample(range(len(entries)), around.dice.randint(1, len(entries)))

        def effect(fault: str) -> dict[str, Any]:
            answers = []
            for number, entry in enumerate(entries):
                if fault == "partial" and number in refused:
                    answers.append({"ErrorCode": "InternalFailure"})
                    continue
                answers.append(self.take(entry, lost=fault in ("lost", "doubled", "500 done")))
            return {"FailedEntryCount": sum("ErrorCode" in each for each in answers), "Entries": answers}

        answer: dict[str, Any] = self.call(f"events.put_events of {len(entries)}", effect)
        return answer


@judged("eventbridgev2")
class CustomEventBus(EventBridge):
    """A Custom Event Bus: it takes nothing again that a group has had in the last five minutes."""

    most = 100

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around)
        self._had: dict[tuple[str, str], float] = {}
        self._under_way: list[tuple[str, Invocation]] = []

    def put_events(self, *, EventBusArn: str, Entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:  # type: ignore[override]  # noqa: N803  (boto3's names, of another client)
        """As the client of boto3."""
        assert EventBusArn == ARN
        by = self.around.invocation
        mine = {(entry["SystemMetadata"]["EventGroupId"], by) for entry in Entries}
        self.overlaps += mine & set(self._under_way)
        self._under_way += mine
        try:
            return self._put(Entries)
        finally:
            for each in mine:
                self._under_way.remove(each)

    def take(self, entry: Mapping[str, Any], *, lost: bool) -> dict[str, Any]:
        """As its other kind, unless it is a repeat."""
        told = entry["SystemMetadata"]
        key = (told["EventGroupId"], told["DeduplicationId"])
        if self.around.now - self._had.get(key, -WINDOW_SECONDS - 1) <= WINDOW_SECONDS:
            return {"EventId": "1", "SuccessCode": "DEDUPLICATED"}
        self._had[key] = self.around.now
        return super().take(entry, lost=lost) | {"SuccessCode": "PUBLISHED", "SequenceNumber": str(len(self.entries))}
