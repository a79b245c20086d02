"""Which URLs a request may have been signed for."""

from typing import Any

import pytest

from twilio_connector.settings import WebhookSettings
from twilio_connector.webhook.candidate_urls import MAX_URLS, SignedUrl, SignedUrls
from twilio_connector.webhook.http_request import HttpRequest

API = "https://abc.execute-api.us-east-1.amazonaws.com"
SETTINGS = WebhookSettings(previous_token_seconds=3600)


def request(**changes: Any) -> HttpRequest:
    return HttpRequest(
        **{
            "method": "POST",
            "connection": "default",
            "hosts": ("hooks.example.com",),
            "paths": ("/webhook/default",),
            "query": "",
            "headers": {"x-forwarded-proto": "https"},
            "body": b"",
            **changes,
        }
    )


def urls_of(of: HttpRequest, settings: WebhookSettings) -> list[str]:
    return list(SignedUrls(of, settings))


def test_the_request_s_own_host_comes_with_and_without_the_default_port() -> None:
    assert urls_of(request(), SETTINGS)[:2] == [
        "https://hooks.example.com/webhook/default",
        "https://hooks.example.com:443/webhook/default",
    ]


def test_an_empty_query_may_or_may_not_have_had_its_question_mark() -> None:
    urls = urls_of(request(), SETTINGS)
    assert urls[2:] == [f"{url}?" for url in urls[:2]]


def test_a_configured_host_comes_as_it_was_called_too() -> None:
    settings = WebhookSettings(3600, webhook_base_url="https://hooks.example.com/in")
    urls = urls_of(request(hosts=("Hooks.Example.com", "other.example.com")), settings)
    assert [url for url in urls if ":443" not in url and "?" not in url] == [
        f"https://{host}/in/webhook/default" for host in ("hooks.example.com", "Hooks.Example.com")
    ]


@pytest.mark.parametrize("base", ["", "https://Hooks.Example.com"])
def test_a_host_comes_as_it_is_and_in_lower_case(base: str) -> None:
    settings = WebhookSettings(3600, webhook_base_url=base)
    urls = urls_of(request(hosts=("Hooks.Example.com",)), settings)
    assert [url for url in urls if ":443" not in url and "?" not in url] == [
        f"https://{host}/webhook/default" for host in ("Hooks.Example.com", "hooks.example.com")
    ]


@pytest.mark.parametrize(
    ("host", "others"),
    [
        ("hooks.example.com:8443", ["hooks.example.com", "hooks.example.com:443"]),
        ("hooks.example.com:443", ["hooks.example.com"]),
        ("[::1]:8443", ["[::1]", "[::1]:443"]),
        ("[::1]", ["[::1]:443"]),
        # No host at all, and no error.
        ("a:b", ["a:b:443"]),
        ("user:pass@hooks.example.com", ["hooks.example.com:443"]),
    ],
)
def test_ports_are_removed_and_replaced_and_user_info_dropped(host: str, others: list[str]) -> None:
    addresses = [host.rpartition("@")[2], *others]
    assert urls_of(request(hosts=(host,), query="a"), SETTINGS) == [
        f"https://{one}/webhook/default?a" for one in addresses
    ]


def test_the_deployment_s_own_url_comes_first() -> None:
    urls = urls_of(request(), WebhookSettings(3600, api_base_url=API))
    assert urls[0] == f"{API}/webhook/default"
    assert "https://hooks.example.com/webhook/default" in urls


@pytest.mark.parametrize("base", ["https://sms.example.com/in", "https://sms.example.com/in/"])
def test_a_configured_base_url_stands_alone(base: str) -> None:
    settings = WebhookSettings(3600, api_base_url=API, webhook_base_url=base)
    assert urls_of(request(paths=("/elsewhere",), query="a=1"), settings) == [
        "https://sms.example.com/in/webhook/default?a=1",
        "https://sms.example.com:443/in/webhook/default?a=1",
    ]


def test_a_slash_that_was_called_stays_behind_a_configured_base_url() -> None:
    settings = WebhookSettings(3600, webhook_base_url="https://sms.example.com")
    urls = urls_of(request(paths=("/webhook/default/",), query="a"), settings)
    assert urls[0] == "https://sms.example.com/webhook/default/?a"


def test_user_info_and_fragment_of_a_configured_base_url_are_dropped() -> None:
    settings = WebhookSettings(3600, webhook_base_url="https://user:pass@sms.example.com/in?x=1#rc=5")
    assert urls_of(request(), settings)[0] == "https://sms.example.com/in/webhook/default"


def test_the_raw_query_comes_first_and_then_what_the_signer_leaves_unescaped() -> None:
    urls = urls_of(request(query="a=it%27s&b=x%40y&c=1%3A2%3a3&d=%2B"), SETTINGS)
    assert [url.partition("?")[2] for url in urls[:4]] == [
        *["a=it%27s&b=x%40y&c=1%3A2%3a3&d=%2B"] * 2,
        *["a=it's&b=x@y&c=1:2:3&d=%2B"] * 2,
    ]


@pytest.mark.parametrize(
    ("forwarded", "schemes"),
    [
        ("https", {"https"}),
        ("http", {"http"}),
        ("https, http", {"https"}),
        ("", {"https", "http"}),
        ("javascript", {"https", "http"}),
    ],
)
def test_the_forwarded_scheme_is_taken_if_there_is_one(forwarded: str, schemes: set[str]) -> None:
    urls = urls_of(request(headers={"x-forwarded-proto": forwarded}), SETTINGS)
    assert {url.partition(":")[0] for url in urls} == schemes


def test_http_has_its_own_default_port() -> None:
    urls = urls_of(request(headers={"x-forwarded-proto": "http"}), SETTINGS)
    assert urls[:2] == ["http://hooks.example.com/webhook/default", "http://hooks.example.com:80/webhook/default"]


def test_candidates_are_few_and_none_comes_twice() -> None:
    hosts, paths = tuple(f"h{n}" for n in range(20)), tuple(f"/p{n}" for n in range(20))
    parameters = (("a", "' "), ("b", "@ "), ("c", ""), ("d", "/"))
    urls = urls_of(request(hosts=hosts, paths=paths, query="a", parameters=parameters), SETTINGS)
    assert len(urls) == len(set(urls)) == MAX_URLS


def test_a_candidate_tells_how_it_was_made() -> None:
    settings = WebhookSettings(3600, api_base_url=API)
    urls = SignedUrls(request(query="a=%27+"), settings)
    made = {url: urls[index] for index, url in enumerate(urls)}
    words = {url: (one.origin, one.port, one.query) for url, one in made.items()}
    assert all(one.url == url for url, one in made.items())
    assert words[f"{API}/webhook/default?a=%27+"] == ("api", "as_is", "raw")
    assert words["https://hooks.example.com:443/webhook/default?a='+"] == ("request", "default", "unescaped")
    assert words["https://hooks.example.com/webhook/default?a=%27%20"] == ("request", "as_is", "blanks")
    assert "%27" not in repr((urls, *made.values()))


@pytest.mark.parametrize("headers", [{}, {"x-forwarded-proto": ""}])
def test_without_a_forwarded_scheme_both_are_tried(headers: dict[str, str]) -> None:
    assert {url.partition(":")[0] for url in urls_of(request(headers=headers), SETTINGS)} == {"https", "http"}


def test_a_candidate_is_told_by_how_it_was_made() -> None:
    configured = SignedUrls(request(query="a"), WebhookSettings(3600, webhook_base_url="https://x.example.com/X/"))
    assert configured[0] == SignedUrl("https://x.example.com/X/webhook/default?a", "base_url", "as_is", "raw")
    own = SignedUrls(request(query="a"), WebhookSettings(3600, api_base_url=API))
    assert [(one.origin, one.port) for one in (own[0], own[1], own[2], own[3])] == [
        ("api", "as_is"),
        ("api", "default"),
        ("request", "as_is"),
        ("request", "default"),
    ]
    assert SignedUrls(request(query="a", hosts=("h:1",)), SETTINGS)[1].port == "none"
