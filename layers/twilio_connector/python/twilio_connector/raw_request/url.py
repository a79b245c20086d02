"""Where a raw request may go: the guard in front of the credentials that every request carries.

What is refused here never reaches the network. Only plain ASCII URLs of known hosts pass, in a form that every parser
reads the same way.
"""

import re
from unicodedata import normalize
from urllib.parse import unquote

from twilio_connector.connections.connection import Connection
from twilio_connector.errors import InvalidInputError
from twilio_connector.settings import TWILIO_API_URL
from twilio_connector.twilio.api import API_PATH, product_origin

ACCOUNT_SID_PLACEHOLDER = "$TWILIO_ACCOUNT_SID"
MAX_URL = 8_000

# Those that Twilio's API descriptions (twilio-oai 2.6.7) and its SDK for Python (9.13.0) name. Not by pattern: others
# host status.twilio.com and help.twilio.com.
_PRODUCTS = (
    "accounts assistants bulkexports chat content conversations events flex-api frontline-api iam insights intelligence"
    " ip-messaging knowledge lookups marketplace memory messaging monitor notify numbers oauth preview preview-iam"
    " pricing proxy routes serverless studio supersim sync taskrouter trunking trusthub verify video voice webhooks"
    " wireless"
)
PRODUCTS = frozenset(_PRODUCTS.split())

_ABSOLUTE = re.compile(r"(?P<origin>https?://[^/?]+)(?P<target>/.*)", re.IGNORECASE)
_RELATIVE = re.compile(rf"(?:Accounts|{re.escape(API_PATH[1:])})(?=[/.?]|$)")
_VERSIONED = re.compile(re.escape(API_PATH) + r"(?=[/.?]|$)")
# Printable ASCII except the backslash, which some parsers take for a slash, and the fragment, which is never sent.
_PLAIN = re.compile(r"[!-~]+")
_UNSAFE = re.compile(r"[\\#]|%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_DOT_SEGMENT = re.compile(r"(?:^|/)\.{1,2}(?:[;/]|$)")
_MESSAGES = re.compile(r"/messages(?![a-z0-9_-])[^/]*/*")
_QUERY = re.compile(r"[?#]")


def resolve(url: str, connection: Connection) -> str:
    """The absolute URL that *url* means for *connection*.

    *url* is a path below ``/2010-04-01``, which may be written or left out, as may its first slash; or a full URL of
    one of Twilio's API hosts over https, where ``https://api.twilio.com`` means the connection's own origin. Both
    may have a query string. ``$TWILIO_ACCOUNT_SID`` is replaced.

    A product's host is moved to the edge and the region of the connection: data of one region goes to no other.

    Raises :class:`InvalidInputError` for everything else: other hosts, schemes, ports, user info, ``//host``,
    fragments, ``.`` and ``..`` segments and control characters in any encoding, and what is not printable ASCII.
    """
    url = url.replace(ACCOUNT_SID_PLACEHOLDER, connection.account_sid)
    _check_characters(url)
    origin, target = _split(url, connection)
    path, _, query = target.partition("?")
    _check_path(path)
    if _CONTROL.search(decoded(query, errors="replace")):
        raise InvalidInputError("url must not contain control characters; queryParams may.")
    return origin + target


def creates_message(method: str, url: str) -> bool:
    """Whether the request sends a message: a POST to a list of messages, however its path is spelt."""
    if method != "POST":
        return False
    # An encoded '?' or '#' belongs to its segment, but a server that decodes too early ends the path there.
    path = decoded(url.partition("?")[0], errors="replace").casefold()
    return _lists_messages(path) or _lists_messages(_QUERY.split(path, maxsplit=1)[0])


def _lists_messages(path: str) -> bool:
    return _MESSAGES.fullmatch(path, path.rstrip("/").rfind("/")) is not None


def _split(url: str, connection: Connection) -> tuple[str, str]:
    """The origin to connect to and the path and query to ask it for."""
    own = connection.api_url.rstrip("/")
    if _RELATIVE.match(url):
        url = f"/{url}"
    if url.startswith("/"):
        return own, url if _VERSIONED.match(url) else API_PATH + url
    absolute = _ABSOLUTE.fullmatch(url)
    if not absolute:
        raise InvalidInputError("url must be a path that starts with '/', or a full https URL of Twilio's API.")
    origin = absolute["origin"].lower()
    if origin in (TWILIO_API_URL, own.lower()):
        return own, absolute["target"]
    if (placed := _placed_origins(own).get(origin)) is None:
        raise InvalidInputError("url must be one of Twilio's API hosts, over https, without a port or user info.")
    return placed, absolute["target"]


def _placed_origins(own: str) -> dict[str, str]:
    """What each allowed origin becomes: with or without the connection's edge and region, it gets them."""
    products = ((product, f"https://{product}.twilio.com") for product in PRODUCTS)
    placed = {origin: product_origin(product, own) or origin for product, origin in products}
    return placed | {origin: origin for origin in placed.values()}


def _check_characters(url: str) -> None:
    if len(url) > MAX_URL:
        raise InvalidInputError(f"url is longer than {MAX_URL} characters.")
    if not _PLAIN.fullmatch(url) or _UNSAFE.search(url):
        raise InvalidInputError(
            "url must be printable ASCII without blanks, '\\', '#' or stray '%': percent-encode them."
        )


def _check_path(path: str) -> None:
    try:
        plain = decoded(path, errors="strict")
    except UnicodeDecodeError as exc:
        raise InvalidInputError("url must be percent-encoded UTF-8.") from exc
    if _CONTROL.search(plain) or "\\" in plain or "//" in plain or _DOT_SEGMENT.search(plain):
        raise InvalidInputError("url must not contain '//', '\\', '.' or '..' segments or control characters.")


def decoded(text: str, errors: str) -> str:
    """*text* without any percent-encoding, however often it was applied.

    Normalised, since some servers take look-alikes (a full-width dot, slash or percent sign) for what they look like.
    """
    while (once := normalize("NFKC", unquote(text, errors=errors))) != text:
        text = once
    return text
