"""A window as the state table holds it. What is stored is read by every later version, and by the one before.

``{low, high, keptFrom, second, uri? or page?, parts, span, lowest?, ordered, top?, before?}``: seconds are numbers,
*parts* is a list of their first and last seconds in turn, *top* and *before* are maps of *sid* and *updated*.

Versions up to 1.0 know the first five. To them everything after *second* is done and *uri* is the next page, so that
they continue at the next page; what this version would read beyond that, they skip. What they have stored has no
*parts*: above *second* everything is done, and not all of it is remembered.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from twilio_connector.listing.parts import Part
from twilio_connector.polling.reading import Reading, Top
from twilio_connector.polling.window import Window

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    Item = Mapping[str, AttributeValueTypeDef]


def window_item(window: Window | None) -> "AttributeValueTypeDef":
    """The attribute that holds *window*."""
    if window is None:
        return {"NULL": True}
    reading = window.reading
    item: dict[str, AttributeValueTypeDef] = {
        "low": _number(window.low),
        "high": _number(window.high),
        "keptFrom": _number(window.remember_from),
        "second": _number(_done_above(window)),
        "parts": {"L": [_number(second) for part in window.parts for second in (part.low, part.high)]},
        "span": _number(window.span),
        "ordered": {"BOOL": reading.ordered},
    }
    if reading.uri is not None:
        # To the version before, the list of *uri* reaches down to *low*: where it does not, that version starts anew.
        item["uri" if window.parts and window.parts[0].low == window.low else "page"] = {"S": reading.uri}
    if reading.lowest is not None:
        item["lowest"] = _number(reading.lowest)
    for name, top in (("top", reading.top), ("before", reading.before)):
        if top:
            item[name] = {"M": {"sid": {"S": top.sid}, "updated": {"S": top.updated}}}
    return {"M": item}


def window_of(stored: "AttributeValueTypeDef") -> Window | None:
    """The window that the attribute *stored* holds."""
    if "M" not in stored:
        return None
    item = stored["M"]
    low, high, remember_from = (int(item[name]["N"]) for name in ("low", "high", "keptFrom"))
    uri = next((item[name]["S"] for name in ("uri", "page") if name in item), None)
    if "parts" not in item:
        lowest = int(item["second"]["N"]) if "second" in item else None
        rest = Part(low, high if lowest is None else lowest)
        return Window(low, high, remember_from, (rest,), Reading(uri, lowest), span=high - low)
    seconds = iter([int(second["N"]) for second in item["parts"]["L"]])
    return Window(
        low,
        high,
        remember_from,
        parts=tuple(Part(first, last) for first, last in zip(seconds, seconds, strict=True)),
        reading=Reading(
            uri,
            lowest=int(item["lowest"]["N"]) if "lowest" in item else None,
            ordered=item["ordered"]["BOOL"],
            top=_top(item, "top"),
            before=_top(item, "before"),
        ),
        span=int(item["span"]["N"]),
    )


def _done_above(window: Window) -> int:
    """The second above which everything is done, were the list in Twilio's documented order."""
    if not window.parts:
        return window.low
    part, lowest = window.parts[0], window.reading.lowest
    return part.high if lowest is None else max(part.low, min(part.high, lowest))


def _top(item: "Item", name: str) -> Top | None:
    return Top(item[name]["M"]["sid"]["S"], item[name]["M"]["updated"]["S"]) if name in item else None


def _number(value: int) -> "AttributeValueTypeDef":
    return {"N": str(value)}
