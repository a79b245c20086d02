"""update_message against a Twilio whose answers are lost in every order: what the caller hears is true."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import pytest

from tests.support.fakes import FakeClock
from twilio_connector.errors import (
    InvalidInputError,
    OutcomeUnknownError,
    TwilioAuthenticationError,
    TwilioNotFoundError,
    TwilioRejectedError,
    TwilioResponseError,
    TwilioThrottledError,
    TwilioUnavailableError,
)
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.twilio.api import Parameters
from twilio_connector.twilio.message import KEYS
from twilio_connector.updating.budget import ATTEMPTS, MIN_REQUEST_SECONDS, READ_BACK_SECONDS
from twilio_connector.updating.update_message import CHANGES, update_message

SID = "SM" + "b" * 32
UNFINISHED = {"accepted", "scheduled", "queued", "sending"}
# What becomes of a request: answered, or its answer lost before it was carried out or after, or unreadable.
ANSWERED, LOST_BEFORE, LOST_AFTER, UNREADABLE = "answered", "lost before", "lost after", "unreadable"
FATES = (ANSWERED, LOST_BEFORE, LOST_AFTER, UNREADABLE)


@dataclass
class FakeTwilio:
    """One message, None once it is deleted; the *fates* of the requests to change it, then of the reads of it.

    It replaces the client. Requests that have no fate are answered. Each request takes *seconds*. With a *refusal*
    none is carried out.
    """

    message: dict[str, Any] | None
    fates: Iterator[str] = field(default_factory=lambda: iter(()))
    reads: Iterator[str] = field(default_factory=lambda: iter(()))
    seconds: float = 0.0
    refusal: Exception | None = None
    clock: FakeClock = field(default_factory=FakeClock)
    waits: list[float] = field(default_factory=list)
    asked: int = 0

    def __post_init__(self) -> None:
        self.deadline = Deadline.after(28.0, self.clock)

    def update_message(self, sid: str, parameters: Parameters, read_seconds: float) -> dict[str, Any]:
        return self._carried_out(lambda: self._change(dict(parameters)), read_seconds)

    def delete_message(self, sid: str, read_seconds: float) -> None:
        self._carried_out(self._delete, read_seconds)

    def fetch_message(self, sid: str) -> dict[str, Any]:
        match next(self.reads, ANSWERED):
            case "unreadable":
                raise TwilioResponseError("Twilio answered 200 with a body that is not a JSON object.", status=200)
            case "of nothing":
                return {}
            case "lost before" | "lost after":
                raise TwilioUnavailableError("Twilio did not answer: ReadTimeoutError.")
        return dict(self._known())

    def _carried_out(self, action: Callable[[], dict[str, Any]], read_seconds: float) -> dict[str, Any]:
        self.asked += 1
        self.waits.append(read_seconds)
        self.clock.now += min(self.seconds, read_seconds)
        if self.refusal:
            raise self.refusal
        fate = next(self.fates, ANSWERED)
        if fate == LOST_BEFORE:
            raise OutcomeUnknownError("The request was sent, but its answer was lost: ReadTimeoutError.")
        result = action()
        if fate == LOST_AFTER:
            raise OutcomeUnknownError("Twilio answered 503.", status=503)
        if fate == UNREADABLE:
            raise TwilioResponseError("Twilio answered 200 with a body that is not a JSON object.", status=200)
        return result

    def _known(self) -> dict[str, Any]:
        if self.message is None:
            raise TwilioNotFoundError("Twilio answered 404 (code 20404).", status=404, code=20404)
        return self.message

    def _change(self, given: dict[str, str]) -> dict[str, Any]:
        message = self._known()
        if "Status" in given:
            if message["status"] != "scheduled":
                raise TwilioRejectedError("Twilio answered 400 (code 30409).", status=400, code=30409)
            message["status"] = given["Status"]
        if "Body" in given:
            self._refuse_unfinished(message)
            message["body"] = given["Body"]
        return dict(message)

    def _delete(self) -> dict[str, Any]:
        self._refuse_unfinished(self._known())
        self.message = None
        return {}

    @staticmethod
    def _refuse_unfinished(message: dict[str, Any]) -> None:
        if message["status"] in UNFINISHED:
            raise TwilioRejectedError("Twilio answered 409 (code 20009).", status=409, code=20009)


def message(status: str, body: str = "Hello") -> dict[str, Any]:
    return {"sid": SID, "status": status, "body": body}


def update(twilio: FakeTwilio, action: str, sid: object = SID) -> dict[str, Any]:
    client: Any = twilio
    return update_message({"messageSid": sid, "action": action}, lambda _: client, twilio.clock.sleep)["data"]


def is_made(action: str, now: dict[str, Any] | None) -> bool:
    if now is None:
        return action == "delete"
    if action == "cancel":
        return bool(now["status"] == "canceled")
    return action == "redact" and now["body"] == ""


def is_possible(action: str, before: dict[str, Any]) -> bool:
    if action == "cancel":
        return before["status"] in ("scheduled", "canceled")
    return before["status"] not in UNFINISHED or (action == "redact" and before["body"] == "")


@pytest.mark.parametrize("status", ["scheduled", "canceled", "queued", "sent", "delivered", "received"])
@pytest.mark.parametrize("action", CHANGES)
def test_whatever_is_lost_a_success_is_one_and_a_refusal_is_twilios(action: str, status: str) -> None:
    for fates in product(FATES, repeat=ATTEMPTS):
        for body in ("Hello", ""):
            before = message(status, body)
            twilio = FakeTwilio(dict(before), iter(fates))
            try:
                result = update(twilio, action)
            except TwilioRejectedError as exc:
                assert not is_possible(action, before), fates
                assert f"the message is {status}" in str(exc)
                assert exc.code == (30409 if action == "cancel" else 20009)
                assert twilio.message == before
            except TwilioUnavailableError:
                assert set(fates) == {LOST_BEFORE}
                assert twilio.message == before
                assert not is_made(action, twilio.message)
            else:
                assert is_possible(action, before), fates
                assert is_made(action, twilio.message)
                assert result["sid"] == SID
            assert twilio.asked <= ATTEMPTS


@pytest.mark.parametrize("action", CHANGES)
def test_what_is_done_already_is_done(action: str) -> None:
    twilio = FakeTwilio(message("scheduled" if action == "cancel" else "delivered"))
    assert update(twilio, action)["sid"] == update(twilio, action)["sid"] == SID
    assert is_made(action, twilio.message)


@pytest.mark.parametrize("fates", [(ANSWERED,), (LOST_AFTER,), (LOST_BEFORE,)], ids=lambda fates: fates[0])
def test_of_a_deleted_message_the_sid_is_left_and_nothing_else(fates: tuple[str, ...]) -> None:
    for known in (message("delivered"), None):
        result = update(FakeTwilio(known, iter(fates)), "delete")
        assert result == {**dict.fromkeys(KEYS), "sid": SID}


@pytest.mark.parametrize("action", ["cancel", "redact"])
def test_a_message_that_twilio_does_not_know_is_not_found(action: str) -> None:
    for fates in ((ANSWERED,), (LOST_BEFORE,)):
        with pytest.raises(TwilioNotFoundError):
            update(FakeTwilio(None, iter(fates)), action)


def test_a_text_that_comes_too_late_to_be_canceled_is_told_so_without_asking_again() -> None:
    twilio = FakeTwilio(message("queued"), iter([LOST_BEFORE] * ATTEMPTS))
    with pytest.raises(TwilioRejectedError, match="the message is queued") as caught:
        update(twilio, "cancel")
    assert (caught.value.code, twilio.asked) == (30409, 1)


@pytest.mark.parametrize("read", [UNREADABLE, "of nothing"])
@pytest.mark.parametrize("action", CHANGES)
def test_a_message_that_cannot_be_read_is_asked_for_again(action: str, read: str) -> None:
    status = "scheduled" if action == "cancel" else "delivered"
    twilio = FakeTwilio(message(status), iter([LOST_BEFORE]), iter([read]))
    assert update(twilio, action)["sid"] == SID
    assert (is_made(action, twilio.message), twilio.asked) == (True, 2)


def test_a_refusal_that_may_mean_that_it_is_done_is_not_passed_on_unread() -> None:
    twilio = FakeTwilio(message("canceled"), reads=iter([LOST_BEFORE]))
    with pytest.raises(TwilioUnavailableError):
        update(twilio, "cancel")
    assert update(twilio, "cancel")["status"] == "canceled"


@pytest.mark.parametrize("error", [TwilioAuthenticationError, TwilioThrottledError, TwilioUnavailableError])
@pytest.mark.parametrize("action", CHANGES)
def test_what_was_certainly_not_carried_out_is_told_as_it_is(action: str, error: type[Exception]) -> None:
    twilio = FakeTwilio(message("scheduled"), refusal=error("No."))
    with pytest.raises(error, match="No"):
        update(twilio, action)
    assert twilio.asked == 1


@pytest.mark.parametrize("action", CHANGES)
def test_requests_that_are_not_answered_leave_time_to_read_the_message_back(action: str) -> None:
    twilio = FakeTwilio(message("scheduled"), iter([LOST_BEFORE] * ATTEMPTS), seconds=60.0)
    until = twilio.deadline
    with pytest.raises(TwilioUnavailableError, match="did not confirm"):
        update(twilio, action)
    assert twilio.asked == 2
    assert until.remaining() == pytest.approx(READ_BACK_SECONDS, abs=1.0)


@pytest.mark.parametrize("left", [0.0, 1.0, 6.0])
def test_with_little_time_left_it_is_asked_once(left: float) -> None:
    twilio = FakeTwilio(message("scheduled"), iter([LOST_BEFORE] * ATTEMPTS))
    twilio.deadline = Deadline.after(left, twilio.clock)
    with pytest.raises(TwilioUnavailableError):
        update(twilio, "cancel")
    assert twilio.waits == [MIN_REQUEST_SECONDS]


@pytest.mark.parametrize("sid", [[SID], [SID, SID], {"sid": SID}, f"{SID},{SID}", f"{SID} {SID}", None, "", 5])
def test_one_message_is_changed_at_a_time(sid: object) -> None:
    twilio = FakeTwilio(message("scheduled"))
    with pytest.raises(InvalidInputError, match="messageSid"):
        update(twilio, "cancel", sid)
    assert twilio.asked == 0


@pytest.mark.parametrize("action", ["", "Cancel", "canceled", "undo", "cancel,delete"])
def test_an_action_that_does_not_exist_is_refused(action: str) -> None:
    twilio = FakeTwilio(message("scheduled"))
    with pytest.raises(InvalidInputError, match="action"):
        update(twilio, action)
    assert twilio.asked == 0
