"""A window as it is stored: every later version reads it, and so does the one before, which may be deployed again."""

from typing import Any

import pytest

from twilio_connector.listing.parts import Part
from twilio_connector.polling.reading import Reading, Top
from twilio_connector.polling.window import Window
from twilio_connector.polling.window_item import window_item, window_of

TOP = Top("SM1", "2026-03-15T14:32:10.000Z")
TOP_ITEM = {"M": {"sid": {"S": "SM1"}, "updated": {"S": "2026-03-15T14:32:10.000Z"}}}
WHOLE = (Part(10, 20),)
HALVES = (Part(10, 15), Part(16, 20))
ALL = Reading("/2", lowest=15, ordered=False, top=TOP, before=Top("SM2", ""))


def numbers(*values: int) -> dict[str, Any]:
    return {"L": [{"N": str(value)} for value in values]}


@pytest.mark.parametrize(
    ("window", "further"),
    [
        (Window.unread(10, 20, 18), {"second": {"N": "20"}, "parts": numbers(10, 20)}),
        (Window(10, 20, 18, ()), {"second": {"N": "10"}, "parts": numbers()}),
        (
            Window(10, 20, 18, HALVES, Reading("/2", lowest=12, top=TOP), span=3),
            {
                "second": {"N": "12"},
                "uri": {"S": "/2"},
                "parts": numbers(10, 15, 16, 20),
                "span": {"N": "3"},
                "lowest": {"N": "12"},
                "top": TOP_ITEM,
            },
        ),
        (
            Window(10, 20, 18, WHOLE, ALL),
            {
                "second": {"N": "15"},
                "uri": {"S": "/2"},
                "parts": numbers(10, 20),
                "lowest": {"N": "15"},
                "ordered": {"BOOL": False},
                "top": TOP_ITEM,
                "before": {"M": {"sid": {"S": "SM2"}, "updated": {"S": ""}}},
            },
        ),
        # Its list does not reach down to the window's first second, which the version before would take for granted.
        (
            Window(10, 20, 18, HALVES[1:], Reading("/2", lowest=18)),
            {
                "second": {"N": "18"},
                "page": {"S": "/2"},
                "parts": numbers(16, 20),
                "lowest": {"N": "18"},
            },
        ),
    ],
)
def test_a_window_is_stored_under_the_names_that_it_always_had_and_some_more(
    window: Window, further: dict[str, Any]
) -> None:
    whole = {"low": {"N": "10"}, "high": {"N": "20"}, "keptFrom": {"N": "18"}}
    stored = window_item(window)
    assert stored == {"M": {**whole, "span": {"N": "0"}, "ordered": {"BOOL": True}, **further}}
    assert window_of(stored) == window


def test_no_window_is_stored_as_none() -> None:
    assert window_item(None) == {"NULL": True}
    assert window_of({"NULL": True}) is None


def test_a_part_without_an_end_is_no_window() -> None:
    stored = window_item(Window.unread(10, 20, 18))
    stored["M"]["parts"]["L"].append({"N": "30"})
    with pytest.raises(ValueError, match="zip"):
        window_of(stored)


@pytest.mark.parametrize(
    ("further", "part", "reading"),
    [
        ({}, Part(10, 20), Reading()),
        ({"second": {"N": "15"}}, Part(10, 15), Reading(lowest=15)),
        # What lies above that second was published and is not remembered: it is not looked at again.
        ({"second": {"N": "15"}, "uri": {"S": "/next"}}, Part(10, 15), Reading("/next", lowest=15)),
    ],
)
def test_what_the_version_before_has_stored_is_read(further: dict[str, Any], part: Part, reading: Reading) -> None:
    whole = {"low": {"N": "10"}, "high": {"N": "20"}, "keptFrom": {"N": "18"}}
    # Nothing says how far its chunks reach.
    assert window_of({"M": {**whole, **further}}) == Window(10, 20, 18, (part,), reading, span=10)


def as_the_version_before_reads_it(stored: Any) -> tuple[int, int, int, int, str | None]:
    """Low, high, keptFrom, and down to which second it takes everything for done, and at which page it goes on."""
    item = stored["M"]
    low, high, kept_from = (int(item[name]["N"]) for name in ("low", "high", "keptFrom"))
    if "second" not in item:
        return low, high, kept_from, high, None
    return low, high, kept_from, int(item["second"]["N"]), item.get("uri", {}).get("S")


@pytest.mark.parametrize(
    ("parts", "reading", "place"),
    [
        (WHOLE, Reading(), (20, None)),
        (WHOLE, Reading("/2", lowest=15, top=TOP), (15, "/2")),
        # Read to the end, and now once more from the top: all of it is remembered.
        (WHOLE, Reading(before=TOP), (20, None)),
        (WHOLE, Reading("/2", lowest=19, top=TOP, before=TOP), (19, "/2")),
        # A token was refused: below is what it has not read, and above what it takes for done anyway.
        (HALVES, Reading(), (15, None)),
        (HALVES, Reading("/2", lowest=12, top=TOP), (12, "/2")),
        # The list of this page does not reach down to the window's first second.
        (HALVES[1:], Reading("/2", lowest=18, top=TOP), (18, None)),
        ((Part(15, 15), Part(10, 14)), Reading("/2", lowest=15, top=TOP), (15, None)),
        # Where Twilio compares the day alone, a page may show other seconds than those of the part.
        (HALVES, Reading("/2", lowest=99, top=TOP), (15, "/2")),
        (HALVES[1:], Reading("/2", lowest=3, top=TOP), (16, None)),
        ((), Reading(), (10, None)),
    ],
)
def test_the_version_before_goes_on_where_the_reading_stands(
    parts: tuple[Part, ...], reading: Reading, place: tuple[int, str | None]
) -> None:
    stored = window_item(Window(10, 20, 18, parts, reading))
    assert as_the_version_before_reads_it(stored) == (10, 20, 18, *place)
