"""raw_request carries the credentials to nobody but Twilio, whatever URL, header, redirect or proxy it meets."""

from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from local.twilio_sandbox import TwilioSandbox
from tests.support.certificates import Authority
from tests.support.hostile_urls import TRICKS
from tests.support.raw_caller import CALLS, MESSAGES, TEXT, Call, caller
from tests.support.raw_network import address_of, listening, resolving
from tests.support.scripted_server import Exchange, ScriptedServer, reply
from twilio_connector.errors import InvalidInputError, TwilioConnectorError, TwilioResponseError, TwilioUnavailableError
from twilio_connector.raw_request.url import PRODUCTS

ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
TOKEN = "the-auth-token-of-the-account"
AUTHORIZATION = b64encode(f"{ACCOUNT_SID}:{TOKEN}".encode())
PRIVATE = (AUTHORIZATION, TOKEN.encode(), ACCOUNT_SID.encode(), TEXT["Body"].encode(), b"Authorization")
TWILIO = "https://api.twilio.com"
API_ORIGINS = {f"https://{product}.twilio.com" for product in PRODUCTS}


def connected_to(own: str) -> Call:
    """``raw_request`` by a connection with the origin *own*, and with credentials that are easily found."""
    return caller(own, accountSid=ACCOUNT_SID, authToken=TOKEN)


def refuses(event: dict[str, Any], own: str) -> bool:
    """Whether the request *event* is refused for what it asks."""
    try:
        connected_to(own)(**event)
    except TwilioConnectorError as exc:
        return isinstance(exc, InvalidInputError)
    return False


@pytest.mark.parametrize("trick", TRICKS)
def test_a_hostile_url_is_refused_before_a_name_is_looked_up(trick: str) -> None:
    with listening() as sink, ScriptedServer(reply()) as server, resolving(sink.address) as names:
        for own in (server.url, TWILIO, "https://api.dublin.ie1.twilio.com"):
            assert [url for url in TRICKS[trick] if not refuses({"url": url}, own)] == []
        assert (names.asked, server.requests) == ([], [])
    assert sink.connections == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Basic eDp5"},
        {"Host": "evil.example"},
        {"Content-Length": "0"},
        {"Transfer-Encoding": "chunked"},
        {"Connection": "Authorization"},
        {"Proxy-Authorization": "Basic eDp5"},
        {"Proxy-Connection": "keep-alive"},
        *({f"X{mark}Host": "evil.example"} for mark in ("\r\n", "\n", "\r", "\x00", "\t", " ", "\u2028")),
        *({"X": f"y{mark}Host: evil.example"} for mark in ("\r\n", "\n", "\r", "\x00", "\u010a", "\u2028")),
    ],
    ids=repr,
)
def test_a_hostile_header_is_refused_before_a_connection_is_made(headers: dict[str, str]) -> None:
    lines = [f"{name}: {value}" for name, value in headers.items()]
    pairs = [{"key": name, "value": value} for name, value in headers.items()]
    with ScriptedServer(reply()) as server:
        for spelt in (headers, lines, pairs):
            assert refuses({"url": MESSAGES, "headers": spelt}, server.url)
        assert server.connections == 0


@pytest.mark.parametrize("mark", ["\r\n", "\r\n\r\nGET /x HTTP/1.1\r\n", "\x00", "\n", "#", "@", "/../", "&", "\u010a"])
def test_query_and_form_texts_stay_inside_their_request(mark: str) -> None:
    hostile = {f"a{mark}Host": f"{mark}Host: evil.example"}
    with ScriptedServer(reply()) as server:
        call = connected_to(server.url)
        call(url=MESSAGES, queryParams=hostile)
        call(url=CALLS, method="POST", formData=hostile, fileData=hostile, fileDataFileNames={f"a{mark}Host": mark})
        call(url=CALLS, method="POST", data=hostile, headers={"Content-Type": "application/x-www-form-urlencoded"})
        call(url=MESSAGES)
        assert (len(server.requests), server.connections) == (4, 1)
        assert {request.headers["Host"] for request in server.requests} == {server.url.removeprefix("http://")}
        assert {request.line.partition("?")[0].split(" ")[1] for request in server.requests} == {
            f"/2010-04-01/Accounts/{ACCOUNT_SID}/{name}.json" for name in ("Messages", "Calls")
        }


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_host_but_one_that_proves_to_be_twilio_gets_the_credentials(method: str) -> None:
    with listening() as sink, resolving(sink.address) as names:
        for origin in sorted(API_ORIGINS | {TWILIO}):
            with pytest.raises(TwilioConnectorError):
                connected_to(TWILIO)(url=f"{origin}/v1/x", method=method, data=TEXT)
    assert names.asked == [(origin.removeprefix("https://"), 443) for origin in sorted(API_ORIGINS | {TWILIO})]
    assert sink.connections == len(names.asked)
    assert not any(private in sink.received for private in PRIVATE)


@pytest.mark.parametrize(
    ("trusted", "certified", "arrives"),
    [
        (True, "messaging.twilio.com", True),
        (True, "evil.example", False),
        (True, "127.0.0.1", False),
        (False, "messaging.twilio.com", False),
    ],
)
def test_tls_shows_who_answers_before_anything_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trusted: bool, certified: str, arrives: bool
) -> None:
    serving, other = Authority(tmp_path, "serving"), Authority(tmp_path, "other")
    monkeypatch.setenv("SSL_CERT_FILE", str((serving if trusted else other).file))
    context = serving.server(certified)
    with ScriptedServer(reply(), tls=context) as server, resolving(address_of(server.url)):
        call = connected_to(TWILIO)
        if arrives:
            assert call(url="https://messaging.twilio.com/v1/Services")["status"] == 200
        else:
            with pytest.raises(TwilioConnectorError):
                call(url="https://messaging.twilio.com/v1/Services")
        assert [request.headers["Authorization"] for request in server.requests] == (
            [f"Basic {AUTHORIZATION.decode()}"] if arrives else []
        )


@pytest.mark.parametrize("status", [300, 301, 302, 303, 305, 307, 308])
@pytest.mark.parametrize(
    "location",
    [
        "http://evil.example/x",
        "https://messaging.twilio.com/v1/Services",
        "//evil.example/x",
        "http://127.0.0.1:{sink}/x",
        "http://user:password@{own}/x",
        "http://{own}/2010-04-01/Accounts.json",
        "/2010-04-01/Accounts.json",
        "Accounts.json",
        "file:///etc/passwd",
        "",
    ],
)
def test_a_redirect_is_followed_nowhere(status: int, location: str) -> None:
    def answer(exchange: Exchange) -> None:
        reply(status, Location=location.format(own=own, sink=sink.address[1]))(exchange)

    with (
        listening() as sink,
        ScriptedServer(answer) as server,
        resolving(sink.address, own=[address_of(server.url)]) as names,
    ):
        call, own = connected_to(server.url), server.url.removeprefix("http://")
        for event in ({"url": MESSAGES}, {"url": MESSAGES, "method": "POST", "data": TEXT}):
            if location:
                result = call(**event, maxRetries=2, retryAllErrors=True)
                assert result["status"] == status
                assert result["headers"]["location"] == location.format(own=own, sink=sink.address[1])
            else:
                with pytest.raises(TwilioResponseError, match=str(status)):
                    call(**event)
        assert set(names.asked) == {address_of(server.url)}
        assert len({request.line.split(" ")[1] for request in server.requests}) == 1
        assert [request.line.split(" ")[0] for request in server.requests] == ["GET", "POST"]
    assert sink.connections == 0


def test_the_proxies_of_the_environment_are_passed_by(twilio: TwilioSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    with listening() as sink:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            for spelt in (name, name.lower()):
                monkeypatch.setenv(spelt, "http://{}:{}".format(*sink.address))
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        with resolving(None, own=[address_of(twilio.url)]) as names:
            call = caller(twilio.url, accountSid=twilio.account_sid, authToken=twilio.auth_token)
            assert call(url=MESSAGES)["status"] == 200
            with pytest.raises(TwilioUnavailableError):
                call(url="https://messaging.twilio.com/v1/Services")
            assert names.asked[-1] == ("messaging.twilio.com", 443)
    assert sink.connections == 0
