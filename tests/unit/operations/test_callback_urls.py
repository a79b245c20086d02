"""What a URL at Twilio leads to, and what is wrong with it."""

import pytest

from operations.doctor.callback_urls import CallbackUrl, Owner, is_repeated

WEBHOOK = "https://api.example.com/in/webhook/default"
RIGHT = f"{WEBHOOK}#rc=5&rp=all"


@pytest.mark.parametrize(
    "url",
    [RIGHT, f"{WEBHOOK}?order=1#rc=5&rp=all", "https://user:Pass@api.example.com:443/in/webhook/default#rp=all&rc=1"],
    ids=["as it should be", "with a query", "spelt otherwise"],
)
def test_nothing_is_wrong_with_a_url_that_leads_to_the_webhook(url: str) -> None:
    callback = CallbackUrl(url)
    assert (callback.leads_to(WEBHOOK), callback.flaws(WEBHOOK)) == (True, [])


@pytest.mark.parametrize(
    ("url", "method", "flaws"),
    [
        (WEBHOOK, "POST", ["without #rc=5&rp=all"]),
        (RIGHT, "GET", ["by GET, which puts texts and numbers into the URL"]),
        (RIGHT.replace("https", "http"), "POST", ["over http, which the API does not answer"]),
        (RIGHT.replace("default", "sales"), "POST", ["at the connection sales, not default"]),
        (RIGHT.replace("/in", ""), "POST", ["at a path where nothing is"]),
        (
            RIGHT.replace("api", "Api"),
            "POST",
            ["with upper case in its host, which the API may not keep as it is signed"],
        ),
        (RIGHT.replace("default", "default/"), "POST", ["at a path where nothing is"]),
        (RIGHT.replace("default", "a%2Fsecret"), "POST", ["at a path where nothing is"]),
        ("https://api.example.com", "POST", ["at a path where nothing is", "without #rc=5&rp=all"]),
    ],
    ids=["fragment", "method", "scheme", "connection", "base path", "host", "final slash", "no name", "no path"],
)
def test_each_flaw_is_told_and_only_it(url: str, method: str, flaws: list[str]) -> None:
    callback = CallbackUrl(url, method)
    assert callback.leads_to(WEBHOOK)
    assert callback.flaws(WEBHOOK) == flaws


def test_a_host_in_upper_case_is_none_where_the_stack_is_told_of_it() -> None:
    assert CallbackUrl(RIGHT.replace("api", "Api")).flaws(WEBHOOK.replace("api", "Api")) == []


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://user:pass@other.example.com/secret?token=1", "other.example.com"),
        ("https://api.example.com:8443/in/webhook/default", "api.example.com"),
        ("https://api.example.com.evil.example/in/webhook/default", "api.example.com.evil.example"),
        ("https://[broken", "an invalid URL"),
        ("https://api.example.com:port/in", "an invalid URL"),
        ("in/webhook/default", "an invalid URL"),
        ("", "nowhere"),
    ],
    ids=["host", "port", "suffix", "brackets", "no port", "no host", "none"],
)
def test_what_leads_elsewhere_is_told_by_its_host_alone(url: str, host: str) -> None:
    assert not CallbackUrl(url).leads_to(WEBHOOK)
    assert CallbackUrl(url).host() == host


@pytest.mark.parametrize(
    ("url", "may_come"),
    [
        ("https://sms.example.com/webhook/default#rc=5&rp=all", True),
        ("https://sms.example.com/mapped/webhook/default?a=1", True),
        ("https://sms.example.com/webhook/sales", False),
        ("https://sms.example.com/otherwebhook/default", False),
        ("https://sms.example.com/", False),
        (RIGHT, False),
        ("https://[broken/webhook/default", False),
        ("", False),
    ],
)
def test_another_host_with_the_webhook_s_path_may_stand_in_front_of_it(url: str, may_come: bool) -> None:
    assert Owner("a number", "PN1", CallbackUrl(url)).may_come_by_another_host(WEBHOOK) is may_come


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        *((each, True) for each in ("rc=5&rp=all", "rc=1&rp=ct,rt,4xx,5xx", "ct=900&rp=5xx,all&rc=2")),
        *((each, False) for each in ("", "rc=5", "rp=all", "rc=0&rp=all", "rc=6&rp=all", "rc=x&rp=all")),
        *((each, False) for each in ("rc=5&rp=5xx", "rc=5&rp=ct,rt,5xx", "rc5rpall")),
    ],
)
def test_a_request_is_repeated_where_the_fragment_asks_for_all_failures(fragment: str, expected: bool) -> None:
    assert is_repeated(fragment) is expected


def test_of_further_urls_only_those_of_the_stack_are_judged() -> None:
    further = [
        CallbackUrl(WEBHOOK, purpose="fallback"),
        CallbackUrl("http://other.example.com", purpose="status callback"),
        CallbackUrl("", purpose="nothing"),
    ]
    owner = Owner("a number", "PN1", CallbackUrl(RIGHT), further)
    assert owner.flaws(WEBHOOK) == ["fallback without #rc=5&rp=all"]
    assert owner.goes_elsewhere(WEBHOOK) == ""
