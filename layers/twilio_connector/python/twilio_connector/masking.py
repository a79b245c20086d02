"""Masking phone numbers in what people read: error messages and log lines."""

import re

# What must stay readable (SIDs, instants, counts of characters or bytes) comes first; every other run of seven or more
# digits counts as a phone number, however it is punctuated or percent-encoded. Groups of three digits alone do not make
# a count, because software that formats numbers also writes 15,551,234,567 and 5,551,234: the unit after them does.
_GAP = r"(?:[\s().,_\-/+\u00b7\u2010-\u2015\u2022]|%(?:25)?(?:20|28|29|2[BDEFbdef]))"
_NUMBER = re.compile(
    r"(?P<keep>[A-Z]{2}[0-9a-fA-F]{32}|(?<!\d)\d{4}-[01]\d-[0-3]\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?Z?)?(?![\d-])"
    r"|\b\d{1,3},\d{3},\d{3}(?= (?:characters|bytes)\b))"
    rf"|(?:\+|%2[Bb]|%28)*\d(?:{_GAP}{{0,3}}\d){{6,}}"
)
_ESCAPE = re.compile("%(?:25)*[0-9A-Fa-f]{2}")


def mask_numbers(text: str) -> str:
    """Replace all but the last four digits of every phone number in *text*: ``+15551234567`` becomes ``*4567``."""

    def masked(match: re.Match[str]) -> str:
        kept: str | None = match["keep"]
        return kept or "*" + "".join(filter(str.isdigit, _ESCAPE.sub("", match[0])))[-4:]

    return _NUMBER.sub(masked, text)
