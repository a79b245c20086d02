"""Twilio's API behind urllib3: connections that break before and after a request takes effect, answers of all kinds."""

import io
import json
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import urllib3
from urllib3.response import HTTPResponse

from tests.simulation.messages import PATH
from tests.simulation.surroundings import Surroundings
from tests.simulation.twilio import Account, Request
from twilio_connector.twilio.pool import NotConnectedError

ORIGIN = "http://twilio.test"
STATUSES = {"429": 429, "429 retry-after": 429, "503": 503, "500 done": 500, "rejected": 400, "opted out": 400}
CODES = {"rejected": 21211, "opted out": 21610, "429": 20429, "429 retry-after": 20429, "refused token": 20001}
# After these a message creation has taken effect, and after these that is unknown.
DONE = ("", "500 done", "lost", "timeout done", "unreadable", "slow")
DOUBTFUL = ("503", "500 done", "reset", "lost", "timeout", "timeout done", "unreadable")


class Api:
    """What answers requests to *account*."""

    def __init__(self, around: Surroundings, account: Account) -> None:
        self.around = around
        self.account = account
        api = self

        class Pool(urllib3.HTTPConnectionPool):
            ConnectionCls: Any = type("ApiConnection", (_Connection,), {"api": api})

        self.manager = urllib3.PoolManager(maxsize=10)
        self.manager.pool_classes_by_scheme = {"http": Pool}

    def service_of(self, method: str, url: str) -> str:
        """The kind of a request."""
        if method == "POST":
            return "create"
        return "list" if ".json?" in url else "fetch"

    def answer(self, method: str, url: str, body: bytes) -> tuple[int, Any]:
        """The status and the JSON of the answer to a request that takes effect."""
        if method == "POST":
            row = self.account.accept(parse_qsl(body.decode()), self.around.invocation)
            return 201, row.resource()
        parts = urlsplit(url)
        if self.service_of(method, url) == "list":
            query = dict(parse_qsl(parts.query))
            after = query.pop("PageToken", None)
            rows, token = self.account.page(query, after)
            following = f"{PATH}.json?{urlencode({**query, 'PageToken': token})}" if token else None
            return 200, {"messages": [row.resource() for row in rows], "next_page_uri": following}
        found = self.account.find(parts.path.rpartition("/")[2].removesuffix(".json"))
        return (200, found.resource()) if found else (404, {"code": 20404, "message": "not found"})


class _Connection:
    """As urllib3's own, of which its pool uses this much."""

    api: Api
    is_verified = proxy_is_verified = True
    proxy = None

    def __init__(self, *, timeout: Any = None, **_: Any) -> None:
        self.timeout = timeout
        self._request: tuple[str, str, bytes, str, str] = ("", "", b"", "", "")

    @property
    def is_closed(self) -> bool:
        """As urllib3's."""
        return False

    @property
    def is_connected(self) -> bool:
        """As urllib3's."""
        return True

    def close(self) -> None:
        """As urllib3's."""

    def request(self, method: str, url: str, body: bytes | None = None, **_: Any) -> None:
        """Connect, and send a request."""
        api, service = self.api, self.api.service_of(method, url)
        around = api.around
        what = self._what(method, url, body or b"")
        has_token = "PageToken=" in url
        fault = around.begin(service, what, lambda fault: fault != "refused token" or has_token)
        if fault == "unreached":
            around.end(service, what, fault)
            raise NotConnectedError(ConnectionRefusedError("refused"))
        self._request = method, url, body or b"", fault, what

    def getresponse(self) -> HTTPResponse:
        """Wait for the answer."""
        method, url, body, fault, what = self._request
        api, around = self.api, self.api.around
        status, document = 200, None
        if method != "POST" or fault in DONE:
            status, document = api.answer(method, url, body)
        if method == "POST":
            mark = dict(parse_qsl(body.decode())).get("ValidityPeriod", "")
            doubtful, accepted = fault in DOUBTFUL, fault in DONE
            api.account.requests.append(Request(around.now, around.invocation, mark, doubtful, accepted))
        if fault in ("timeout", "timeout done"):
            around.scheduler.sleep(float(self.timeout))
            around.end(api.service_of(method, url), what, fault)
            raise TimeoutError("timed out")
        if fault in ("reset", "lost"):
            around.end(api.service_of(method, url), what, fault)
            raise ConnectionResetError(104, "reset")
        if fault == "slow":
            around.scheduler.sleep(around.dice.uniform(1, 9))
        headers = {}
        if fault not in ("", "unreadable", "slow"):
            status = STATUSES.get(fault, 400)
            document = {"code": CODES.get(fault, 20500), "message": "No", "status": status}
            headers = {"Retry-After": "2"} if fault == "429 retry-after" else {}
        text = b"<html>" if fault == "unreadable" else json.dumps(document).encode()
        around.end(api.service_of(method, url), what, fault, f"{status}{_sids(document)}")
        return HTTPResponse(
            body=io.BytesIO(text),
            headers=headers,
            status=status,
            decode_content=False,
            enforce_content_length=False,
        )

    def _what(self, method: str, url: str, body: bytes) -> str:
        if method == "POST":
            return f"twilio POST Messages, mark {dict(parse_qsl(body.decode())).get('ValidityPeriod')}"
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query))
        span = f"{query['DateSent>'][11:19]}-{query['DateSent<'][11:19]}" if "DateSent>" in query else "all times"
        token = f" after {query['PageToken'][:24]}" if "PageToken" in query else ""
        return f"twilio GET Messages {span}{token}" if parts.query else f"twilio GET {parts.path[-39:-29]}"


def _sids(document: Any) -> str:
    if isinstance(document, dict) and "messages" in document:
        return " " + " ".join(row["sid"][:8] for row in document["messages"])
    return f" {document['sid'][:8]}" if isinstance(document, dict) and "sid" in document else ""
