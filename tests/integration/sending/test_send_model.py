"""A model of sends, checked by Hypothesis: senders in parallel, killed or without an answer text nobody twice.

DynamoDB is moto's; Twilio is a small fake. Callers of the same and of other keys stop before every call that they make,
so that others act in between. All of them text one number, most of them the same text.
"""

from collections import defaultdict
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from moto import mock_aws

from tests.support.fakes import FakeClock
from tests.support.histories import SENDS
from tests.support.moto_clients import moto_client
from tests.support.send_fakes import Answer, SendingClient, TwilioAccount
from tests.support.send_histories import (
    CALLS,
    DAY,
    FIRST,
    HOLD,
    OTHER_TEXT,
    REQUESTS,
    SECOND,
    SECONDS,
    STOPS,
    TEXT,
    WAITS,
    Call,
    Request,
)
from tests.support.send_invocations import SEARCH_SECONDS, start
from tests.support.send_steps import Caller
from tests.support.world import TABLE, create_table
from twilio_connector.errors import (
    OutcomeUnknownError,
    TwilioConnectorError,
    TwilioRejectedError,
    TwilioThrottledError,
    TwilioUnavailableError,
)

NOT_SENT = (TwilioRejectedError, TwilioThrottledError, TwilioUnavailableError)


class SendingModel(RuleBasedStateMachine):
    """Histories of calls. Invariants hold after every step."""

    def __init__(self) -> None:
        super().__init__()
        self.moto = mock_aws()
        self.moto.start()
        self.dynamodb = moto_client("dynamodb")
        create_table()
        self.clock = FakeClock()
        self.twilio = TwilioAccount(self.clock, TEXT)
        self.hold = HOLD
        self.requests: list[Request] = []
        self.day = 0
        # By the day of each.
        self.calls: list[tuple[int, Request, Caller, SendingClient]] = []

    def teardown(self) -> None:
        for caller in self._running():
            caller.kill()
        try:
            self._check_table()
        finally:
            self.moto.stop()

    @initialize(hold=st.sampled_from([HOLD, HOLD, HOLD, 0]), requests=REQUESTS)
    def deploy(self, hold: int, requests: list[Request]) -> None:
        self.hold = hold
        self.requests = requests

    @rule(call=CALLS, wait=WAITS)
    def a_call_is_made(self, call: Call, wait: float) -> None:
        self._wait(wait)
        self._start(call).go_on()

    @rule(call=CALLS, wait=WAITS, until=STOPS)
    def a_call_is_begun(self, call: Call, wait: float, until: str) -> None:
        self._wait(wait)
        self._start(call).go_on(until)

    @rule(first=CALLS, second=CALLS, wait=WAITS, until=STOPS)
    def a_call_is_made_in_the_middle_of_another(self, first: Call, second: Call, wait: float, until: str) -> None:
        self._wait(wait)
        outer = self._start(first)
        outer.go_on(until)
        self._start(second).go_on()
        outer.go_on()

    @precondition(lambda self: self._running())
    @rule(data=st.data(), until=st.one_of(st.just(""), STOPS))
    def a_call_goes_on(self, data: st.DataObject, until: str) -> None:
        data.draw(st.sampled_from(self._running())).go_on(until)

    @precondition(lambda self: self._running())
    @rule(data=st.data())
    def a_call_is_killed(self, data: st.DataObject) -> None:
        data.draw(st.sampled_from(self._running())).kill()

    @invariant()
    def every_sid_that_is_reported_is_one_key_s_message(self) -> None:
        request_of: dict[str, Request] = {}
        sid_of: dict[tuple[int, str, str], str] = {}
        for day, request, caller, client in self.calls:
            if caller.sid:
                assert request_of.setdefault(caller.sid, request) == request
                assert self.twilio.content_of(caller.sid) == (request.text, request.media)
                # Neither record nor search leads to a template's message of which DynamoDB refused the record.
                if request.is_recognisable or not client.faults.met("dynamodb"):
                    assert sid_of.setdefault((day, request.connection, request.key), caller.sid) == caller.sid

    @invariant()
    def nobody_is_texted_twice(self) -> None:
        if self.hold:
            for text in (TEXT, OTHER_TEXT):
                count = len([one for one in self.twilio.messages if one.resource["body"] == text])
                assert count <= self._allowed(text)

    @invariant()
    def nothing_is_repeated_before_the_hold_has_passed(self) -> None:
        attempts = defaultdict[tuple[str, str], list[float]](list)
        for _, request, _, client in self.calls:
            if client.answer in (Answer.CREATED, Answer.LOST, Answer.FAILED):
                attempts[request.connection, request.key] += client.attempts
        for instants in attempts.values():
            instants.sort()
            assert all(b - a >= self.hold for a, b in pairwise(instants))

    @invariant()
    def errors_tell_what_became_of_the_send(self) -> None:
        for _, _, caller, client in self.calls:
            assert caller.error is None or isinstance(caller.error, TwilioConnectorError), repr(caller.error)
            if isinstance(caller.error, NOT_SENT):
                assert not (client.attempts and client.answer.accepted)
            if client.attempts and client.answer in (Answer.LOST, Answer.FAILED) and caller.error:
                assert isinstance(caller.error, OutcomeUnknownError)

    def _wait(self, seconds: float) -> None:
        self.clock.now += seconds
        self.day += seconds == DAY
        for caller in self._running():
            caller.end_in_time()

    def _start(self, call: Call) -> Caller:
        request = self.requests[call.which % len(self.requests)]
        caller, client = start(call, request, self.twilio, self.dynamodb, self.hold)
        self.calls.append((self.day, request, caller, client))
        return caller

    def _running(self) -> list[Caller]:
        return [caller for _, _, caller, _ in self.calls if not caller.is_over]

    def _allowed(self, text: str) -> int:
        """One message a key that sent; of what cannot be recognised also those that were sent again, after the hold."""
        keys: set[tuple[int, str, str]] = set()
        again = 0
        for day, request, _, client in self.calls:
            key = day, request.connection, request.key
            if request.text == text and client.attempts:
                again += key in keys and not request.is_recognisable and client.answer.accepted
                keys.add(key)
        return len(keys) + again

    def _check_table(self) -> None:
        told = str(self.dynamodb.scan(TableName=TABLE)["Items"])
        assert not any(private in told for private in ("private", "1234567", "5551234", "order"))


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")


@pytest.mark.parametrize("histories", SENDS)
def test_nobody_is_texted_twice_and_nothing_is_reported_that_was_not_sent(histories: int) -> None:
    run_state_machine_as_test(
        SendingModel,
        settings=settings(
            max_examples=histories, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


@mock_aws
def test_a_message_that_becomes_listed_while_it_is_searched_for_after_the_hold_is_not_sent_again() -> None:
    create_table()
    dynamodb, clock = moto_client("dynamodb"), FakeClock()
    twilio, began = TwilioAccount(clock, TEXT), clock.now

    def call(request: Request, answer: Answer, lag: float) -> Caller:
        return start(Call(0, answer, lag, None), request, twilio, dynamodb, HOLD)[0]

    call(SECOND, Answer.CREATED, 0).go_on()
    call(FIRST, Answer.LOST, HOLD - 1).go_on()
    clock.now = began + HOLD - 5
    repeat = call(FIRST, Answer.CREATED, 0)
    # Before it reads the list, then with the list read and a message of it looked at.
    for _ in range(2):
        repeat.go_on("page")
    clock.now += 10
    repeat.go_on()
    assert isinstance(repeat.error, OutcomeUnknownError)
    assert len(twilio.messages) == 2


@mock_aws
def test_a_search_ends_when_its_time_is_over_and_not_with_the_invocation() -> None:
    create_table()
    clock = FakeClock()
    began = clock.now
    nothing = Call(0, Answer.LOST, HOLD, None)
    caller, _ = start(nothing, FIRST, TwilioAccount(clock, TEXT), moto_client("dynamodb"), HOLD)
    caller.go_on()
    assert isinstance(caller.error, OutcomeUnknownError)
    assert 0 < clock.now - began <= SEARCH_SECONDS < SECONDS
