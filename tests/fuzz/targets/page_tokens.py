"""Page tokens: whatever a caller or an answer names as a page, nothing is asked but the account's list of messages."""

import base64
import json
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from urllib3.response import BaseHTTPResponse, HTTPResponse
from urllib3.util.url import parse_url
from yarl import URL

from tests.fuzz.reading import document, seed
from twilio_connector.connections.connection import Connection
from twilio_connector.errors import InvalidInputError, TwilioConnectorError, TwilioResponseError
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.reading.list_messages import _binding, list_messages
from twilio_connector.twilio.client import TwilioClient
from twilio_connector.twilio.request import Request

IS_JSON = True
ACCOUNT = "AC" + "0123456789abcdef" * 2
LIST = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
FILTERS = ("from", "to", "dateSentAfter", "dateSentBefore")
DICTIONARY = (
    *("token", "uri", "marks", "pages", "limit", *FILTERS, "next_page_uri", "messages", "sid", "date_sent"),
    *(f"{LIST}?", "https://evil.example/", "@evil.example", "//", "/../", "%2e%2e", "#", "\u000d\u000a", "\\\\"),
    *("PageToken=PASM", "Sun, 15 Mar 2026 14:32:10 +0000", "\ud800", "?"),
)
HOST, MOST_PAGES = "api.twilio.com", 6


class RecordingClient(TwilioClient):
    """A client whose requests are kept, and answered by pages of the fuzzer's."""

    def __init__(self, pages: Sequence[Any]) -> None:
        self.connection = Connection("default", ACCOUNT, "SK0", "secret", None, f"https://{HOST}")
        self.deadline = Deadline.after(60.0, lambda: 0.0)
        self.asked: list[str] = []
        self._pages = list(pages)

    def answer(self, request: Request, private: Sequence[str] = ()) -> BaseHTTPResponse:
        """The next page, after which the list ends."""
        self.asked.append(request.url)
        page = self._pages.pop(0) if self._pages else {"messages": [], "next_page_uri": None}
        return HTTPResponse(body=json.dumps(page).encode(), status=200, preload_content=True)


def seeds() -> Iterator[bytes]:
    """Tokens as list_messages hands them out, others, and pages that go on."""
    messages = [
        {"sid": "SM" + f"{number:032x}", "date_sent": "Sun, 15 Mar 2026 14:32:10 +0000", "body": "Hi"}
        for number in range(3)
    ]
    page = {"messages": messages, "next_page_uri": f"{LIST}?PageSize=3&Page=1&PageToken=PASM{1:032x}"}
    yield seed({"limit": 2, "pages": [page]})
    yield seed({"limit": 2, "pages": [page], "dateSentAfter": "2026-03-15T14:32:10Z", "dateSentBefore": "2026-03-16"})
    yield seed({"limit": "1", "pages": [page, page], "from": "+1 (555) 123-4567", "to": "whatsapp:+15551234567"})
    yield seed({"limit": 3, "pages": [page, {"messages": messages[:1], "next_page_uri": None}]})
    yield seed({"uri": f"{LIST}?PageSize=3", "marks": "0" * 31 + "1", "limit": 1, "pages": [page]})
    yield seed({"uri": "https://evil.example/Messages.json?", "marks": "", "pages": []})
    yield seed(
        {
            "uri": f"{LIST}?a#b@evil.example",
            "marks": "x",
            "pages": [{"messages": [], "next_page_uri": "//evil.example"}],
        }
    )
    yield seed({"token": base64.urlsafe_b64encode(b'["0", "/x", ""]').decode(), "pages": []})


def fuzz_one(data: bytes) -> None:
    """Read a part of a list with a token, then go on with the token that comes back."""
    given = document(data)
    if not isinstance(given, dict):
        return
    pages = given.get("pages")
    pages = pages[:MOST_PAGES] if isinstance(pages, list) else []
    event: dict[str, Any] = {"limit": given.get("limit", 1), **{name: given[name] for name in FILTERS if name in given}}
    if "uri" in given:
        packed = [_binding(RecordingClient([]), []), given["uri"], given.get("marks", "")]
        event["pageToken"] = base64.urlsafe_b64encode(json.dumps(packed).encode()).decode()
    elif "token" in given:
        event["pageToken"] = given["token"]
    token = _walk(event, pages)
    if token is not None:
        _walk({**event, "pageToken": token}, pages[::-1], is_own=True)


def _walk(event: dict[str, Any], pages: Sequence[Any], *, is_own: bool = False) -> str | None:
    """The token that comes back; None at the end, and where the call ends with a documented error.

    Whatever its pages hold, a token *is_own* where list_messages has handed it out for the same list, and is taken.
    """
    client = RecordingClient(pages)
    try:
        result = list_messages(event, lambda _: client)
    except TwilioConnectorError as exc:
        assert type(exc) in (InvalidInputError, TwilioResponseError)
        assert not is_own or "pageToken" not in str(exc)
        token = event.get("pageToken")
        # What is shorter may be a word of ours, or the instant that an error has as an example.
        assert not isinstance(token, str) or len(token) < 24 or token not in str(exc)
        return None
    finally:
        assert len(client.asked) <= len(pages) + 1
        for url in client.asked:
            _assert_list(url)
    token = result["nextPageToken"]
    assert token is None or isinstance(token, str)
    return token


def _assert_list(url: str) -> None:
    """Three parsers see Twilio's host and the path of the list in *url*."""
    by_urllib3, by_yarl, by_library = parse_url(url), URL(url, encoded=True), urlsplit(url)
    assert {by_urllib3.host, by_yarl.host, by_library.hostname} == {HOST}
    assert {by_urllib3.path, by_yarl.raw_path, by_library.path} == {LIST}
    assert {by_urllib3.scheme, by_yarl.scheme, by_library.scheme} == {"https"}
    assert not by_urllib3.auth and not by_yarl.user and by_urllib3.port is None
    # What urllib3 writes into the line of the request.
    assert all("!" <= character <= "~" for character in by_urllib3.request_uri)
