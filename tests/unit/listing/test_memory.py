"""What a cursor remembers: in the table at once, for as long as it is looked up, and no longer."""

from typing import Any

import pytest

from tests.support.fakes import FakeClock
from tests.support.memory_dynamodb import MemoryDynamoDB
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.listing import memory as of_memory
from twilio_connector.listing.budget import CHUNK_SECONDS
from twilio_connector.listing.memory import PublishedMemory
from twilio_connector.state.table import StateTable

NOW, PK, TABLE = 1_800_000_000, "poll#default##", "state"


def sid(number: int) -> str:
    return f"SM{number:032x}"


@pytest.fixture
def dynamodb() -> MemoryDynamoDB:
    return MemoryDynamoDB()


def memory(dynamodb: MemoryDynamoDB) -> PublishedMemory:
    """The memory of a process that begins."""
    client: Any = dynamodb
    return PublishedMemory(StateTable(client, TABLE, Deadline.after(60, FakeClock())), PK)


def test_a_page_is_remembered_until_no_later_poll_can_see_its_messages(dynamodb: MemoryDynamoDB) -> None:
    memory(dynamodb).remember([sid(1)], NOW - 5, NOW)
    memory(dynamodb).remember([], NOW - 5, NOW)
    (chunk,) = dynamodb.items()
    assert chunk["pk"] == {"S": PK}
    assert chunk["sk"]["S"].startswith(f"chunk#0{NOW - 5}#")
    assert chunk["expiresAt"] == {"N": str(NOW + CHUNK_SECONDS)}
    assert len(chunk["sids"]["B"]) == 16


def test_what_was_written_just_now_is_known_to_another_process(dynamodb: MemoryDynamoDB) -> None:
    memory(dynamodb).remember([sid(1)], NOW, NOW)
    memory(dynamodb).remember_undated({sid(2): NOW + 60})
    later = memory(dynamodb)
    assert sid(1) not in later
    later.load(NOW, NOW)
    assert sid(1) in later
    assert later.undated([sid(1), sid(2), sid(2)]) == {sid(2)}


def test_undated_messages_are_remembered_each_until_its_own_second(dynamodb: MemoryDynamoDB) -> None:
    memory(dynamodb).remember_undated({sid(1): NOW + 60, sid(2): NOW + 70})
    assert list(dynamodb.items()) == [
        {"pk": {"S": PK}, "sk": {"S": f"undated#{sid(number)}"}, "expiresAt": {"N": str(NOW + seconds)}}
        for number, seconds in ((1, 60), (2, 70))
    ]


def test_what_is_made_known_is_known_before_it_is_remembered_and_whatever_is_loaded(dynamodb: MemoryDynamoDB) -> None:
    one = memory(dynamodb)
    one.know([sid(1)], [sid(2)])
    assert sid(1) in one
    assert one.undated([sid(2), sid(3)]) == {sid(2)}
    one.load(NOW, NOW)
    one.load(NOW - 1000, NOW - 900)
    assert sid(1) in one


@pytest.mark.parametrize(
    ("oldest", "newest", "known"),
    [(10, 10, {10}), (10, 12, {10, 11, 12}), (9, 9, set()), (12, 14, {12, 14}), (14, 14, {14}), (11, 13, {11, 12})],
)
def test_no_more_is_known_than_the_seconds_asked_for(
    dynamodb: MemoryDynamoDB, oldest: int, newest: int, known: set[int]
) -> None:
    for second in (10, 11, 12, 14):
        memory(dynamodb).remember([sid(second)], second, NOW)
    one = memory(dynamodb)
    one.load(oldest, newest)
    assert {second for second in range(20) if sid(second) in one} == known


def test_seconds_that_touch_those_known_are_added_and_others_take_their_place(dynamodb: MemoryDynamoDB) -> None:
    for second in range(10, 21):
        memory(dynamodb).remember([sid(second)], second, NOW)
    one = memory(dynamodb)

    def known() -> list[int]:
        return [second for second in range(30) if sid(second) in one]

    one.load(14, 15)
    one.load(16, 16)
    one.load(13, 13)
    assert known() == [13, 14, 15, 16]
    one.load(12, 18)
    assert known() == [12, 13, 14, 15, 16, 17, 18]
    one.load(20, 20)
    assert known() == [20]
    one.load(18, 18)
    assert known() == [18]
    one.load(10, 16)
    assert known() == [10, 11, 12, 13, 14, 15, 16]
    one.load(20, 20)
    one.load(21, 21)
    assert known() == [20]


def test_what_lies_below_is_looked_up_ahead_as_far_as_there_is_room(
    dynamodb: MemoryDynamoDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_memory, "AHEAD_BYTES", 2 * 16)
    for second in range(10, 21):
        memory(dynamodb).remember([sid(second)], second, NOW)
    one = memory(dynamodb)
    one.load(20, 20, down_to=10)
    assert [second for second in range(30) if sid(second) in one] == [19, 20]
    # However little room there is, what is asked for is known.
    one.load(12, 18, down_to=10)
    assert [second for second in range(30) if sid(second) in one] == list(range(12, 21))
    one.load(11, 11, down_to=15)
    assert sid(11) in one


def test_what_is_forgotten_holds_nothing_of_the_second_or_later(dynamodb: MemoryDynamoDB) -> None:
    for second in (8, 9, 10, 11):
        memory(dynamodb).remember([sid(second)], second, NOW)
    memory(dynamodb).remember_undated({sid(1): NOW})
    memory(dynamodb).forget_before(10)
    kept = [item["sk"]["S"] for item in dynamodb.items()]
    assert [each[:17] for each in kept[:2]] == ["chunk#00000000010", "chunk#00000000011"]
    assert kept[2:] == [f"undated#{sid(1)}"]
