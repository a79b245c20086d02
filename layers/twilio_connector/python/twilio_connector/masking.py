"""Masking phone numbers, and texts that are private, in what people read: error messages and log lines."""

import re
from collections.abc import Iterable, Iterator

# What is copied from a page or a list of contacts may hold invisible characters.
_UNSEEN = r"\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
# What must stay readable (SIDs, instants, counts of characters or bytes) comes first; every other run of seven or more
# digits counts as a phone number, however it is punctuated or percent-encoded. Groups of three digits alone do not make
# a count, because software that formats numbers also writes 15,551,234,567 and 5,551,234: the unit after them does.
_GAP = rf"(?:[\s().,_\-/+\u00b7\u2010-\u2015\u2022{_UNSEEN}]|%(?:25)?(?:20|28|29|2[BDEFbdef]))"
_NUMBER = re.compile(
    r"(?P<keep>[A-Z]{2}[0-9a-fA-F]{32}|(?<!\d)\d{4}-[01]\d-[0-3]\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?Z?)?(?![\d-])"
    r"|\b\d{1,3},\d{3},\d{3}(?= (?:characters|bytes)\b))"
    rf"|(?:\+|%2[Bb]|%28)*\d(?:{_GAP}{{0,3}}\d){{6,}}"
)
_ESCAPE = re.compile("%(?:25)*[0-9A-Fa-f]{2}")


ELLIPSIS = "…"


def mask_numbers(text: str) -> str:
    """Replace all but the last four digits of every phone number in *text*: ``+15551234567`` becomes ``*4567``."""
    return _NUMBER.sub(_masked, text)


def redact(text: str, private: Iterable[str]) -> str:
    """*text* with its phone numbers masked, and with an ellipsis for each of the *private* texts that it quotes.

    Numbers and quotations are both looked for in *text* as it came, so that neither hides the other: a number of which
    a part is private is left out whole.
    """
    numbers = [match for match in _NUMBER.finditer(text) if not match["keep"]]
    quoted = sorted(span for value in private for span in _quotations(text, value))
    shown, spans = [], sorted([*quoted, *(match.span() for match in numbers)])
    masks, end = {match.span(): _masked(match) for match in numbers}, 0
    for start, stop, parts in _merged(spans):
        shown += [text[end:start], masks[(start, stop)] if parts == 1 and (start, stop) in masks else ELLIPSIS]
        end = stop
    return "".join(shown) + text[end:]


def _masked(match: re.Match[str]) -> str:
    kept: str | None = match["keep"]
    return kept or "*" + "".join(filter(str.isdigit, _ESCAPE.sub("", match[0])))[-4:]


def _quotations(text: str, value: str) -> Iterator[tuple[int, int]]:
    """Where *text* quotes *value*, without the blanks around it: Twilio trims what it quotes."""
    value = value.strip()
    start = text.find(value) if value else -1
    while start >= 0:
        yield start, start + len(value)
        start = text.find(value, start + 1)


def _merged(spans: list[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """The sorted *spans*, those that overlap as one, with how many each is made of."""
    current: tuple[int, int, int] | None = None
    for start, stop in spans:
        if current and start < current[1]:
            current = (current[0], max(current[1], stop), current[2] + 1)
            continue
        if current:
            yield current
        current = (start, stop, 1)
    if current:
        yield current
