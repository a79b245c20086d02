"""A model of sends, checked by Hypothesis: whoever sends at once, is killed or loses an answer, nobody is texted twice.

DynamoDB is moto's; Twilio is a small fake. Callers of the same and of other keys stop before every call that they make,
so that others act in between. All of them text one number, most of them the same text.
"""

import json
from collections import defaultdict
from itertools import pairwise
from typing import Any

import boto3
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

from tests.fakes import FakeClock
from tests.integration.poll_fakes import ACCOUNT, FaultyDynamoDB
from tests.integration.send_fakes import Answer, SendingClient, TwilioAccount
from tests.integration.send_steps import Caller, Steps
from tests.integration.world import REGION, TABLE, create_table
from twilio_connector.connections import parse_connection
from twilio_connector.deadline import Deadline
from twilio_connector.errors import (
    OutcomeUnknownError,
    ServiceUnavailableError,
    TwilioConnectorError,
    TwilioRejectedError,
    TwilioThrottledError,
    TwilioUnavailableError,
)
from twilio_connector.send_records import SENT_SECONDS
from twilio_connector.send_table import SendTable
from twilio_connector.sending import Sender
from twilio_connector.settings import SendSettings

HOLD, SECONDS, SEARCH_SECONDS = 900, 28.0, 6.0
DAY = SENT_SECONDS + SECONDS
TEXT, OTHER_TEXT = "A private text", "Another private text"
CONTENTS = {
    "text": {"message": TEXT},
    "other": {"message": OTHER_TEXT},
    # Filled in by Twilio, it is the same text.
    "template": {"contentSid": "HX" + "0" * 32},
}
# Connections of one account, keys and what is sent under them.
FIRST, SECOND, TWIN = ("default", "order-1", "text"), ("default", "order-2", "text"), ("twin", "order-1", "text")
TEMPLATE, OTHER = ("default", "order-3", "template"), ("default", "order-4", "other")
SENDS = st.sampled_from([FIRST, FIRST, FIRST, SECOND, SECOND, TWIN, TEMPLATE, OTHER])
ANSWERS = st.sampled_from([Answer.CREATED, Answer.LOST, Answer.LOST, Answer.FAILED, Answer.FAILED, *Answer])
# All messages are listed before the hold of their attempt ends.
LAGS = st.sampled_from([0.0, 0.0, 60.0, HOLD - SECONDS - 30])
# What passes before a call: mostly nothing; else the time of a holder, the hold, the memory of what was sent.
WAITS = st.sampled_from([0, 0, 0, 0, 0, 10, SECONDS + 8, HOLD, HOLD, DAY])
FAULTS = st.sampled_from(
    [None] * 10
    + [("page", 1), ("page", 1), ("page", 2)]
    + [(kind, number) for kind in ("dynamodb", "dynamodb_done") for number in (1, 2, 3, 4)]
)
# Where a call stops while others go on; most run to their end.
STOPS = st.sampled_from(["", "", "", "", "create", "created", "created", "page", "dynamodb", "dynamodb_done"])
NOT_SENT = (TwilioRejectedError, TwilioThrottledError, TwilioUnavailableError)


def _fail_dynamodb() -> None:
    raise ServiceUnavailableError("DynamoDB refused the request.")


def _fail_list() -> None:
    raise TwilioUnavailableError("Twilio answered 503.")


class SendingModel(RuleBasedStateMachine):
    """Histories of calls. Invariants hold after every step."""

    def __init__(self) -> None:
        super().__init__()
        self.moto = mock_aws()
        self.moto.start()
        self.dynamodb = boto3.client("dynamodb", region_name=REGION)
        create_table()
        self.clock = FakeClock()
        self.twilio = TwilioAccount(self.clock, TEXT)
        self.hold = HOLD
        self.day = 0
        # By day and key: what may have asked Twilio for a message, and the SIDs that were reported.
        self.calls: list[tuple[tuple[Any, ...], Caller, SendingClient]] = []

    def teardown(self) -> None:
        for caller in self._running():
            caller.kill()
        try:
            self._check_table()
        finally:
            self.moto.stop()

    @initialize(hold=st.sampled_from([HOLD, HOLD, HOLD, 0]))
    def deploy(self, hold: int) -> None:
        self.hold = hold

    @rule(send=SENDS, answer=ANSWERS, lag=LAGS, fault=FAULTS, wait=WAITS, until=STOPS)
    def a_call_is_made(self, send: Any, answer: Answer, lag: float, fault: Any, wait: float, until: str) -> None:
        self.clock.now += wait
        self.day += wait == DAY
        for caller in self._running():
            caller.end_in_time()
        self._start(send, answer, lag, fault).go_on(until)

    @precondition(lambda self: self._running())
    @rule(data=st.data(), until=STOPS)
    def a_call_goes_on(self, data: st.DataObject, until: str) -> None:
        data.draw(st.sampled_from(self._running())).go_on(until)

    @precondition(lambda self: self._running())
    @rule(data=st.data())
    def a_call_is_killed(self, data: st.DataObject) -> None:
        data.draw(st.sampled_from(self._running())).kill()

    @invariant()
    def every_sid_that_is_reported_is_one_key_s_message(self) -> None:
        key_of: dict[str, Any] = {}
        sid_of: dict[Any, str] = {}
        for (day, send), caller, _ in self.calls:
            if caller.sid:
                assert key_of.setdefault(caller.sid, send) == send
                assert sid_of.setdefault((day, send), caller.sid) == caller.sid
                assert self.twilio.text_of(caller.sid) == (OTHER_TEXT if send[2] == "other" else TEXT)

    @invariant()
    def nobody_is_texted_twice(self) -> None:
        if self.hold:
            for text in (TEXT, OTHER_TEXT):
                count = len([one for one in self.twilio.messages if one.resource["body"] == text])
                assert count <= self._allowed(text)

    @invariant()
    def nothing_is_repeated_before_the_hold_has_passed(self) -> None:
        attempts = defaultdict[Any, list[float]](list)
        for send, _, client in self.calls:
            if client.answer in (Answer.CREATED, Answer.LOST, Answer.FAILED):
                attempts[send] += client.attempts
        for instants in attempts.values():
            instants.sort()
            assert all(b - a >= self.hold - SECONDS - 2 for a, b in pairwise(instants))

    @invariant()
    def errors_tell_what_became_of_the_send(self) -> None:
        for _, caller, client in self.calls:
            assert caller.error is None or isinstance(caller.error, TwilioConnectorError), repr(caller.error)
            if isinstance(caller.error, NOT_SENT):
                assert not (client.attempts and client.answer.accepted)
            if client.attempts and client.answer in (Answer.LOST, Answer.FAILED) and caller.error:
                assert isinstance(caller.error, OutcomeUnknownError)

    def _start(self, send: Any, answer: Answer, lag: float, fault: Any) -> Caller:
        connection_name, key, content = send
        steps, deadline = Steps(), Deadline.after(SECONDS, self.clock)
        if fault:
            steps.planned[fault] = _fail_list if fault[0] == "page" else _fail_dynamodb
        secret = json.dumps({"accountSid": ACCOUNT, "authToken": "token"})
        connection = parse_connection(connection_name, secret)
        client = SendingClient(self.twilio, connection, deadline, steps, answer, lag)
        dynamodb: Any = FaultyDynamoDB(self.dynamodb, steps)
        nowhere: Any = None

        def sleep(seconds: float) -> None:
            wake = self.clock.now + seconds
            steps.reach("sleep")
            self.clock.now = max(self.clock.now, wake)

        sender = Sender(
            lambda _: client,  # type: ignore[arg-type,return-value]  # has what a send uses of a client
            nowhere,
            SendTable(dynamodb, TABLE, self.clock),
            SendSettings(TABLE, self.hold),
            SEARCH_SECONDS,
            self.clock,
            sleep,
        )
        event = {"to": "+15551234567", "from": "+15555551234", "connection": connection_name, **CONTENTS[content]}
        caller = Caller(lambda: str(sender.send_sms(event, key)["data"]["sid"]), steps, deadline)
        self.calls.append(((self.day, send), caller, client))
        return caller

    def _running(self) -> list[Caller]:
        return [caller for _, caller, _ in self.calls if not caller.is_over]

    def _allowed(self, text: str) -> int:
        keys: set[Any] = set()
        extra = 0
        for (day, send), _, client in self.calls:
            if client.attempts and (send[2] == "other") == (text == OTHER_TEXT):
                extra += send[2] == "template" and (day, send) in keys and client.answer.accepted
                keys.add((day, send))
        return len(keys) + extra

    def _check_table(self) -> None:
        told = str(self.dynamodb.scan(TableName=TABLE)["Items"])
        assert not any(private in told for private in ("private", "1234567", "5551234", "order"))


def test_nobody_is_texted_twice_and_nothing_is_reported_that_was_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    run_state_machine_as_test(
        SendingModel,
        settings=settings(stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)),
    )
