"""What the model of polling looks at: a cursor, the messages of an account, and what was published of them."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from hypothesis import currently_in_test_context, note

from tests.support.fakes import FakeClock
from tests.support.memory_dynamodb import MemoryDynamoDB
from tests.support.poll_fakes import PAGE_SIZE, Faults, FaultyDynamoDB, KillableBus, Killed, Listing, ListingClient, Row
from twilio_connector.bus.outbox import Outbox
from twilio_connector.bus.publisher import Publisher
from twilio_connector.bus.undelivered import UndeliveredQueue
from twilio_connector.errors import ServiceUnavailableError, TwilioRejectedError, TwilioUnavailableError
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.invocation.observability import metrics
from twilio_connector.polling.poller import Poller
from twilio_connector.settings import PollSettings
from twilio_connector.state.table import StateTable

MAX_MESSAGES, OVERLAP = 12, 30
START = 1_800_000_000
POLL_SECONDS = 300.0
TABLE = "state"
CURSOR = {"pk": {"S": "poll#default##"}, "sk": {"S": "cursor"}}
# What the version before does not store of a window.
ADDED = ("page", "parts", "span", "lowest", "ordered", "top", "before")


class PollWorld:
    """A cursor that is polled, at a clock that does not move."""

    def __init__(self) -> None:
        # Smaller pages than the table's own, so that histories of a few chunks have several.
        self.dynamodb = MemoryDynamoDB(page_items=3)
        self.clock = FakeClock(float(START))
        self.listing = Listing()
        self.rows: list[Row] = []
        self.published: Counter[str] = Counter()
        # Crashes since the last poll that drained its window, and how much had been repeated by then.
        self.crashes = 0
        self.repeated_before = 0
        self.left_by_finished_polls: list[str] = []
        self.out_of_order = 0
        self.origin = 0
        self._moves = 0

    @property
    def now(self) -> int:
        """The current second."""
        return int(self.clock.now)

    def begin(self, listing: Listing) -> None:
        """Let a cursor start."""
        self.listing = listing
        self.origin = self.now
        self.poll(Faults())
        self.clock.now += OVERLAP

    def next_move(self) -> int:
        """The number of the next change of a message."""
        self._moves += 1
        return self._moves

    def change(self, offset: int, step: int) -> None:
        """Let every *step*-th message change, and move to the top where lists are ordered by that."""
        self._update(self.rows[offset::step])

    def send_undated(self) -> None:
        """Let the messages that have none get their date."""
        undated = [row for row in self.rows if row.sent is None]
        self._update(undated)
        for row in undated:
            row.sent = self.now

    def _update(self, rows: Sequence[Row]) -> None:
        # Dates have seconds: what changes twice within one looks unchanged. That is left out.
        self.clock.now += any(row.updated == self.now for row in rows)
        for row in rows:
            row.updated, row.moves = self.now, self.next_move()

    def cursor(self) -> dict[str, Any]:
        """The cursor's item."""
        found: dict[str, Any] = self.dynamodb.get_item(TableName=TABLE, Key=CURSOR, ConsistentRead=True).get("Item", {})
        return found

    def store_as_the_version_before(self) -> None:
        """Let the window be one that was left by a version which knows Twilio's documented order alone."""
        item = self.cursor()
        if window := item.get("window", {}).get("M"):
            kept = {name: value for name, value in window.items() if name not in ADDED}
            self.dynamodb.put_item(TableName=TABLE, Item={**item, "window": {"M": kept}})

    def poll(self, faults: Faults, taken: Sequence[int] = ()) -> dict[str, Any]:
        """Poll; what a poll that failed returns says that nothing is left."""
        listed, began, before = self._listed(), self.now, self._newest_begun()
        try:
            result = self.poller(faults, taken).poll({})
        except (TwilioUnavailableError, TwilioRejectedError) as exc:
            _note(f"poll failed: {exc}")
            return {"skipped": False, "truncated": False}
        except (ServiceUnavailableError, Killed) as exc:
            # Where DynamoDB fails between publishing and saving, that is as good as a crash.
            _note(f"poll ended by {exc!r}")
            self.crashes += 1
            return {"skipped": False, "truncated": False}
        finally:
            self.out_of_order += self._counted("MessagesOutOfOrder")
        assert self.repeated_now() <= self.crashes * PAGE_SIZE
        if not result["skipped"] and not result["truncated"]:
            # If it began a window: without a complete second behind the one before it does not.
            if before < began - 1 == self._at():
                self.left_by_finished_polls = [sid for sid, sent in listed if sent < began and not self.published[sid]]
            # Only a poll that has drained its window has met all that a crash published and did not remember; and what
            # was published undated only where its date, if it has got one, lies in that window.
            if not any(self.published[row.sid] for row in self.rows if row.sent and row.sent > self._at()):
                self.crashes, self.repeated_before = 0, self._repeated()
        return result

    def poller(self, faults: Faults, taken: Sequence[int] = ()) -> Poller:
        """A poll that meets *faults*, on a bus that takes no more than *taken*."""
        client: Any = ListingClient(self.rows, self.clock, faults, self.listing)
        dynamodb: Any = FaultyDynamoDB(self.dynamodb, faults)
        deadline = Deadline.after(POLL_SECONDS - 10, self.clock)
        bus: Any = KillableBus(self.published, faults, list(taken), deadline)
        nowhere: Any = None
        return Poller(
            lambda _: client,
            StateTable(dynamodb, TABLE, Deadline.after(POLL_SECONDS, self.clock), self.clock.sleep),
            Outbox(Publisher(bus, "bus", retry_seconds=(), sleep=lambda _: None), UndeliveredQueue(nowhere, "")),
            PollSettings(TABLE, OVERLAP, MAX_MESSAGES, 2),
            deadline,
            POLL_SECONDS,
            self.clock,
        )

    def settle(self) -> None:
        """Let everything be listed, all leases end, and polls run until they have caught up."""
        self.listing.refuses_tokens = False
        self.clock.now += POLL_SECONDS + 60
        for _ in range(2 + len(self.rows) // MAX_MESSAGES):
            self.poll(Faults())
            self.clock.now += 2

    def repeated_now(self) -> int:
        """How many messages were repeated since the last poll that drained its window."""
        return self._repeated() - self.repeated_before

    def unpublished(self) -> list[str]:
        """Messages that should be published by now, when everything is listed."""
        listed = [row.sid for row in self.rows if row.sent is not None or self.listing.undated_match]
        return [sid for sid in listed if not self.published[sid]]

    def passed_unpublished(self) -> list[str]:
        """Messages before the cursor that were listed in time and are not published."""
        due = [row for row in self.rows if row.sent is not None and row.listed_at <= row.sent <= self._at()]
        return [row.sid for row in due if not self.published[row.sid]]

    def out_of_reach_unpublished(self) -> list[str]:
        """Messages that are listed, not published, and older than all that is ever looked at again."""
        if "at" not in (item := self.cursor()) or "M" in item["window"]:
            return []
        at, floor = int(item["at"]["N"]), int(item["floor"]["N"])
        low = floor if at == floor else max(floor, at + 1 - OVERLAP)
        return [sid for sid, sent in self._listed() if self.origin <= sent < low and not self.published[sid]]

    def forgotten_is_gone(self) -> bool:
        """Whether nothing is remembered of what is never looked at again."""
        floor = int(self.cursor()["floor"]["N"])
        keys = [item["sk"]["S"] for item in self.dynamodb.items()]
        return all(int(key.split("#")[1]) >= floor for key in keys if key.startswith("chunk#"))

    def _at(self) -> int:
        """The second up to which all is published; 0 if there is no cursor yet."""
        return int(self.cursor().get("at", {"N": "0"})["N"])

    def _newest_begun(self) -> int:
        """The last second of the newest window that was begun."""
        window = self.cursor().get("window", {}).get("M")
        return int(window["high"]["N"]) if window else self._at()

    def _listed(self) -> list[tuple[str, int]]:
        return [(row.sid, row.sent) for row in self.rows if row.sent is not None and row.listed_at <= self.clock.now]

    def _repeated(self) -> int:
        return sum(self.published.values()) - len(self.published)

    def _counted(self, name: str) -> int:
        """What polls have added to a metric since the last time."""
        counted = metrics.provider.metric_set.get(name, {"Value": []})["Value"]
        metrics.provider.clear_metrics()
        return int(sum(counted))


def _note(text: str) -> None:
    """Tell it with the history, if it is one of Hypothesis's."""
    if currently_in_test_context():
        note(text)
