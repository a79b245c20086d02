"""The guard of raw requests: what passes, what is refused, and that nothing else ever passes."""

import pkgutil
from urllib.parse import urlsplit

import pytest
import twilio.rest
from hypothesis import example, given
from hypothesis import strategies as st
from twilio.rest import Client
from urllib3.util.url import parse_url

from tests.support.hostile_urls import TRICKS
from twilio_connector.connections.connection import Connection
from twilio_connector.errors import InvalidInputError
from twilio_connector.raw_request.request import METHODS
from twilio_connector.raw_request.url import MAX_URL, PRODUCTS, creates_message, resolve

SID = "AC" + "0123456789abcdef" * 2
API = "https://api.twilio.com"
API_ORIGINS = {f"https://{product}.twilio.com" for product in PRODUCTS}


def connection(api_url: str = API) -> Connection:
    return Connection("default", SID, "SK0", "secret", None, api_url)


@pytest.mark.parametrize(
    ("url", "absolute"),
    [
        ("/Accounts/$TWILIO_ACCOUNT_SID/Messages.json", f"{API}/2010-04-01/Accounts/{SID}/Messages.json"),
        ("/2010-04-01/Accounts.json", f"{API}/2010-04-01/Accounts.json"),
        ("/2010-04-01.json", f"{API}/2010-04-01.json"),
        ("/2010-04-012/Accounts.json", f"{API}/2010-04-01/2010-04-012/Accounts.json"),
        (f"{API}/2010-04-01/Accounts/$TWILIO_ACCOUNT_SID.json", f"{API}/2010-04-01/Accounts/{SID}.json"),
        ("/Accounts.json?PageSize=5&Page=1", f"{API}/2010-04-01/Accounts.json?PageSize=5&Page=1"),
        ("/Accounts.json?DateSent>=2026-03-15", f"{API}/2010-04-01/Accounts.json?DateSent>=2026-03-15"),
        ("/Accounts.json?x=../..//a@b:8080", f"{API}/2010-04-01/Accounts.json?x=../..//a@b:8080"),
        ("https://messaging.twilio.com/v1/Services", "https://messaging.twilio.com/v1/Services"),
        ("HTTPS://Lookups.Twilio.com/v2/PhoneNumbers/%2B1", "https://lookups.twilio.com/v2/PhoneNumbers/%2B1"),
        ("Accounts/$TWILIO_ACCOUNT_SID/Messages.json?a=b", f"{API}/2010-04-01/Accounts/{SID}/Messages.json?a=b"),
        ("Accounts.json", f"{API}/2010-04-01/Accounts.json"),
        ("2010-04-01/Accounts.json", f"{API}/2010-04-01/Accounts.json"),
        ("/Accounts/a%20b/M%C3%BCller", f"{API}/2010-04-01/Accounts/a%20b/M%C3%BCller"),
        ("/Accounts/..a/b..", f"{API}/2010-04-01/Accounts/..a/b.."),
    ],
)
def test_paths_and_api_urls_are_resolved(url: str, absolute: str) -> None:
    assert resolve(url, connection()) == absolute


@pytest.mark.parametrize("own", ["https://api.dublin.ie1.twilio.com", "http://127.0.0.1:4010"])
def test_the_api_host_means_the_origin_of_the_connection(own: str) -> None:
    for url in ("/Accounts.json", f"{API}/2010-04-01/Accounts.json", f"{own}/2010-04-01/Accounts.json"):
        assert resolve(url, connection(own)) == f"{own}/2010-04-01/Accounts.json"


def test_a_slash_at_the_end_of_the_connections_origin_is_no_part_of_it() -> None:
    assert resolve("/Accounts.json", connection("http://127.0.0.1:4010/")) == (
        "http://127.0.0.1:4010/2010-04-01/Accounts.json"
    )


def test_a_query_may_hold_bytes_that_are_no_utf_8_but_no_control_characters_behind_them() -> None:
    assert resolve("/Accounts.json?a=%FF", connection()) == f"{API}/2010-04-01/Accounts.json?a=%FF"
    with pytest.raises(InvalidInputError):
        resolve("/Accounts.json?a=%FF%0A", connection())
    assert creates_message("POST", f"{API}/2010-04-01/Accounts/{SID}/Messages.json%FF")


def test_a_url_may_be_as_long_as_it_says() -> None:
    longest = "/" + "a" * (MAX_URL - 1)
    assert resolve(longest, connection()) == f"{API}/2010-04-01{longest}"


@pytest.mark.parametrize(
    ("url", "refusal"),
    [
        ("/" + "a" * MAX_URL, "url is longer than 8000 characters."),
        ("/a b", "url must be printable ASCII without blanks, '\\', '#' or stray '%': percent-encode them."),
        ("/%FF", "url must be percent-encoded UTF-8."),
        ("/a/../b", "url must not contain '//', '\\', '.' or '..' segments or control characters."),
        ("/a?b=%0A", "url must not contain control characters; queryParams may."),
        ("ftp://a/b", "url must be a path that starts with '/', or a full https URL of Twilio's API."),
        ("https://a.b/c", "url must be one of Twilio's API hosts, over https, without a port or user info."),
    ],
    ids=["long", "characters", "bytes", "segments", "query", "scheme", "host"],
)
def test_a_refusal_says_what_the_url_must_be(url: str, refusal: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        resolve(url, connection())
    assert str(refused.value) == refusal


@pytest.mark.parametrize("trick", TRICKS)
def test_everything_else_is_refused(trick: str) -> None:
    for url in TRICKS[trick]:
        with pytest.raises(InvalidInputError):
            resolve(url, connection())
            pytest.fail(f"passed: {url!r}")


URL_PARTS = [
    "https://",
    "http:",
    "//",
    "/",
    "\\",
    "..",
    ".",
    "%2e",
    "%2f",
    "%25",
    "@",
    ":",
    "?",
    "#",
    ";",
    "\n",
    "[::1]",
]
HOSTS = ["api.twilio.com", "messaging.twilio.com", "evil.example", "127.0.0.1", "Accounts", "2010-04-01", "x"]


@given(st.one_of(st.text(), st.lists(st.sampled_from(URL_PARTS + HOSTS), max_size=12).map("".join)))
@example("/%2525252e./x")
def test_whatever_passes_stays_with_twilio_and_keeps_its_path(url: str) -> None:
    try:
        absolute = resolve(url, connection())
    except InvalidInputError:
        return
    for parsed in (parse_url(absolute), urlsplit(absolute)):
        assert f"{parsed.scheme}://{parsed.netloc}" in API_ORIGINS | {API}
        # urllib3 removes dot segments; here there are none to remove.
        assert parsed.path and "/../" not in f"{parsed.path}/"
    assert (parse_url(absolute).path or "").count("/") == absolute.partition("?")[0].count("/") - 2


def test_the_hosts_are_those_of_twilios_own_sdk_and_one_that_only_its_api_descriptions_name() -> None:
    client = Client(SID, "token")
    domains = [getattr(client, module.name) for module in pkgutil.iter_modules(twilio.rest.__path__)]
    sdk = {domain.base_url for domain in domains}
    assert API_ORIGINS | {API} == sdk | {"https://assistants.twilio.com"}


@pytest.mark.parametrize("host", sorted(API_ORIGINS))
def test_a_product_is_asked_at_the_connections_edge_and_region_as_by_twilios_own_sdk(host: str) -> None:
    regional = Client(SID, "token", region="ie1", edge="dublin").get_hostname(host)
    own = connection("https://api.dublin.ie1.twilio.com")
    for written in (host, regional):
        assert resolve(f"{written}/v1/Services?x=y", own) == f"{regional}/v1/Services?x=y"
    assert resolve(f"{host}/v1", connection("http://127.0.0.1:4010")) == f"{host}/v1"
    assert resolve(f"{host}/v1", connection()) == f"{host}/v1"


@pytest.mark.parametrize("own", [API, "https://api.ashburn.us1.twilio.com", "https://api.sydney.au1.twilio.com"])
def test_data_of_one_region_goes_to_no_other(own: str) -> None:
    for host in ("lookups.dublin.ie1", "lookups.ie1", "lookups.dublin", "api.dublin.ie1", "dublin.ie1"):
        with pytest.raises(InvalidInputError):
            resolve(f"https://{host}.twilio.com/v2/PhoneNumbers", connection(own))


@pytest.mark.parametrize(
    "path",
    [
        "/2010-04-01/Accounts/AC0/Messages.json",
        "/2010-04-01/Accounts/AC0/Messages",
        "/2010-04-01/Accounts/AC0/messages.JSON",
        "/2010-04-01/Accounts/AC0/Messages.xml?x=1",
        "/2010-04-01/Accounts/AC0/Messages.json/",
        "/2010-04-01/Accounts/AC0/Messages/",
        "/2010-04-01/Accounts/AC0/%4dessages.json",
        "/2010-04-01/Accounts/AC0/Messages%2Ejson",
        "/2010-04-01/Accounts/AC0/%254Dessages.json%2f",
        "/2010-04-01/Accounts/AC0%2FMessages.json",
        "/2010-04-01/Accounts/AC0/Messages;a=b",
        "/2010-04-01/Accounts/AC0/Messages.json%20",
        "/2010-04-01/Accounts/AC0/Messages.json%3Fx/y",
        "/2010-04-01/Accounts/AC0/Messages.json%23/y",
        "/2010-04-01/Accounts/AC0/%EF%BC%ADessages.json",
        "/2010-04-01/Accounts/AC0/SMS/Messages.json",
        "/v1/Conversations/CH0/Messages",
        "/v1/Conversations/support%2342/Messages",
        "/v1/Conversations/why%3F/Messages?x=1",
    ],
)
def test_a_post_to_a_list_of_messages_creates_one_however_it_is_spelt(path: str) -> None:
    assert [method for method in METHODS if creates_message(method, API + path)] == ["POST"]


@pytest.mark.parametrize(
    "path",
    [
        "/2010-04-01/Accounts/AC0/Messages/SM0.json",
        "/2010-04-01/Accounts/AC0/Calls.json?x=/Messages.json",
        "/2010-04-01/Accounts/AC0/MessagesArchive.json",
        "/v1/Services",
        "/",
    ],
)
def test_other_posts_create_no_message(path: str) -> None:
    assert not creates_message("POST", API + path)
