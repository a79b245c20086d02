"""What of a window is still to be read."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.poll_rows import row
from twilio_connector.listing.parts import MAX_PARTS, Part, divided
from twilio_connector.polling.reading import Reading, Top
from twilio_connector.polling.window import Window

WINDOW = Window.unread(10, 20, remember_from=18)


@pytest.mark.parametrize(
    ("read_to", "parts"),
    [
        # What is left lies below, if the order is the documented one. What was read is read again, in case it is not.
        (15, (Part(10, 15), Part(16, 20))),
        (10, (Part(10, 10), Part(11, 20))),
        # All of a page lay in the newest second.
        (20, (Part(20, 20), Part(10, 19))),
        # Out of order, or nothing of the part itself was met yet.
        (None, (Part(16, 20), Part(10, 15))),
        (21, (Part(16, 20), Part(10, 15))),
        (9, (Part(16, 20), Part(10, 15))),
    ],
)
def test_a_part_is_divided_where_its_reading_stands_or_in_the_middle(
    read_to: int | None, parts: tuple[Part, ...]
) -> None:
    assert divided(Part(10, 20), read_to) == parts


@given(low=st.integers(0, 99), length=st.integers(0, 99), read_to=st.none() | st.integers(-9, 250))
def test_parts_are_shorter_than_the_whole_and_leave_no_second_out(low: int, length: int, read_to: int | None) -> None:
    whole = Part(low, low + length)
    parts = divided(whole, read_to)
    seconds = sorted(second for part in parts for second in range(part.low, part.high + 1))
    assert seconds == list(range(whole.low, whole.high + 1))
    assert all(part.low <= part.high for part in parts)
    assert len(parts) == (1 if whole.is_second else 2)


def test_a_part_leaves_the_window_when_its_list_is_done_and_the_next_begins_at_its_top() -> None:
    window = replace(WINDOW, parts=(Part(10, 15), Part(16, 20)), reading=Reading("/2", 12))
    done = window.after([row("SM1", 11)], None)
    assert (done.parts, done.reading) == ((Part(16, 20),), Reading())
    assert done.after([], None).parts == ()


def test_a_page_that_is_followed_leaves_the_parts_as_they_are() -> None:
    after = WINDOW.after([row("SM1", 19)], "/2")
    assert (after.parts, after.reading.uri, after.reading.lowest) == (WINDOW.parts, "/2", 19)


@pytest.mark.parametrize(
    ("reading", "parts"),
    [
        (Reading("/2", lowest=15, top=Top("SM1", "")), (Part(10, 15), Part(16, 20))),
        (Reading("/2", lowest=15, ordered=False), (Part(16, 20), Part(10, 15))),
    ],
)
def test_a_refused_page_makes_lists_of_less(reading: Reading, parts: tuple[Part, ...]) -> None:
    window = replace(WINDOW, parts=(Part(10, 20), Part(21, 30)), reading=reading).reread()
    assert (window.parts, window.reading) == ((*parts, Part(21, 30)), Reading())


def test_a_single_second_is_read_again_from_its_top() -> None:
    window = replace(WINDOW, parts=(Part(15, 15),), reading=Reading("/2", 15)).reread()
    assert (window.parts, window.reading) == ((Part(15, 15),), Reading())


def test_parts_are_bounded_and_none_is_lost() -> None:
    window = Window.unread(1, 10_000, remember_from=0)
    for second in range(9_999, 8_000, -1):
        window = replace(window, reading=Reading("/2", lowest=second)).reread()
    assert len(window.parts) == MAX_PARTS
    assert {second for part in window.parts for second in range(part.low, part.high + 1)} == set(range(1, 10_001))


@pytest.mark.parametrize(
    ("earliest", "parts", "reading"),
    [
        (9, (Part(10, 12), Part(13, 20)), Reading("/2")),
        (11, (Part(11, 12), Part(13, 20)), Reading("/2")),
        (12, (Part(12, 12), Part(13, 20)), Reading("/2")),
        (13, (Part(13, 20),), Reading()),
        (15, (Part(15, 20),), Reading()),
        (21, (), Reading()),
    ],
)
def test_what_twilio_does_not_list_any_more_is_cut_off(
    earliest: int, parts: tuple[Part, ...], reading: Reading
) -> None:
    window = replace(WINDOW, parts=(Part(10, 12), Part(13, 20)), reading=Reading("/2")).from_second(earliest)
    assert (window.low, window.parts, window.reading) == (max(10, earliest), parts, reading)


def test_a_window_that_is_done_has_nothing_to_cut_off() -> None:
    assert replace(WINDOW, parts=()).from_second(15).parts == ()


def test_the_span_is_that_of_the_widest_chunk() -> None:
    assert WINDOW.remembering([]).span == 0
    assert WINDOW.remembering([12, 19, 15]).remembering([11, 12]).span == 7
