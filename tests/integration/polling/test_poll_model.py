"""A model of polling, checked by Hypothesis: whatever arrives, fails, is killed or runs at once, nothing is lost.

DynamoDB is moto's; Twilio and the bus are small fakes that can fail or kill the poll at any call. Sizes are scaled down
(pages of 5, polls of 12 messages), so that short histories reach every boundary.
"""

import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any

import boto3
import pytest
from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from moto import mock_aws

from tests.support.fakes import FakeClock
from tests.support.histories import HISTORIES
from tests.support.poll_fakes import PAGE_SIZE, Faults, FaultyDynamoDB, KillableBus, Killed, ListingClient, Row
from tests.support.world import REGION, TABLE, create_table
from twilio_connector.bus.outbox import Outbox
from twilio_connector.bus.publisher import Publisher
from twilio_connector.bus.undelivered import UndeliveredQueue
from twilio_connector.errors import ServiceUnavailableError, TwilioRejectedError, TwilioUnavailableError
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.polling.poller import Poller
from twilio_connector.settings import PollSettings
from twilio_connector.state.table import StateTable

MAX_MESSAGES, OVERLAP = 12, 30
START = 1_800_000_000
POLL_SECONDS = 300.0


def _refuse_token() -> None:
    raise TwilioRejectedError("Twilio answered 400.", status=400, code=21481)


def _refuse() -> None:
    raise TwilioUnavailableError("Twilio answered 503.", status=503)


def _no_service() -> None:
    raise ServiceUnavailableError("DynamoDB refused the request.")


# What passes before a poll: nothing, a complete second, more than the overlap.
WAITS = st.sampled_from([0, 2, OVERLAP + 10, 400])
KINDS = ["page", "paged", "put_events", "events_put", "dynamodb", "dynamodb_done"]


class PollingModel(RuleBasedStateMachine):
    """Histories of arrivals, polls and failures. Invariants hold after every step."""

    def __init__(self) -> None:
        super().__init__()
        self.moto = mock_aws()
        self.moto.start()
        self.dynamodb = boto3.client("dynamodb", region_name=REGION)
        create_table()
        self.clock = FakeClock(float(START))
        self.rows: list[Row] = []
        self.published: Counter[str] = Counter()
        # Crashes since the last poll that drained its window, and how much had been repeated by then.
        self.crashes = 0
        self.repeated_before = 0
        self.undated_match = True
        self.origin = 0

    def teardown(self) -> None:
        try:
            self._settle()
            assert not self._missing(), "lost for good"
        finally:
            self.moto.stop()

    @initialize(undated_match=st.booleans())
    def start(self, undated_match: bool) -> None:
        self.undated_match = undated_match
        self.origin = int(self.clock.now)
        self._poll(Faults())
        self.clock.now += OVERLAP

    @rule(count=st.sampled_from([1, 4, 6, 13, 40]), spread=st.sampled_from([0, 1, 20]))
    def messages_are_sent(self, count: int, spread: int) -> None:
        for number in range(count):
            sent = max(self.origin, int(self.clock.now) - (number * spread // count))
            self._add(created=sent, sent=sent, listed_at=self.clock.now)

    @rule(count=st.integers(1, 3), lag=st.integers(1, OVERLAP - 5))
    def messages_are_sent_and_listed_late(self, count: int, lag: int) -> None:
        for _ in range(count):
            self._add(created=int(self.clock.now), sent=int(self.clock.now), listed_at=self.clock.now + lag)

    @rule()
    def a_message_is_scheduled(self) -> None:
        self._add(created=int(self.clock.now), sent=None, listed_at=self.clock.now)

    @rule()
    def undated_messages_are_sent(self) -> None:
        for row in self.rows:
            if row.sent is None:
                row.sent = int(self.clock.now)

    @rule(wait=WAITS)
    def a_poll_runs(self, wait: int) -> None:
        self.clock.now += wait
        self._poll(Faults())

    @rule(wait=WAITS)
    def polls_run_until_none_is_truncated(self, wait: int) -> None:
        self.clock.now += wait
        while self._poll(Faults())["truncated"]:
            pass

    @rule(kind=st.sampled_from(KINDS), number=st.integers(1, 8), wait=WAITS)
    def a_poll_is_killed(self, kind: str, number: int, wait: int) -> None:
        self.clock.now += wait
        faults = Faults()
        faults.planned[kind, number] = faults.kill
        self._poll(faults)

    @rule(kind=st.sampled_from(["page", "dynamodb", "dynamodb_done"]), number=st.integers(1, 8), wait=WAITS)
    def a_poll_fails(self, kind: str, number: int, wait: int) -> None:
        self.clock.now += wait
        self._poll(Faults({(kind, number): _refuse if kind == "page" else _no_service}))

    @rule(number=st.integers(1, 3), wait=WAITS)
    def the_page_token_is_refused(self, number: int, wait: int) -> None:
        self.clock.now += wait
        self._poll(Faults({("token", number): _refuse_token}))

    @rule(taken=st.lists(st.integers(0, 3), min_size=1, max_size=4), wait=WAITS)
    def the_bus_refuses_events(self, taken: list[int], wait: int) -> None:
        self.clock.now += wait
        crashes = self.crashes
        self._poll(Faults(), taken)
        # What the bus took is remembered: this is no excuse for repeating it.
        self.crashes = min(self.crashes, crashes)

    @rule(kind=st.sampled_from(["put_events", "events_put", "dynamodb", "dynamodb_done"]), number=st.integers(1, 8))
    def another_poll_runs_in_the_middle(self, kind: str, number: int) -> None:
        def interrupt() -> None:
            # Around DynamoDB's first and last call the lease is free; while events are published it never is.
            assert self._poll(Faults())["skipped"] or "dynamodb" in kind

        self._poll(Faults({(kind, number): interrupt}))

    @rule(kind=st.sampled_from(["dynamodb", "dynamodb_done", "events_put"]), number=st.integers(1, 8))
    def a_poll_sleeps_past_its_lease_while_another_runs(self, kind: str, number: int) -> None:
        def oversleep() -> None:
            # To the others, a poll that has not ended by then has crashed.
            self.crashes += 1
            self.clock.now += POLL_SECONDS + 60
            self._poll(Faults())

        self._poll(Faults({(kind, number): oversleep}))

    @invariant()
    def nothing_is_published_twice_without_a_crash(self) -> None:
        assert self._repeated() - self.repeated_before <= self.crashes * PAGE_SIZE

    @invariant()
    def the_cursor_has_passed_nothing_unpublished(self) -> None:
        item = self._cursor()
        if item and "at" in item:
            at = int(item["at"]["N"])
            due = [row for row in self.rows if row.sent is not None and row.listed_at <= row.sent <= at]
            assert not [row.sid for row in due if not self.published[row.sid]]

    @invariant()
    def the_state_is_bounded(self) -> None:
        items = self.dynamodb.scan(TableName=TABLE)["Items"]
        undated = [item for item in items if item["sk"]["S"].startswith("undated#")]
        assert len(undated) <= len(self.rows)
        assert all(len(item["sids"]["B"]) <= PAGE_SIZE * 16 for item in items if "sids" in item)

    def _add(self, created: int, sent: int | None, listed_at: float) -> None:
        self.rows.append(Row("SM" + uuid.UUID(int=len(self.rows) + 1).hex, created, sent, listed_at))

    def _cursor(self) -> dict[str, Any] | None:
        key = {"pk": {"S": "poll#default##"}, "sk": {"S": "cursor"}}
        return self.dynamodb.get_item(TableName=TABLE, Key=key).get("Item")

    def _repeated(self) -> int:
        return sum(self.published.values()) - len(self.published)

    def _missing(self) -> list[str]:
        return [row.sid for row in self.rows if (row.sent or self.undated_match) and not self.published[row.sid]]

    def _poll(self, faults: Faults, taken: Sequence[int] = ()) -> dict[str, Any]:
        client = ListingClient(self.rows, self.clock, faults, self.undated_match)
        dynamodb: Any = FaultyDynamoDB(self.dynamodb, faults)
        bus: Any = KillableBus(self.published, faults, list(taken))
        nowhere: Any = None
        poller = Poller(
            lambda _: client,  # type: ignore[arg-type,return-value]  # has what a poll uses of a client
            StateTable(dynamodb, TABLE, Deadline.after(POLL_SECONDS, self.clock), self.clock.sleep),
            Outbox(Publisher(bus, "bus", retry_seconds=(), sleep=lambda _: None), UndeliveredQueue(nowhere, "")),
            PollSettings(TABLE, OVERLAP, MAX_MESSAGES, 2),
            Deadline.after(POLL_SECONDS - 10, self.clock),
            POLL_SECONDS,
            self.clock,
        )
        try:
            result = poller.poll({})
            self.nothing_is_published_twice_without_a_crash()
            # Only a poll that has drained its window has met all that a crash published and did not remember.
            if not result["skipped"] and not result["truncated"]:
                self.crashes, self.repeated_before = 0, self._repeated()
            return result
        except TwilioUnavailableError as exc:
            note(f"poll failed: {exc}")
        except (ServiceUnavailableError, Killed) as exc:
            # Where DynamoDB fails between publishing and saving, that is as good as a crash.
            note(f"poll ended by {exc!r}")
            self.crashes += 1
        return {"skipped": False, "truncated": False}

    def _settle(self) -> None:
        """Let everything be listed, all leases end, and polls run until they have caught up."""
        self.clock.now += POLL_SECONDS + 60
        for _ in range(2 + len(self.rows) // MAX_MESSAGES):
            self._poll(Faults())
            self.clock.now += 2


@pytest.mark.parametrize("histories", HISTORIES)
def test_polling_loses_nothing_and_repeats_nothing(monkeypatch: pytest.MonkeyPatch, histories: int) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    run_state_machine_as_test(
        PollingModel,
        settings=settings(
            max_examples=histories, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
