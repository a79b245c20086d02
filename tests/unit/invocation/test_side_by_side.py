"""Threads that work side by side: as many as may, each row in its order, nothing left behind."""

import threading
from collections.abc import Iterator, Sequence
from threading import Barrier, BrokenBarrierError, Event, Lock

import pytest

from twilio_connector.invocation.side_by_side import side_by_side

PATIENCE = 30.0


def rows(count: int) -> list[list[int]]:
    return [[number] for number in range(count)]


def at_once(groups: Iterator[list[int]]) -> list[int]:
    return [one for group in groups for one in group]


@pytest.fixture(autouse=True)
def _nobody_is_left_behind() -> Iterator[None]:
    before = threading.active_count()
    yield
    assert threading.active_count() == before


@pytest.mark.parametrize("most", [1, 2, 10])
def test_as_many_are_at_work_as_may_be_and_no_more(most: int) -> None:
    all_here, lock, working, seen = Barrier(most), Lock(), 0, list[int]()

    def work(number: int) -> int:
        nonlocal working
        with lock:
            working += 1
            seen.append(working)
        # The first ones go on only together.
        if number < most:
            all_here.wait(PATIENCE)
        with lock:
            working -= 1
        return number

    assert sorted(at_once(side_by_side(rows(30), work, most, lambda: PATIENCE))) == list(range(30))
    assert max(seen) == most


def test_those_of_one_row_follow_one_another() -> None:
    begun: list[tuple[int, int]] = []
    items = [[(row, place) for place in range(20)] for row in range(4)]

    def work(item: tuple[int, int]) -> tuple[int, int]:
        begun.append(item)
        return item

    done = [one for group in side_by_side(items, work, 4, lambda: PATIENCE) for one in group]
    for row in range(4):
        assert [one for one in begun if one[0] == row] == items[row]
        assert [one for one in done if one[0] == row] == items[row]


def test_what_is_done_soon_comes_together_and_as_soon_as_all_is_done() -> None:
    # Were it waited for, this would take half a minute.
    assert [sorted(group) for group in side_by_side(rows(10), lambda number: number, 10, lambda: PATIENCE)] == [
        list(range(10))
    ]


def test_one_that_takes_long_keeps_back_no_other() -> None:
    others_are_told = Event()

    def work(number: int) -> bool:
        return number > 0 or others_are_told.wait(PATIENCE)

    told = 0
    for group in side_by_side(rows(10), work, 10, lambda: 0.01):
        assert all(group)
        told += len(group)
        if told == 9:
            others_are_told.set()
    assert told == 10


def test_what_a_thread_dies_of_is_raised_once_all_have_ended() -> None:
    both = Barrier(2)

    class DyingError(BaseException):
        pass

    def work(number: int) -> int:
        both.wait(PATIENCE)
        if number:
            raise DyingError
        return number

    told: list[int] = []

    def take(groups: Iterator[list[int]]) -> None:
        for group in groups:
            told.extend(group)

    with pytest.raises(DyingError):
        take(side_by_side(rows(2), work, 2, lambda: PATIENCE))
    assert told == [0]


def test_where_the_caller_gives_up_nothing_is_begun_any_more_and_what_was_is_ended() -> None:
    begun: list[int] = []
    may_end = Event()

    def work(number: int) -> int:
        begun.append(number)
        if number:
            assert may_end.wait(PATIENCE)
        return number

    groups: Iterator[list[int]] = side_by_side(one_long_row(), work, 2, lambda: 0.0)
    assert next(groups) == [0]
    threading.Timer(0.01, may_end.set).start()
    groups.close()  # type: ignore[attr-defined]  # of a generator
    assert set(begun) <= {0, 1, 2}


def one_long_row() -> Sequence[Sequence[int]]:
    return [[0], [1, *range(3, 100)], [2, *range(100, 200)]]


def test_a_barrier_of_more_than_may_work_breaks() -> None:
    """That the barriers of these tests can fail."""
    barrier = Barrier(3)

    def work(number: int) -> bool:
        try:
            barrier.wait(0.05)
        except BrokenBarrierError:
            return False
        return True

    assert not any(one for group in side_by_side(rows(2), work, 2, lambda: PATIENCE) for one in group)
