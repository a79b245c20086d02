"""EventBridge: the bus, which may refuse some of a call's entries, or take them without an answer."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.simulation.aws import Service
from tests.simulation.surroundings import Invocation, Surroundings
from tests.support.aws_models import judged


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

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around)
        self.entries: list[Entry] = []
        self.begun: list[tuple[float, Invocation]] = []

    def put_events(self, *, Entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:  # noqa: N803  (boto3's name)
        """As the client of boto3."""
        around, by = self.around, self.around.invocation
        self.begun.append((around.now, by))
        assert 1 <= len(Entries) <= 10
        refused = around.dice.sample(range(len(Entries)), around.dice.randint(1, len(Entries)))

        def effect(fault: str) -> dict[str, Any]:
            answers = []
            for number, entry in enumerate(Entries):
                if fault == "partial" and number in refused:
                    answers.append({"ErrorCode": "InternalFailure"})
                    continue
                lost = fault in ("lost", "doubled", "500 done")
                detail = json.loads(entry["Detail"])
                self.entries.append(Entry(around.now, by, entry["DetailType"], detail, lost))
                answers.append({"EventId": "1"})
            return {"FailedEntryCount": sum("ErrorCode" in each for each in answers), "Entries": answers}

        answer: dict[str, Any] = self.call(f"events.put_events of {len(Entries)}", effect)
        return answer
