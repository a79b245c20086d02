"""Bodies made to break the webhook, by what is the matter with them."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from tests.support.webhook_generators import sdk_signature
from tests.support.webhook_requests import API_URL, FORM, http_event

Event = dict[str, Any]

# Lambda takes 6 MB; bodies come in base64.
MAX_BODY = 6_000_000 * 3 // 4


def whole(pattern: bytes, *, first: bytes = b"", last: bytes = b"") -> bytes:
    """As large a body as can arrive, of one *pattern* over and over."""
    return first + pattern * ((MAX_BODY - len(first) - len(last)) // len(pattern)) + last


# As large a form as is taken.
MAX_FORM = 512 * 1024

# Body and, rightly signed, its answer.
FORMS: dict[str, tuple[Callable[[], bytes], int]] = {
    "one value": (lambda: whole(b"x", first=b"a="), 413),
    "nothing but escapes": (lambda: whole(b"%41", first=b"a="), 413),
    "every other one an escape": (lambda: whole(b"a%41", first=b"a="), 413),
    "escapes of no text": (lambda: whole(b"%ff", first=b"a="), 413),
    "nothing but percent signs": (lambda: whole(b"%", first=b"a="), 413),
    "a form full of percent signs": (lambda: b"a=" + b"%" * (MAX_FORM - 2), 413),
    "a form full of escapes": (lambda: b"a=" + b"%41" * (MAX_FORM // 3 - 1), 413),
    "a form full of escapes among other characters": (lambda: b"a=" + "é%41".encode() * (MAX_FORM // 5 - 1), 413),
    "more escapes than are unescaped": (lambda: b"a=" + b"a%41" * 100_001, 413),
    "as many escapes of no text": (lambda: b"a=" + b"a%ff" * 100_000, 400),
    "as many percent signs": (lambda: b"a=" + b"%" * 100_000 + b"x" * 400_000, 413),
    "more escapes among other characters": (lambda: b"a=" + "é%41".encode() * 10_001, 413),
    "as many escapes among other characters": (lambda: b"a=" + "é%41".encode() * 10_000, 204),
    "as many percent signs among others": (lambda: b"a=" + "é%".encode() * 10_000 + b"x" * 400_000, 413),
    "100,000 parameters": (lambda: b"&".join(b"p%d=1" % number for number in range(100_000)), 413),
    "20,000 parameters": (lambda: b"&".join(b"p%d=1" % number for number in range(20_000)), 400),
    "one name 1,000 times": (lambda: b"&".join(b"a=%d" % number for number in range(1_000)), 204),
    "nothing but separators": (lambda: whole(b"&"), 413),
    "nothing but equals signs": (lambda: whole(b"="), 413),
    "invalid UTF-8": (lambda: b"a=\xff\xfe", 400),
    "UTF-16": (lambda: "a=é".encode("utf-16"), 400),
    "UTF-7": (lambda: "a=é".encode("utf-7"), 204),
    "byte order mark": (lambda: "\ufeffa=1".encode(), 204),
    "half a surrogate pair": (lambda: b"a=%ED%A0%80", 400),
    "NUL": (lambda: b"\0=\0&%00=%00", 204),
}
DOCUMENTS: dict[str, tuple[Callable[[], bytes], int]] = {
    "two million elements": (lambda: whole(b"0,", first=b"[", last=b"0]"), 413),
    "two million arrays": (lambda: whole(b"[],", first=b"[", last=b"0]"), 413),
    "one text": (lambda: whole(b"x", first=b'"', last=b'"'), 413),
    "escapes": (lambda: whole(b"\\u0041", first=b'"', last=b'"'), 413),
    "spaces": (lambda: whole(b" ", last=b"0"), 204),
    "100,000 deep": (lambda: b"[" * 100_000 + b"]" * 100_000, 400),
    "100,000 objects deep": (lambda: b'{"a":' * 100_000 + b"0" + b"}" * 100_000, 400),
    "open brackets": (lambda: whole(b"["), 400),
    "a number of 5,000 digits": (lambda: b"9" * 5_000, 400),
    "numbers of 4,000 digits": (lambda: whole(b"9" * 4_000 + b",", first=b"[", last=b"0]"), 400),
    "a number too large for a float": (lambda: b"[1e999]", 400),
    "NaN": (lambda: b'{"a": NaN}', 400),
    "duplicate keys": (lambda: b'{"a": 1, "a": 2}', 204),
    "half a surrogate pair": (lambda: rb'{"\ud800": "\udc00"}', 204),
    "half a surrogate pair in UTF-8": (lambda: b'"\xed\xa0\x80"', 400),
    "invalid UTF-8": (lambda: b'"\xff"', 400),
    "truncated": (lambda: b'{"a": [1, ', 400),
    "UTF-16": (lambda: "{}".encode("utf-16"), 400),
    "UTF-7": (lambda: b"+AHsAfQ-", 400),
    "byte order mark": (lambda: "\ufeff{}".encode(), 400),
    "empty": (lambda: b"", 204),
}


def signed_form(body: bytes) -> Event:
    """A form of any bytes, signed by the SDK as far as they are text."""
    pairs = parse_qsl(body.decode(errors="replace"), keep_blank_values=True)
    signature = sdk_signature(f"{API_URL}/webhook/default", pairs)
    return http_event(body=body, headers={"content-type": FORM, "x-twilio-signature": signature})
