"""The sandbox held against Twilio's OpenAPI documents: every answer it gives, and every wrong value it refuses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import urllib3

from local.twilio_sandbox import MessagingService, OwnedNumber, TwilioSandbox
from local.twilio_sandbox.clients import call
from local.twilio_sandbox.numbers import FAILED_TO, UNDELIVERED_TO
from tests.support.twilio_openapi import (
    ACCOUNT,
    CREATION,
    DIRECTIONS,
    ERROR,
    MEDIA,
    MESSAGE,
    MESSAGING_SERVICE,
    META,
    PAGE,
    PHONE_NUMBER,
    STATUSES,
    Schema,
    violations,
)

VALID = {"To": "+15551234567", "From": "+15558675309", "Body": "Hello from Acme!"}
SERVICE = {**VALID, "From": "", "MessagingServiceSid": "MG" + "a" * 32}
SEND_AT = (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="seconds")
SCHEDULED = {**SERVICE, "ScheduleType": "fixed", "SendAt": SEND_AT}
MMS = {**VALID, "MediaUrl": "https://example.com/a.png"}
PICTURE = ("image/png", b"a picture")


@pytest.fixture
def twilio() -> Iterator[TwilioSandbox]:
    with TwilioSandbox(status_delay=None) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def empty() -> Iterator[TwilioSandbox]:
    """An account that stays empty."""
    with TwilioSandbox() as sandbox:
        yield sandbox


def answer(twilio: TwilioSandbox, method: str, resource: str, form: Mapping[str, str] | None = None) -> Any:
    return call(twilio, method, resource, form=form).json()


def page_violations(page: Any, name: str, schema: Schema) -> list[str]:
    """What contradicts the schemas of an envelope and of the resources in it."""
    found = [violation for row in page[name] for violation in violations(row, schema)]
    return [*found, *violations({key: value for key, value in page.items() if key != name}, PAGE)]


def test_messages_of_every_status_and_direction(twilio: TwilioSandbox) -> None:
    for status in STATUSES:
        for direction in DIRECTIONS:
            undated = status in ("accepted", "scheduled", "queued", "canceled", "failed")
            twilio.add(status=status, direction=direction, date_sent=None if undated else datetime.now(UTC))

    listed = answer(twilio, "GET", "/Messages.json?PageSize=1000")
    fetched = [answer(twilio, "GET", f"/Messages/{row['sid']}.json") for row in listed["messages"]]

    assert len({(row["status"], row["direction"]) for row in fetched}) == 13 * 4
    assert page_violations(listed, "messages", MESSAGE) == []
    assert fetched == listed["messages"]


@pytest.mark.parametrize(
    ("form", "prefix", "unknown"),
    [
        (VALID, "SM", {"price", "price_unit", "date_sent", "messaging_service_sid"}),
        (SERVICE, "SM", {"price", "price_unit", "date_sent", "from"}),
        (SCHEDULED, "SM", {"price", "price_unit", "date_sent", "from"}),
        (MMS, "MM", {"price", "price_unit", "date_sent", "messaging_service_sid"}),
        ({**MMS, "Body": ""}, "MM", {"body", "price", "price_unit", "date_sent", "messaging_service_sid"}),
        ({**VALID, "SendAsMms": "true"}, "MM", {"price", "price_unit", "date_sent", "messaging_service_sid"}),
        ({**SERVICE, "From": VALID["From"]}, "SM", {"price", "price_unit", "date_sent"}),
    ],
    ids=["text", "service", "scheduled", "media", "media alone", "text as MMS", "sender of a service"],
)
def test_what_a_creation_answers(twilio: TwilioSandbox, form: dict[str, str], prefix: str, unknown: set[str]) -> None:
    created = answer(twilio, "POST", "/Messages.json", form)

    assert list(violations(created, MESSAGE)) == []
    assert created["sid"][:2] == prefix
    assert {name for name, value in created.items() if value is None} == unknown | {"error_code", "error_message"}
    # No sender, no segments; an MMS is always one.
    assert created["num_segments"] == ("0" if "from" in unknown else "1")
    assert created["num_media"] == ("1" if "MediaUrl" in form else "0")


@pytest.mark.parametrize("to", [VALID["To"], UNDELIVERED_TO, FAILED_TO])
@pytest.mark.parametrize("form", [VALID, SERVICE, MMS], ids=["text", "service", "media"])
def test_a_message_stays_one_on_its_whole_way(form: dict[str, str], to: str) -> None:
    with TwilioSandbox(status_delay=0) as twilio:
        created = answer(twilio, "POST", "/Messages.json", {**form, "To": to})
        twilio.wait_until(lambda: twilio.messages[0].status in ("delivered", "undelivered", "failed"))
        fetched = answer(twilio, "GET", f"/Messages/{created['sid']}.json")

    assert list(violations(fetched, MESSAGE)) == []
    assert (fetched["num_segments"], fetched["price_unit"]) == ("1", "USD")


def test_what_an_update_answers(twilio: TwilioSandbox) -> None:
    sid = answer(twilio, "POST", "/Messages.json", SCHEDULED)["sid"]

    canceled = answer(twilio, "POST", f"/Messages/{sid}.json", {"Status": "canceled"})
    redacted = answer(twilio, "POST", f"/Messages/{sid}.json", {"Body": ""})

    assert [*violations(canceled, MESSAGE), *violations(redacted, MESSAGE)] == []
    assert (redacted["body"], redacted["status"], redacted["date_sent"], redacted["from"]) == (
        "",
        "canceled",
        None,
        None,
    )


@pytest.mark.parametrize("query", ["", "?PageSize=2", "?PageSize=50"])
def test_pages_of_everything_that_is_listed(twilio: TwilioSandbox, query: str) -> None:
    twilio.owned_numbers += [OwnedNumber(f"+1555000000{digit}", "https://example.com/in") for digit in range(4)]
    twilio.create_subaccount()
    twilio.add(5)
    sid = twilio.receive(from_="+15551234567", to="+15558675309", media=[PICTURE] * 3)
    lists = [
        ("/Messages.json", "messages", MESSAGE),
        (f"/Messages/{sid}/Media.json", "media_list", MEDIA),
        ("/IncomingPhoneNumbers.json", "incoming_phone_numbers", PHONE_NUMBER),
        ("/2010-04-01/Accounts.json", "accounts", ACCOUNT),
    ]

    for resource, name, schema in lists:
        uri: str | None = f"{resource}{query}"
        pages = []
        while uri:
            pages.append(answer(twilio, "GET", uri))
            assert page_violations(pages[-1], name, schema) == []
            uri = pages[-1]["next_page_uri"]
        sids = [row["sid"] for page in pages for row in page[name]]
        assert len(sids) == len(set(sids)) > 1
        assert [page["previous_page_uri"] is None for page in pages] == [True, *[False] * (len(pages) - 1)]
        if len(pages) > 1:
            assert answer(twilio, "GET", pages[1]["previous_page_uri"])[name] == pages[0][name]


@pytest.mark.parametrize("size", [1, 2, 3, 50])
def test_pages_of_services(twilio: TwilioSandbox, size: int) -> None:
    names = ["Alerts", "Codes", "Shop"]
    twilio.messaging_services += [MessagingService(name, "https://example.com/in") for name in names]
    urls: list[str | None] = [f"{twilio.url}/v1/Services?PageSize={size}"]
    found: list[str] = []
    credentials = urllib3.make_headers(basic_auth=f"{twilio.account_sid}:{twilio.auth_token}")

    while (url := urls[-1]) is not None:
        page = urllib3.request(
            "GET", url.replace("https://messaging.twilio.com", twilio.url), headers=credentials
        ).json()
        assert list(violations(page["meta"], META)) == []
        assert [violation for row in page["services"] for violation in violations(row, MESSAGING_SERVICE)] == []
        assert (page["meta"]["page"], page["meta"]["previous_page_url"] is None) == (len(urls) - 1, len(urls) == 1)
        found += [row["friendly_name"] for row in page["services"]]
        urls.append(page["meta"]["next_page_url"])

    assert found == names


def test_single_resources(twilio: TwilioSandbox) -> None:
    twilio.owned_numbers.append(OwnedNumber("+15551234567"))
    sid = twilio.receive(from_="+15551234567", to="+15558675309", media=[PICTURE])
    [file] = twilio.messages[0].media
    changed = {"SmsUrl": "https://example.com/in"}

    medium = answer(twilio, "GET", f"/Messages/{sid}/Media/{file.sid}.json")
    account = answer(twilio, "GET", f"/2010-04-01/Accounts/{twilio.account_sid}.json")
    number = answer(twilio, "POST", f"/IncomingPhoneNumbers/{twilio.owned_numbers[0].sid}.json", changed)
    fetched = answer(twilio, "GET", f"/IncomingPhoneNumbers/{twilio.owned_numbers[0].sid}.json")

    assert [*violations(medium, MEDIA), *violations(account, ACCOUNT), *violations(number, PHONE_NUMBER)] == []
    assert fetched == number
    assert (medium["parent_sid"], medium["content_type"]) == (sid, "image/png")


@pytest.mark.parametrize(
    ("method", "resource", "status"),
    [
        ("GET", "/Messages/SM0.json", 404),
        ("GET", "/Calls.json", 404),
        ("GET", f"/Messages/SM{'0' * 32}/Media.json", 404),
        ("POST", f"/IncomingPhoneNumbers/PN{'0' * 32}.json", 404),
        ("POST", "/Messages.json", 400),
        ("PUT", "/Messages.json", 405),
        ("GET", "/Messages.json?PageSize=1001", 400),
        ("GET", "/IncomingPhoneNumbers.json?PageToken=PAPN1", 400),
    ],
)
def test_errors(empty: TwilioSandbox, method: str, resource: str, status: int) -> None:
    error = call(empty, method, resource)

    assert error.status == error.json()["status"] == status
    assert list(violations(error.json(), ERROR)) == []


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in CREATION.items() for value in values])
def test_a_parameter_of_the_wrong_kind_is_refused(empty: TwilioSandbox, name: str, value: str) -> None:
    form = SCHEDULED if name in ("SendAt", "ScheduleType", "MessagingServiceSid") else VALID

    refused = call(empty, "POST", "/Messages.json", form={**form, name: value})

    assert refused.status == 400
    assert list(violations(refused.json(), ERROR)) == []
    assert empty.messages == []


def test_right_values_are_taken_and_parameters_that_are_not_twilio_s_are_ignored(twilio: TwilioSandbox) -> None:
    right = {
        **dict.fromkeys(("ForceDelivery", "ProvideFeedback", "ShortenUrls", "SmartEncoded"), "true"),
        "AddressRetention": "obfuscate",
        "ContentRetention": "discard",
        "RiskCheck": "disable",
        "TrafficType": "free",
        "ApplicationSid": "AP" + "1" * 32,
        "ContentSid": "HX" + "1" * 32,
        "Attempt": "2",
        "MaxPrice": "0.05",
        "SendAsMms": "False",
        "ValidityPeriod": "36000",
        "PersistentAction": "geo:1,2",
        "Tags": '{"a": "b"}',
    }
    assert set(right) | {"MessagingServiceSid", "SendAt", "ScheduleType"} >= CREATION.keys()

    created = call(twilio, "POST", "/Messages.json", form={**SCHEDULED, **right, "Nonsense": "1"})

    assert created.status == 201
    assert list(violations(created.json(), MESSAGE)) == []


def test_the_check_sees_what_is_wrong(twilio: TwilioSandbox) -> None:
    [sid] = twilio.add()
    right = answer(twilio, "GET", f"/Messages/{sid}.json")
    wrong = {
        "status": "done",
        "direction": "out",
        "num_segments": 1,
        "num_media": None,
        "error_code": "30005",
        "sid": "XX" + "0" * 32,
        "date_sent": "2026-03-15T14:32:10Z",
        "price": "free",
        "price_unit": "$",
    }

    for name, value in wrong.items():
        expected = [] if value is None else [f"{name}: {value!r}"]
        assert list(violations({**right, name: value}, MESSAGE)) == expected
    assert list(violations({**right, "extra": 1}, MESSAGE)) == ["extra is none of Twilio's"]
    assert list(violations({name: right[name] for name in right if name != "to"}, MESSAGE)) == ["to is missing"]
    assert replace(twilio.messages[0], status="queued").resource()["price_unit"] is None
