"""What people read: no seven digits in a row but in SIDs, however a number is punctuated, and no private text."""

import re
from collections.abc import Iterator

from tests.fuzz.reading import as_bytes, document, number, seed, text
from twilio_connector.errors import TwilioRejectedError
from twilio_connector.masking import mask_numbers, redact
from twilio_connector.twilio.error_body import explanation_in

IS_JSON = True
DICTIONARY = (
    *("before", "digits", "gaps", "after", "private", "+", "%2B", "%20", "%2528", "%28", "(", ")", "-", ".", "/", ","),
    *("\u2011", "\u200b", "\u00a0", "\u202a", "2026-03-15", "T14:32:10Z", "1,000,000 characters", " bytes"),
    *("SM00000000000000000000000000000000", "15551234567", "<TwilioResponse><RestException>", '"message"', '"code"'),
)
_SID = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}")
_RUN = re.compile(r"\d{7}")
# What people and programs put between digits, up to three of it.
GAPS = ("", " ", "-", ".", "(", ")", "/", ",", "\u2011", "\u200b", "\u00a0", "%20", "%2D", "%2528", " (", ") ", " - ")
# A number that looks like a date, or a count of characters, may stay.
_KEPT = re.compile(r"\d{4}-[01]\d-[0-3]\d|\d,\d{3},\d{3}")
MOST_DIGITS = 15


def seeds() -> Iterator[bytes]:
    """Sentences as Twilio writes them, with numbers in several writings."""
    for gaps, before, after, private in (
        ([], "The 'To' number ", " is not a valid phone number", []),
        ([8, 9], "from \u202a+", "\u202c", ["555"]),
        ([1, 4, 5], "tel:%2B", "&To=x", ["tel", "To"]),
        ([11, 13], "SM" + "0" * 32 + " ", " 2026-03-15T14:32:10Z", ["SM"]),
        ([7], "1,234,567 characters, ", " 12,345,678 bytes", ["Hello"]),
    ):
        yield seed({"before": before, "digits": 15551234567, "gaps": gaps, "after": after, "private": private})
    yield seed(
        {"before": '{"code": 21211, "message": "Invalid ', "digits": 15551234567, "after": '"}', "private": ["Inv"]}
    )
    xml = "<TwilioResponse><RestException><Code>21211</Code><Message>"
    yield seed({"before": xml, "digits": 15551234567, "after": "</Message></RestException></TwilioResponse>"})


def fuzz_one(data: bytes) -> None:
    """Redact a sentence around a number."""
    given = document(data)
    digits = str(number(given, "digits"))[:MOST_DIGITS] if isinstance(given, dict) else ""
    written = _written(digits, given.get("gaps") if isinstance(given, dict) else None)
    before, after = text(given, "before"), text(given, "after")
    private = given.get("private") if isinstance(given, dict) else None
    texts = [each for each in private if isinstance(each, str)] if isinstance(private, list) else []
    sentence = before + written + after
    sids = "|".join(_SID.findall(sentence))
    for shown in (mask_numbers(sentence), redact(sentence, texts), str(TwilioRejectedError(sentence[:900]))):
        # Of a SID a part may be private.
        assert all(run in sids for run in _RUN.findall(_SID.sub("|", shown))), "seven digits in a row"
    _assert_pieces(before, written, digits, after)
    shown = redact(sentence, texts)
    # The marks of what was left out are not quotations.
    assert not any(value.strip() and value.strip() in shown for value in texts if not set(value) & {"*", "…"})
    _assert_explained(as_bytes(sentence))


def _written(digits: str, gaps: object) -> str:
    """*digits* with the *gaps*, by their places in ``GAPS``, between them."""
    places = [each for each in gaps if type(each) is int] if isinstance(gaps, list) else []
    return "".join(
        digit + GAPS[places[at % len(places)] % len(GAPS)] if places else digit for at, digit in enumerate(digits)
    )


def _assert_pieces(before: str, written: str, digits: str, after: str) -> None:
    """Of a number no seven digits in a row survive, whatever is between them."""
    if len(digits) < 7 or _KEPT.search(written):
        return
    shown = mask_numbers(f"x {written}; x")
    assert sum(map(str.isdigit, re.sub("%(?:25)?..", "", shown))) <= 4
    # With its surroundings: what can belong to the number, or hide it, is taken away first.
    around = [re.sub(r"[\w%+,.\-]", "", part) for part in (before, after)]
    shown = mask_numbers(around[0] + "; " + written + "; " + around[1])
    assert digits[:7] not in re.sub("[^0-9]", "", re.sub("%(?:25)?..", "", shown))


def _assert_explained(body: bytes) -> None:
    """What Twilio's answer says of an error is read without raising anything."""
    said = explanation_in(body)
    assert said.code is None or 0 < said.code < 1_000_000
    assert not said.link or said.link.startswith("https://www.twilio.com/docs/")
