"""Starting points: what ``since`` means to the second, and that none is kept which Twilio refuses to list from."""

import math
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from flask import Request, Response

from local.twilio_sandbox import Fault, TwilioSandbox
from local.twilio_sandbox.answers import error_answer
from local.twilio_sandbox.errors import TwilioError
from local.twilio_sandbox.faults import InjectedFault
from tests.support.fakes import FakeContext
from tests.support.poll_fakes import Faults
from tests.support.poll_times import ago, since
from tests.support.poll_world import PollWorld
from tests.support.world import World
from twilio_connector.errors import InvalidInputError, TwilioRejectedError, TwilioUnavailableError

DAY = 24 * 3600


@dataclass(frozen=True)
class ListsNoFurtherBack(InjectedFault):
    """400 20004 to a list of messages sent more than *days* ago, as accounts get it that keep fewer than others."""

    days: int = 30

    def concerns(self, request: Request) -> bool:
        """Only lists that reach further back."""
        oldest = request.args.get("DateSent>")
        return oldest is not None and datetime.fromisoformat(oldest) < datetime.now(UTC) - timedelta(days=self.days)

    def answer(self, request: Request, planned: Response | None, stopping: object) -> Response:
        """Answer 400."""
        return error_answer(TwilioError(400, 20004, "Messages older than 30 days cannot be listed"))


@pytest.fixture
def short_lists(twilio: TwilioSandbox) -> None:
    """Twilio lists thirty days of the account's messages."""
    twilio.inject(ListsNoFurtherBack(), times=math.inf)


def instant(second: float) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat()


@pytest.mark.parametrize("fraction", [0.0, 0.25, 0.75])
def test_a_start_within_the_current_second_is_now(fraction: float) -> None:
    world = PollWorld()
    world.clock.now += 0.5

    result = world.poller(Faults()).poll({"since": instant(world.now + fraction)})

    assert datetime.fromisoformat(result["cursor"]).timestamp() == world.now


def test_a_start_in_the_next_second_is_in_the_future() -> None:
    world = PollWorld()
    world.clock.now += 0.5
    with pytest.raises(InvalidInputError, match="future"):
        world.poller(Faults()).poll({"since": instant(world.now + 1)})
    assert "at" not in world.cursor()


@pytest.mark.usefixtures("short_lists")
def test_a_start_that_twilio_refuses_leaves_no_cursor_behind_and_a_later_one_counts(world: World) -> None:
    sids = world.twilio.add(2, date_sent=ago(60))
    for _ in range(2):
        with pytest.raises(TwilioRejectedError, match="20004"):
            world.invoke("poll", since(40 * DAY))
    assert [item for item in world.items("poll#") if "at" in item] == []

    assert world.invoke("poll", since(3600))["published"] == 2
    assert sorted(world.bus.created()) == sorted(sids)


@pytest.mark.usefixtures("short_lists")
def test_a_refused_start_does_not_keep_a_poll_without_one_from_starting_now(world: World) -> None:
    with pytest.raises(TwilioRejectedError, match="20004"):
        world.invoke("poll", since(40 * DAY))

    cursor = world.invoke("poll", {})["cursor"]

    assert datetime.fromisoformat(cursor) > ago(10)


def fail_to_start(world: World, seconds: float) -> None:
    """Let Twilio be down when a cursor is to start so many seconds ago."""
    world.twilio.inject(Fault.ServerError(status=503), times=10, match="GET /Messages")
    with pytest.raises(TwilioUnavailableError):
        world.invoke("poll", since(seconds), FakeContext(seconds=25))
    world.twilio.clear_faults()


def test_a_start_that_twilio_could_not_be_asked_about_is_kept_for_the_next_poll(world: World) -> None:
    sids = world.twilio.add(2, date_sent=ago(60))
    fail_to_start(world, 3600)

    assert world.invoke("poll", {})["published"] == 2
    assert sorted(world.bus.created()) == sorted(sids)


def test_it_can_be_corrected_until_twilio_has_taken_it(world: World) -> None:
    world.twilio.add(2, date_sent=ago(60))
    fail_to_start(world, 40 * DAY)
    world.twilio.inject(ListsNoFurtherBack(), times=math.inf)
    with pytest.raises(TwilioRejectedError, match="20004"):
        world.invoke("poll", {})

    assert world.invoke("poll", since(30))["published"] == 0
    # From now on it is one like all others.
    assert world.invoke("poll", since(3600))["published"] == 0


def test_it_is_given_up_by_a_poll_that_publishes_nothing(world: World) -> None:
    world.twilio.add(2, date_sent=ago(60))
    fail_to_start(world, 3600)

    assert world.invoke("poll", {"showNewRecords": False})["published"] == 0
    assert world.invoke("poll", since(3600))["published"] == 0


def test_a_start_of_a_poll_that_publishes_nothing_is_not_asked_about(world: World) -> None:
    assert world.invoke("poll", {**since(3600), "showNewRecords": False})["published"] == 0
    assert world.twilio.requests == []
    time.sleep(1.1)
    world.twilio.add(1, date_sent=ago(60))
    assert world.invoke("poll", since(3600))["published"] == 0
