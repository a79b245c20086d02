"""Which POSTs reach somebody, so that a repeat could reach them twice: a table of Twilio's operations.

The table is ``post_operations.txt``, read for a request that may be repeated and for no other.
"""

import re
from pathlib import Path

from twilio_connector.raw_request.url import creates_message, decoded

TABLE = Path(__file__).with_name("post_operations.txt")
REACHES, CREATES, SETS = "reaches", "creates", "sets"

_EXTENSION = re.compile(r"\.(json|xml|csv|html)$", re.IGNORECASE)
# What a server that decodes too early, or trims, could take for the end of a segment.
_UNCERTAIN = re.compile(r"[/?#;\\\s\x00-\x1f\x7f]")


def reaches_people(method: str, url: str, own_origin: str) -> bool:
    """Whether the request texts, calls, mails or notifies somebody, or may do so: what is not in the table counts.

    *url* is absolute; at *own_origin*, that of the connection, is the API of ``api.twilio.com``.
    """
    if method != "POST":
        return False
    verdicts = verdicts_on(url, own_origin)
    return creates_message(method, url) or REACHES in verdicts or not verdicts


def verdicts_on(url: str, own_origin: str) -> set[str]:
    """What the table says of a POST to *url*: one verdict, none, or more where its path can be read as several."""
    host, _, path = url.partition("?")[0].partition("://")[2].partition("/")
    product = "api" if url.startswith(f"{own_origin.rstrip('/')}/") else host.partition(".")[0]
    segments = _segments(f"/{path}")
    return {verdict for verdict, path in operations(product) if segments and _fits(segments, _segments(path))}


def operations(product: str) -> list[tuple[str, str]]:
    """Verdict and path of each of the *product*'s POSTs in the table."""
    _, _, following = TABLE.read_text(encoding="ascii").partition(f"\n[{product}]\n")
    lines = following.partition("\n\n")[0].splitlines()
    return [(verdict, path) for verdict, _, path in (line.partition(" ") for line in lines)]


def _segments(path: str) -> list[str]:
    """The segments of *path*, decoded; none where it is not certain what they are."""
    segments = [decoded(segment, errors="replace") for segment in path.rstrip("/").split("/")[1:]]
    if segments:
        segments[-1] = _EXTENSION.sub("", segments[-1])
    return segments if all(segment and not _UNCERTAIN.search(segment) for segment in segments) else []


def _fits(segments: list[str], pattern: list[str]) -> bool:
    return len(segments) == len(pattern) and all(
        known in ("{}", segment) or known.casefold() == segment.casefold()
        for segment, known in zip(segments, pattern, strict=True)
    )
