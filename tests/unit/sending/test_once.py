"""One send after another under the same key: what each asks Twilio for, and what it tells of the message."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

import pytest

from tests.support.fakes import FakeClock
from tests.support.log_lines import log_lines
from tests.support.metric_lines import emitted
from tests.support.poll_fakes import Faults
from tests.support.send_fakes import Answer, SendingClient, TwilioAccount
from tests.support.send_interruptions import Interrupted, Places
from tests.support.send_tables import ACCOUNT, TEXT, send, table_in
from twilio_connector.connections.connection import parse_connection
from twilio_connector.errors import (
    OutcomeUnknownError,
    SendLimitError,
    ServiceUnavailableError,
    TwilioNotFoundError,
    TwilioRejectedError,
    TwilioUnavailableError,
)
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.invocation.observability import metrics
from twilio_connector.sending.budget import CLOCK_SECONDS, MIN_SEARCH_SECONDS
from twilio_connector.sending.once import SendOnce
from twilio_connector.state.sent_messages import calls_back
from twilio_connector.twilio.api import Parameters
from twilio_connector.twilio.client import Page

HOLD, SEARCH, SECONDS = 900, 25.0, 28.0
CALLBACK = [("StatusCallback", "https://example.com")]
TEMPLATE = [*TEXT[:2], ("ContentSid", "HX" + "0" * 32)]
CONNECTION = parse_connection("default", json.dumps(ACCOUNT))


class Client(SendingClient):
    """Keeps what it was *asked* for, and when it *looked* at the list."""

    asked: Parameters
    looked: list[float]

    def create_message(self, parameters: Parameters) -> dict[str, Any]:
        """As the client."""
        self.asked = parameters
        return super().create_message(parameters)

    def list_uri(self, filters: Parameters) -> str:
        """As the client."""
        self.looked.append(self.account.clock.now)
        return super().list_uri(filters)

    def pages(self, uri: str) -> Iterator[Page]:
        """As the client; each page but the last names the next one."""
        pages = [*super().pages(uri)]
        for page, following in zip_longest(pages, pages[1:]):
            yield Page(page.messages, uri if following else None)


@dataclass
class World:
    """A key, whose sends follow one another."""

    clock: FakeClock = field(default_factory=FakeClock)
    dynamodb: Interrupted = field(default_factory=Interrupted)
    places: Places = field(default_factory=Places)

    def __post_init__(self) -> None:
        self.twilio = TwilioAccount(self.clock, "A text of a template")

    def make(
        self,
        answer: Answer = Answer.CREATED,
        *,
        key: str = "key",
        lag: float = 0.0,
        parameters: Parameters = TEXT,
        seconds: float = SECONDS,
        search: float = SEARCH,
        callback: Parameters = CALLBACK,
        planned: dict[tuple[str, int], Callable[[], None]] | None = None,
    ) -> tuple[str, str]:
        """Send; returns the message's SID and how it came about."""
        deadline = Deadline.after(seconds, self.clock)
        self.client = Client(self.twilio, CONNECTION, deadline, Faults(planned or {}), answer, lag)
        self.client.asked, self.client.looked = [], []
        once = SendOnce(
            self.client,  # type: ignore[arg-type]  # has what a send uses of a client
            table_in(self.dynamodb, self.clock),
            send(key, [*parameters]),
            parameters,
            self.places.admission,
            lambda: callback,
            search,
            HOLD,
            self.clock,
            self.clock.sleep,
        )
        message, outcome = once.make()
        return str(message["sid"]), outcome

    def record(self) -> Any:
        """The record's item, None if there is none."""
        return next((item for item in self.dynamodb.items() if item["sk"]["S"] == "record"), None)


@pytest.fixture
def world() -> World:
    return World()


def outcomes(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The outcomes of sends that were counted."""
    return [found["outcome"] for name, found, _ in emitted(capsys.readouterr().out) if name == "Sends"]


def lose(world: World, **how: Any) -> None:
    """Let a send end without being known."""
    with pytest.raises(OutcomeUnknownError):
        world.make(Answer.FAILED, **how)


@pytest.mark.parametrize("callback", [CALLBACK, []], ids=["calls back", "does not"])
def test_a_text_is_asked_for_once_and_told_again_as_it_is_then(world: World, callback: Parameters) -> None:
    sid, outcome = world.make(callback=callback)
    assert outcome == "sent"
    assert world.client.asked == [*TEXT, *callback]
    message: Any
    (message,) = (item for item in world.dynamodb.items() if item["sk"]["S"] == "message")
    assert calls_back(message) is bool(callback)

    assert world.make() == (sid, "repeated")
    assert world.client.asked == []
    assert (len(world.twilio.messages), world.places.asked) == (1, [None])


def test_of_a_message_that_was_deleted_since_the_sid_is_told(world: World) -> None:
    def gone() -> None:
        raise TwilioNotFoundError("Twilio answered 404.", status=404, code=20404)

    sid, _ = world.make()
    assert world.make(planned={("fetch", 1): gone}) == (sid, "repeated")


def test_a_lost_answer_is_searched_for_until_it_is_listed(world: World) -> None:
    world.twilio.accept([*TEXT[:2], ("Body", "Another text")], lag=0)
    began = world.clock.now
    sid, outcome = world.make(Answer.LOST, lag=6)
    assert (sid, outcome) == (world.twilio.messages[1].resource["sid"], "found")
    assert [at - began for at in world.client.looked] == [0, 1, 3, 7]
    assert world.make()[1] == "repeated"
    assert world.places.asked == [None]


@pytest.mark.parametrize(
    ("search", "looked"),
    [(SEARCH, [0, 1, 3, 7, 15, 23]), (SEARCH - 0.1, [0, 1, 3, 7, 15]), (MIN_SEARCH_SECONDS, [0]), (1.9, [])],
)
def test_a_search_is_given_up_when_what_is_left_of_its_time_is_too_short(
    world: World, capsys: pytest.CaptureFixture[str], search: float, looked: list[float]
) -> None:
    began = world.clock.now
    lose(world, search=search)
    assert [at - began for at in world.client.looked] == looked
    assert world.record()["state"]["S"] == "unknown"
    # It has left by now, whatever became of it, and not only when its holder's time is over.
    assert world.record()["left"]["N"] == str(began)
    assert outcomes(capsys) == ["unknown"]
    assert world.places.asked == [None]


def test_a_search_ends_with_the_invocation(world: World) -> None:
    lose(world, seconds=4)
    assert len(world.client.looked) == 2


def test_what_no_list_shows_is_not_searched_for(world: World) -> None:
    lose(world, parameters=TEMPLATE)
    assert world.client.looked == []


def test_a_refusal_frees_key_and_place(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(TwilioRejectedError):
        world.make(Answer.REJECTED)
    assert list(world.dynamodb.items()) == []
    assert world.places.asked == [None, "left"]
    assert outcomes(capsys) == ["TwilioRejectedError"]


def test_an_earlier_send_is_found_once_it_is_listed(world: World) -> None:
    with pytest.raises(OutcomeUnknownError):
        world.make(Answer.LOST, lag=100)
    world.clock.now += 100
    sid = world.twilio.messages[0].resource["sid"]
    assert world.make() == (sid, "found")
    assert world.client.asked == []
    assert world.make() == (sid, "repeated")


@pytest.mark.parametrize("parameters", [TEXT, TEMPLATE], ids=["a text", "a template"])
def test_an_earlier_send_is_made_again_when_the_hold_is_over_and_not_before(
    world: World, capsys: pytest.CaptureFixture[str], parameters: Parameters
) -> None:
    began = world.clock.now
    lose(world, parameters=parameters)
    world.clock.now = began + HOLD - 1
    outcomes(capsys)
    with pytest.raises(
        OutcomeUnknownError,
        match=r"^An earlier send with this idempotencyKey may have succeeded, although Twilio does not list it; "
        r"it is not repeated until 900 seconds after that attempt\.$",
    ):
        world.make(parameters=parameters)
    assert outcomes(capsys) == ["unknown"]
    assert (world.client.asked, world.record()["state"]["S"]) == ([], "unknown")

    world.clock.now = began + HOLD
    assert world.make(parameters=parameters)[1] == "sent"
    # What no list shows may have been sent, and takes another place.
    assert world.places.asked == [None, int(began) if parameters is TEXT else None]


def test_an_earlier_send_is_not_made_again_without_time_for_it(world: World) -> None:
    lose(world)
    world.clock.now += HOLD
    with pytest.raises(OutcomeUnknownError):
        world.make(seconds=MIN_SEARCH_SECONDS)
    assert world.make(seconds=MIN_SEARCH_SECONDS + 0.5)[1] == "sent"


def test_an_earlier_send_that_is_refused_this_time_stays_unknown(world: World) -> None:
    lose(world)
    left = world.record()["left"]
    world.clock.now += HOLD
    with pytest.raises(TwilioRejectedError):
        world.make(Answer.REJECTED)
    assert (world.record()["state"]["S"], world.record()["left"]) == ("unknown", left)


def test_an_earlier_send_that_the_limits_do_not_admit_again_stays_unknown(world: World) -> None:
    lose(world)
    world.clock.now += HOLD
    world.places.full = True
    with pytest.raises(SendLimitError):
        world.make()
    assert (world.client.asked, world.record()["state"]["S"]) == ([], "unknown")


def test_a_search_that_fails_proves_nothing_and_is_told(world: World) -> None:
    def refuse() -> None:
        raise TwilioUnavailableError("Twilio answered 503.", status=503)

    lose(world)
    world.clock.now += HOLD
    with log_lines() as lines, pytest.raises(OutcomeUnknownError):
        world.make(planned={("page", 1): refuse})
    assert world.client.asked == []
    told = json.loads(lines[0])
    assert told["message"] == "The search for a message that may have been sent did not end"
    assert told["reason"] == "Twilio answered 503."


def test_a_search_that_takes_too_long_proves_nothing(world: World) -> None:
    with pytest.raises(OutcomeUnknownError):
        world.make(Answer.LOST, lag=HOLD)
    world.clock.now += HOLD

    def be_slow() -> None:
        world.clock.now += 10

    with pytest.raises(OutcomeUnknownError):
        world.make(search=10, planned={("page", 2): be_slow})
    # Nor does it where the message shows no text any more, and nobody can tell whose it is.
    message = world.twilio.messages[0].resource
    text, message["body"] = message["body"], ""
    with pytest.raises(OutcomeUnknownError), log_lines() as lines:
        world.make(search=10, planned={("page", 2): be_slow})
    assert "no time left" in lines[0]
    message["body"] = text
    assert world.make()[1] == "found"
    assert len(world.twilio.messages) == 1


@pytest.mark.parametrize(("later", "is_in_the_way"), [(0, True), (CLOCK_SECONDS, True), (CLOCK_SECONDS + 1, False)])
def test_a_message_that_shows_no_text_any_more_may_be_it_if_it_is_of_its_time(
    world: World, later: int, is_in_the_way: bool
) -> None:
    began = world.clock.now
    lose(world)
    world.clock.now = began + later
    world.twilio.accept([*TEXT[:2], ("Body", "")], lag=0)
    world.clock.now = began + HOLD
    if is_in_the_way:
        with log_lines() as lines, pytest.raises(OutcomeUnknownError):
            world.make()
        reason = json.loads(lines[0])["reason"]
        assert reason == "A message to this recipient, its text no longer shown, may be this one."
    else:
        assert world.make()[1] == "sent"


def test_a_message_without_text_that_is_known_to_be_anothers_is_in_nobodys_way(world: World) -> None:
    began = world.clock.now
    lose(world)
    world.clock.now = began + 5
    world.make(key="another")
    world.twilio.messages[0].resource["body"] = ""
    world.clock.now += HOLD
    assert world.make()[1] == "sent"


def fail() -> None:
    raise ServiceUnavailableError("DynamoDB refused the request.")


def nothing() -> None:
    """Let the transaction be carried out."""


@pytest.mark.parametrize(
    ("answer", "before", "known"),
    [
        (Answer.CREATED, [nothing, fail], {"sid": f"SM{0:032x}"}),
        (Answer.REJECTED, [nothing, fail], {}),
        (Answer.FAILED, [nothing, fail], {}),
        (Answer.FAILED, [nothing, nothing, fail], {}),
    ],
    ids=["sent", "refused", "lost", "not found"],
)
def test_what_became_of_a_send_is_told_even_where_it_cannot_be_recorded(
    world: World, capsys: pytest.CaptureFixture[str], answer: Answer, before: Any, known: dict[str, str]
) -> None:
    world.dynamodb.before = list(before)
    with log_lines() as lines:
        if answer.error:
            with pytest.raises(answer.error):
                world.make(answer)
        else:
            assert world.make(answer)[1] == "sent"
    assert world.dynamodb.before == []
    (told,) = map(json.loads, lines)
    expected = {
        "level": "ERROR",
        "message": "The outcome of a send could not be recorded",
        "reason": "DynamoDB refused the request.",
        **known,
    }
    assert told.items() >= expected.items()
    assert ("sid" in told) is ("sid" in known)
    # A metric of the invocation's own.
    assert metrics.provider.metric_set["SendsNotRecorded"]["Value"] == [1]
