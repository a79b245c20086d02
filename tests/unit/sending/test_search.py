"""Which listed messages may be the one whose answer was lost."""

from collections.abc import Iterator
from typing import Any, cast

import pytest

from tests.support.examples import RESOURCE
from tests.support.fakes import FakeClock
from twilio_connector.errors import TwilioResponseError, TwilioUnavailableError
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.sending.budget import CLOCK_SECONDS
from twilio_connector.sending.parameters import TRIAL_PREFIX
from twilio_connector.sending.search import SearchCriteria, listed
from twilio_connector.twilio.api import Parameters
from twilio_connector.twilio.client import Page, TwilioClient

# 2026-03-15T14:32:10Z, when the example was created.
CREATED = 1_773_585_130
SOON = Deadline.after(3600)
SERVICE = "MG" + "0" * 32
SENT = [("To", RESOURCE["to"]), ("From", RESOURCE["from"]), ("Body", RESOURCE["body"])]


class Account:
    """The list of messages of an account, in pages."""

    def __init__(self, *pages: list[dict[str, Any]]) -> None:
        self.pages_of = pages
        self.filters: Parameters = []

    def list_uri(self, filters: Parameters) -> str:
        self.filters = filters
        return "first"

    def pages(self, uri: str) -> Iterator[Page]:
        assert uri == "first"
        following = [*[uri] * (len(self.pages_of) - 1), None]
        return (Page(messages, next_page) for messages, next_page in zip(self.pages_of, following, strict=True))


def found(account: Account, parameters: Parameters = SENT, began: int = CREATED, until: Deadline = SOON) -> list[str]:
    criteria = SearchCriteria.of(parameters)
    assert criteria
    return [one.message["sid"] for one in listed(cast("TwilioClient", account), criteria, began, until)]


def test_a_message_like_it_is_found_on_any_page() -> None:
    other = RESOURCE | {"sid": "SM" + "f" * 32, "body": "Another text"}
    account = Account([other] * 3, [], [other, RESOURCE])
    assert found(account) == [RESOURCE["sid"]]
    assert account.filters == [("To", RESOURCE["to"]), ("From", RESOURCE["from"])]


@pytest.mark.parametrize(
    "change",
    [
        {"to": "+15550000000"},
        {"from": "+15550000000"},
        {"from": None},
        {"body": "Your appointment"},
        {"num_media": "1"},
        {"direction": "inbound"},
        {"direction": "outbound-reply"},
    ],
)
def test_a_message_that_differs_is_not_it(change: dict[str, Any]) -> None:
    assert found(Account([RESOURCE | change])) == []


def test_a_message_of_a_service_is_known_by_the_service_whatever_number_it_chose() -> None:
    parameters = [("To", RESOURCE["to"]), ("MessagingServiceSid", SERVICE), ("Body", RESOURCE["body"])]
    of_service = RESOURCE | {"messaging_service_sid": SERVICE}
    account = Account([RESOURCE, of_service | {"sid": "sent"}, of_service | {"from": None, "sid": "scheduled"}])
    assert found(account, parameters) == ["sent", "scheduled"]
    assert account.filters == [("To", RESOURCE["to"])]


@pytest.mark.parametrize("body", ["", None])
@pytest.mark.parametrize("media", ["0", "2", "9" * 5_000], ids=["none", "two", "digits without end"])
def test_a_message_without_its_text_may_be_it(body: str | None, media: str) -> None:
    criteria = SearchCriteria.of([*SENT, ("MediaUrl", "https://example.com/1"), ("MediaUrl", "https://example.com/2")])
    assert criteria
    account = cast("TwilioClient", Account([RESOURCE | {"body": body, "num_media": media}]))
    assert [one.redacted for one in listed(account, criteria, CREATED, SOON)] == [True]


@pytest.mark.parametrize("change", [{"to": "+15550000000"}, {"direction": "inbound"}, {"num_media": "1"}])
def test_another_message_without_a_text_is_not_it(change: dict[str, Any]) -> None:
    assert found(Account([RESOURCE | {"body": "", **change}])) == []


def test_a_message_of_a_trial_account_is_it() -> None:
    assert found(Account([RESOURCE | {"body": TRIAL_PREFIX + RESOURCE["body"]}])) == [RESOURCE["sid"]]
    assert found(Account([RESOURCE | {"body": TRIAL_PREFIX * 2 + RESOURCE["body"]}])) == []


def test_a_message_of_a_service_with_a_sender_is_it_before_the_service_has_chosen_and_after() -> None:
    parameters = [*SENT, ("MessagingServiceSid", SERVICE)]
    of_service = RESOURCE | {"messaging_service_sid": SERVICE}
    others = [RESOURCE, of_service | {"from": "+15550000000"}]
    account = Account([*others, of_service | {"sid": "sent"}, of_service | {"sid": "scheduled", "from": None}])
    assert found(account, parameters) == ["sent", "scheduled"]
    assert account.filters == [("To", RESOURCE["to"])]


@pytest.mark.parametrize(("seconds", "is_found"), [(CLOCK_SECONDS, True), (CLOCK_SECONDS + 1, False)])
def test_a_message_from_before_the_attempt_is_not_it(seconds: int, is_found: bool) -> None:
    assert bool(found(Account([RESOURCE]), began=CREATED + seconds)) is is_found


def test_a_message_with_media_is_known_by_how_many_they_are() -> None:
    media = [("MediaUrl", f"https://example.com/{number}") for number in range(2)]
    account = Account([RESOURCE, RESOURCE | {"num_media": "2", "sid": "with two"}])
    assert found(account, [*SENT, *media]) == ["with two"]


def test_a_message_comes_with_when_it_was_created() -> None:
    criteria = SearchCriteria.of(SENT)
    assert criteria
    account = cast("TwilioClient", Account([RESOURCE]))
    assert [one.created for one in listed(account, criteria, CREATED, SOON)] == [CREATED]


def test_a_message_that_may_be_of_any_time_leaves_the_search_undecided() -> None:
    with pytest.raises(TwilioResponseError, match=r"^Twilio does not say when a message was created\.$"):
        found(Account([RESOURCE | {"date_created": None}]))


def test_a_list_that_is_too_long_for_the_time_leaves_the_search_undecided() -> None:
    clock = FakeClock()
    until = Deadline.after(1, clock)
    clock.now += 1
    with pytest.raises(TwilioUnavailableError, match=r"^There was no time left to read all of the list\.$"):
        found(Account([], [RESOURCE]), until=until)
    assert found(Account([RESOURCE]), until=until) == [RESOURCE["sid"]]


def test_a_message_that_waits_to_be_sent_is_found_although_it_has_no_date() -> None:
    assert RESOURCE["date_sent"] is None
    assert found(Account([RESOURCE])) == [RESOURCE["sid"]]


@pytest.mark.parametrize("content", [[], [("ContentSid", "HX" + "0" * 32)], [("MediaUrl", "https://example.com/1")]])
def test_without_a_text_nothing_can_be_recognised(content: Parameters) -> None:
    assert SearchCriteria.of([*SENT[:2], *content]) is None


def test_a_likeness_shows_neither_numbers_nor_text() -> None:
    shown = repr(SearchCriteria.of(SENT))
    for _, private in SENT:
        assert private not in shown
