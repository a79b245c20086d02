"""The counters: hours and days of UTC's, what becomes of places, and how long they stay."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from tests.support.fakes import FakeClock
from tests.support.memory_dynamodb import MemoryDynamoDB
from twilio_connector.errors import SendLimitError
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.limits.admission import Admission, Limits
from twilio_connector.limits.counters import Counters
from twilio_connector.settings import LimitSettings, SettingsError
from twilio_connector.state.table import StateTable

TO, OTHER = "+15551234567", "+15551234568"
A_DAY = 26 * 3600


class LosingAnswers(MemoryDynamoDB):
    """Carries out its calls, and loses a given number of answers to the calls *named*."""

    def __init__(self, named: str, lost: int) -> None:
        super().__init__()
        self._named, self._lost = named, lost
        self._tokens: set[str] = set()

    def update_item(self, **arguments: Any) -> dict[str, Any]:
        """As DynamoDB."""
        answer = super().update_item(**arguments)
        self._lose("update")
        return answer

    def transact_write_items(self, **arguments: Any) -> dict[str, Any]:
        """As DynamoDB, which does not carry out a token twice."""
        if arguments["ClientRequestToken"] not in self._tokens:
            self._tokens.add(arguments["ClientRequestToken"])
            for each in arguments["TransactItems"]:
                super().update_item(**each["Update"])
        self._lose("transact")
        return {}

    def _lose(self, call: str) -> None:
        if call == self._named and self._lost:
            self._lost -= 1
            raise ReadTimeoutError(endpoint_url="https://dynamodb")


def admissions(clock: FakeClock, hour: int, day: int, dynamodb: MemoryDynamoDB) -> Any:
    state = StateTable(dynamodb, "state", Deadline.after(60, clock), clock.sleep)  # type: ignore[arg-type]  # the part of it that is used
    counters = Counters(state, hour, day, clock)
    return lambda to=TO, connection="default": Admission(connection, to, counters=counters)


def at(clock: FakeClock, instant: str) -> FakeClock:
    clock.now = datetime.fromisoformat(instant).replace(tzinfo=UTC).timestamp()
    return clock


def taken(dynamodb: MemoryDynamoDB) -> dict[str, int]:
    found: Counter[str] = Counter()
    for item in dynamodb.items():
        found[item["sk"]["S"]] += int(item["taken"]["N"])
    return dict(found)


def test_a_new_hour_begins_at_the_full_hour_and_a_new_day_at_midnight_utc() -> None:
    clock, dynamodb = FakeClock(), MemoryDynamoDB()
    admission = admissions(clock, 1, 2, dynamodb)
    at(clock, "2026-03-15T22:59:59")
    admission().enter()
    with pytest.raises(SendLimitError, match="MaxSendsPerRecipientPerHour"):
        admission().enter()
    at(clock, "2026-03-15T23:00:00")
    admission().enter()
    with pytest.raises(SendLimitError, match="MaxSendsPerDay"):
        admission(OTHER).enter()
    at(clock, "2026-03-16T00:00:00")
    admission(OTHER).enter()
    hours = {"hour#2026-03-15T22": 1, "hour#2026-03-15T23": 1, "hour#2026-03-16T00": 1}
    assert taken(dynamodb) == {"day#2026-03-15": 2, "day#2026-03-16": 1, **hours}


def test_connections_count_apart() -> None:
    clock, dynamodb = FakeClock(), MemoryDynamoDB()
    admission = admissions(clock, 1, 1, dynamodb)
    admission().enter()
    admission(connection="other").enter()
    with pytest.raises(SendLimitError):
        admission().enter()


@pytest.mark.parametrize(
    "spelling",
    [
        *("+490151 23456789", "+49 00151 23456789", "+49(0)151/23456789", "+49151-23456789 ext. 5"),
        *("whatsapp:+49015123456789", "whatsapp:+49 (000) 151 23456789", "sms:+49 151 23456789"),
    ],
)
def test_a_recipient_with_zeros_too_many_is_the_same_one(spelling: str) -> None:
    clock, dynamodb = FakeClock(), MemoryDynamoDB()
    admission = admissions(clock, 1, 0, dynamodb)
    admission("+4915123456789").enter()
    with pytest.raises(SendLimitError):
        admission(spelling).enter()
    # Of Italy's numbers the zero is a part.
    admission("+390612345678").enter()
    admission("+39612345678").enter()


@pytest.mark.parametrize("minute", range(0, 24 * 60, 97))
def test_counters_outlast_their_time_and_are_gone_within_twenty_six_hours(minute: int) -> None:
    clock, dynamodb = FakeClock(), MemoryDynamoDB()
    at(clock, "2026-03-15T00:00:00")
    clock.now += minute * 60
    admissions(clock, 1, 1, dynamodb)().enter()
    now = datetime.fromtimestamp(clock.now, UTC)
    ends = {
        "hour": now.replace(minute=0, second=0) + timedelta(hours=1),
        "day": now.replace(hour=0, minute=0, second=0) + timedelta(days=1),
    }
    for item in dynamodb.items():
        expires = int(item["expiresAt"]["N"])
        assert ends[item["sk"]["S"].partition("#")[0]].timestamp() < expires <= clock.now + A_DAY


def test_a_repeated_attempt_counts_in_a_new_hour_or_day_alone() -> None:
    clock, dynamodb = FakeClock(), MemoryDynamoDB()
    admission = admissions(clock, 5, 5, dynamodb)
    first = at(clock, "2026-03-15T22:50:00").now
    admission().enter()
    at(clock, "2026-03-15T22:59:00")
    admission().enter(since=first)
    assert taken(dynamodb) == {"day#2026-03-15": 1, "hour#2026-03-15T22": 1}
    at(clock, "2026-03-15T23:05:00")
    again = admission()
    again.enter(since=first)
    assert taken(dynamodb) == {"day#2026-03-15": 1, "hour#2026-03-15T22": 1, "hour#2026-03-15T23": 1}
    again.leave()
    # What the first attempt took stays taken.
    assert taken(dynamodb) == {"day#2026-03-15": 1, "hour#2026-03-15T22": 1, "hour#2026-03-15T23": 0}


def test_who_is_refused_by_the_day_gives_the_hour_back() -> None:
    clock, dynamodb = FakeClock(), MemoryDynamoDB()
    admission = admissions(clock, 5, 1, dynamodb)
    admission(OTHER).enter()
    for _ in range(7):
        with pytest.raises(SendLimitError, match="MaxSendsPerDay"):
            admission().enter()
    assert list(taken(dynamodb).values()) == [1, 1]


def test_nothing_is_given_back_twice_though_the_answer_was_lost() -> None:
    clock, dynamodb = FakeClock(), LosingAnswers("transact", 1)
    admission = admissions(clock, 0, 5, dynamodb)
    admission().enter()
    refused = admission()
    refused.enter()
    refused.leave()
    refused.leave()
    assert list(taken(dynamodb).values()) == [1]


def test_a_place_whose_answer_was_lost_counts_at_least_once() -> None:
    clock, dynamodb = FakeClock(), LosingAnswers("update", 1)
    admission = admissions(clock, 0, 5, dynamodb)
    admission().enter()
    assert 1 <= next(iter(taken(dynamodb).values())) <= 2


def test_a_limit_needs_the_table_and_none_needs_nothing() -> None:
    nowhere: Any = None
    assert not Limits.of(LimitSettings(), nowhere).are_set
    assert Limits.of(LimitSettings(allowed_countries="US"), nowhere).are_set
    with pytest.raises(SettingsError, match="STATE_TABLE_NAME"):
        Limits.of(LimitSettings(max_sends_per_day=1), nowhere)
