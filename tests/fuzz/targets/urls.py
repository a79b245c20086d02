"""URLs of raw requests: what the guard lets pass goes to Twilio, as three other parsers see it."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from urllib3.util.url import parse_url
from yarl import URL

from tests.support.hostile_urls import TRICKS
from twilio_connector.connections.connection import Connection
from twilio_connector.errors import InvalidInputError
from twilio_connector.raw_request.creations import reaches_people
from twilio_connector.raw_request.recipients import _creates_message
from twilio_connector.raw_request.url import MAX_URL, PRODUCTS, creates_message, resolve

IS_JSON = False
DICTIONARY = (
    *("https://", "http://", "api.twilio.com", "messaging.twilio.com", ".dublin.ie1", "lookups.dublin.ie1.twilio.com"),
    *("$TWILIO_ACCOUNT_SID", "/2010-04-01", "Accounts", "/Messages.json", "127.0.0.1:4010", "evil.example", "//", "/"),
    *("..", ".", "%2e", "%2f", "%25", "%5c", "@", ":443", ":", "?", "#", ";", "\n", "%0d%0a", "[::1]", "\\\\"),
    *("%ef%bc%8e", "%ef%bc%8f", "%ef%bc%85", "\uff0f", "%C3%A9", "SMS/", "%"),
)
SID = "AC" + "0123456789abcdef" * 2
API = "https://api.twilio.com"
CONNECTIONS = {
    origin: Connection("default", SID, "SK0", "secret", None, origin)
    for origin in (API, "https://api.dublin.ie1.twilio.com", "http://127.0.0.1:4010")
}
PLACES = {API: "", "https://api.dublin.ie1.twilio.com": ".dublin.ie1", "http://127.0.0.1:4010": ""}


def seeds() -> Iterator[bytes]:
    """URLs that pass, and a few of each trick."""
    for url in (
        "/Accounts/$TWILIO_ACCOUNT_SID/Messages.json",
        "Accounts.json?PageSize=5&DateSent>=2026-03-15",
        "https://messaging.twilio.com/v1/Services?x=../..//a@b:8080",
        "HTTPS://Lookups.dublin.ie1.Twilio.com/v2/PhoneNumbers/%2B1",
        "https://api.twilio.com/2010-04-01/Accounts/a%20b/M%C3%BCller;x=y",
        "/2010-04-01/Accounts/AC0/SMS/%4dessages%2Ejson?To=%2B1",
    ):
        yield url.encode()
    for urls in TRICKS.values():
        yield from (url.encode("utf-8", "replace")[:200] for url in urls[:: max(1, len(urls) // 3)])


def fuzz_one(data: bytes) -> None:
    """Resolve a URL for connections of three places."""
    url = data.decode("utf-8", "replace")
    for own, connection in CONNECTIONS.items():
        try:
            absolute = resolve(url, connection)
        except InvalidInputError as exc:
            assert len(url) < 40 or url not in str(exc)
            continue
        _assert_twilios(absolute, own)
        # With what is put before a path it may be longer than one that is given.
        assert len(absolute) > MAX_URL or resolve(absolute, connection) == absolute
        creates = creates_message("POST", absolute)
        # Whatever is limited must be known as a creation, and that as something that reaches people.
        assert creates or not _creates_message("POST", absolute)
        assert reaches_people("POST", absolute, own) or not creates
        assert not creates_message("GET", absolute)


def _assert_twilios(absolute: str, own: str) -> None:
    """Host, scheme and port are those of the connection's origin or of a product at its place, and the path stays."""
    allowed = {own, *(f"https://{product}{PLACES[own]}.twilio.com" for product in PRODUCTS)}
    by_yarl = URL(absolute, encoded=True)
    assert str(by_yarl.origin()) in allowed
    assert by_yarl.user is None and by_yarl.password is None and not by_yarl.raw_fragment
    for parsed in (parse_url(absolute), urlsplit(absolute)):
        assert f"{parsed.scheme}://{parsed.netloc}" in allowed
        assert not parsed.fragment
    path = absolute.split("/", 3)[3].partition("?")[0]
    # urllib3, which sends it, removes dot segments; here there are none to remove.
    assert (parse_url(absolute).path or "").count("/") == path.count("/") + 1
    assert all("!" <= character <= "~" for character in absolute)
