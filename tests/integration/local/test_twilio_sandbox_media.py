"""Media in the sandbox: a file is answered by its address, which needs no credentials and goes stale."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import urllib3

from local.twilio_sandbox import TwilioSandbox
from local.twilio_sandbox.clients import call

FILES = [("image/png", b"a picture"), ("text/vcard", b"BEGIN:VCARD\r\n"), ("image/png", b"a picture")]


class Clock:
    """The sandbox's clock, which the test sets."""

    now = datetime(2026, 3, 15, 14, 32, 10, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def twilio(clock: Clock) -> Iterator[TwilioSandbox]:
    with TwilioSandbox(clock=clock) as sandbox:
        yield sandbox


def get(url: str, **headers: str) -> urllib3.BaseHTTPResponse:
    """A request without credentials, unless they are among the headers."""
    with urllib3.PoolManager(retries=False, timeout=10) as http:
        return http.request("GET", url, headers=headers, redirect=False)


def received(twilio: TwilioSandbox) -> list[str]:
    """The paths of the files of a message that has come in."""
    sid = twilio.receive(from_="+15551234567", to="+15558675309", media=FILES)
    listed = call(twilio, "GET", f"/Messages/{sid}/Media.json").json()["media_list"]
    return [medium["uri"].removesuffix(".json") for medium in listed]


def address_of(twilio: TwilioSandbox, path: str) -> str:
    located = call(twilio, "GET", path)
    assert located.status == 307
    return located.headers["Location"]


def test_a_file_is_answered_by_an_address_that_serves_it_to_anyone(twilio: TwilioSandbox) -> None:
    paths = received(twilio)

    addresses = [address_of(twilio, path) for path in paths]

    assert len(set(addresses)) == 3
    assert all(address.startswith(f"{twilio.url}/") for address in addresses)
    files = [get(address) for address in addresses]
    assert [(file.status, file.headers["Content-Type"], file.data) for file in files] == [
        (200, content_type, content) for content_type, content in FILES
    ]


def test_the_webhook_names_the_files_by_their_public_urls(twilio: TwilioSandbox) -> None:
    twilio.receive(from_="+15551234567", to="+15558675309", media=FILES, webhook_url="https://unmapped.example.com/in")
    twilio.wait_until(lambda: twilio.callbacks)

    params = twilio.callbacks[0].params
    assert params["NumMedia"] == "3"
    assert params["MessageSid"].startswith("MM")
    for number, (content_type, content) in enumerate(FILES):
        assert params[f"MediaContentType{number}"] == content_type
        path = params[f"MediaUrl{number}"].removeprefix("https://api.twilio.com")
        assert get(address_of(twilio, path)).data == content


def test_an_address_goes_stale_and_another_one_is_to_be_had(twilio: TwilioSandbox, clock: Clock) -> None:
    path = received(twilio)[0]
    address = address_of(twilio, path)

    clock.now += timedelta(seconds=239)
    assert get(address).status == 200
    clock.now += timedelta(seconds=1)

    assert get(address).status == 403
    assert get(address_of(twilio, path)).status == 200


def test_an_address_opens_one_file_for_its_time_and_takes_no_credentials(twilio: TwilioSandbox) -> None:
    one, other, _ = (address_of(twilio, path) for path in received(twilio))
    path, _, query = one.partition("?")
    forged = [path, f"{other.partition('?')[0]}?{query}", f"{path}?{query.replace('Expires=', 'Expires=9')}"]

    assert [get(url).status for url in forged] == [403, 403, 403]
    credentials = urllib3.make_headers(basic_auth=f"{twilio.account_sid}:{twilio.auth_token}")
    assert get(one, Authorization=credentials["authorization"]).status == 400
    assert twilio.requests[-1].auth_user == twilio.account_sid


def test_without_credentials_the_api_gives_no_address(twilio: TwilioSandbox) -> None:
    assert get(f"{twilio.url}{received(twilio)[0]}").status == 401


def test_a_deleted_file_is_gone_with_its_address(twilio: TwilioSandbox) -> None:
    first, *rest = received(twilio)
    address = address_of(twilio, first)

    assert call(twilio, "DELETE", f"{first}.json").status == 204

    gone = [
        call(twilio, method, f"{first}{suffix}") for method, suffix in (("GET", ""), ("GET", ".json"), ("DELETE", ""))
    ]
    assert [answer.status for answer in [*gone, get(address)]] == [404] * 4
    assert [call(twilio, "GET", path).status for path in rest] == [307, 307]


def test_what_was_sent_with_media_has_files_too(twilio: TwilioSandbox) -> None:
    form = {"To": "+15551234567", "From": "+15558675309", "MediaUrl": "https://example.com/a.gif"}
    sid = call(twilio, "POST", "/Messages.json", form=form).json()["sid"]

    [medium] = call(twilio, "GET", f"/Messages/{sid}/Media.json").json()["media_list"]
    file = get(address_of(twilio, medium["uri"].removesuffix(".json")))

    assert file.headers["Content-Type"] == medium["content_type"] == "image/gif"
    assert file.data.startswith(b"GIF89a")
