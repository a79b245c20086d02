"""A model of sends: callers of the same and of other keys, at every step of each other, and whatever fails.

Nobody is texted twice under a key while messages are listed before the hold ends, and no text is reported that was not
sent, or twice.
"""

import json
from collections import defaultdict
from typing import Any

import boto3
from hypothesis import HealthCheck, note, settings
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
from tests.integration.send_callers import (
    RESERVE_SECONDS,
    TEMPLATE_TEXT,
    Caller,
    FakeClient,
    FakeTwilio,
    SteppedTable,
    stop,
)
from tests.integration.world import REGION, TABLE, create_table
from twilio_connector.connections import parse_connection
from twilio_connector.deadline import Deadline
from twilio_connector.errors import TwilioConnectorError
from twilio_connector.sending import Sender
from twilio_connector.settings import SendSettings

HOLD, SECONDS = 900, 58.0
ACCOUNT = json.dumps({"accountSid": "AC" + "0" * 32, "authToken": "token"})
NUMBERS = {"to": "+15551234567", "from": "+15555551234"}
CONTENTS: dict[str, dict[str, Any]] = {
    "a": {**NUMBERS, "message": TEMPLATE_TEXT},
    "template": {**NUMBERS, "contentSid": "HX" + "0" * 32},
}
# Twilio writes the template's text itself, and here it is just that of the other message.
TEXTS = dict.fromkeys(CONTENTS, TEMPLATE_TEXT)
ANSWERS = ["created", "lost", "lost", "failed", "rejected", "throttled"]


class Sends(RuleBasedStateMachine):
    """Keys `<connection>/<content>`, so that each key has one content."""

    @initialize()
    def deploy(self) -> None:
        self.aws = mock_aws()
        self.aws.start()
        create_table()
        self.clock = FakeClock()
        self.twilio = FakeTwilio(self.clock)
        self.table = SteppedTable(boto3.client("dynamodb", region_name=REGION), TABLE, self.clock)
        self.callers: list[tuple[str, str, Caller, list[str]]] = []
        self.started: dict[str, set[str]] = defaultdict(set)
        self.reported: dict[str, str] = {}

    def teardown(self) -> None:
        for _, _, caller, _ in self.callers:
            if not caller.over:
                caller.kill()
        if hasattr(self, "aws"):
            self.aws.stop()

    @rule(
        connection=st.sampled_from(["default", "default", "same-account"]),
        content=st.sampled_from(["a", "a", "a", "template"]),
        answer=st.sampled_from(ANSWERS),
        lag=st.sampled_from([0.0, 5.0, 100.0, HOLD - SECONDS - 10]),
        steps=st.sampled_from([0, 5, 7, 1_000, 1_000]),
    )
    def call(self, connection: str, content: str, answer: str, lag: float, steps: int) -> None:
        key, accepted = f"{connection}/{content}", list[str]()
        deadline = Deadline.after(SECONDS, self.clock)
        client = FakeClient(self.twilio, parse_connection(connection, ACCOUNT), deadline, answer, lag, accepted)
        sender = Sender(
            lambda _: client,  # type: ignore[arg-type, return-value]
            None,  # type: ignore[arg-type]  # without callbacks nobody asks for tokens
            self.table,
            SendSettings(TABLE, HOLD),
            clock=self.clock,
            sleep=self._sleep,
        )
        event = {**CONTENTS[content], "connection": connection, "idempotencyKey": key}
        caller = Caller(lambda: str(sender.send_sms(event, "")["data"]["sid"]), deadline)
        self.callers.append((key, content, caller, accepted))
        self.started[TEXTS[content]].add(key)
        self._let_run(caller, steps)

    def _let_run(self, caller: Caller, steps: int) -> None:
        for _ in range(steps):
            if not caller.over:
                caller.step()

    def _sleep(self, seconds: float) -> None:
        self.clock.now += seconds
        stop()

    def _running(self) -> list[Caller]:
        return [caller for _, _, caller, _ in self.callers if not caller.over]

    @precondition(lambda self: self._running())
    @rule(data=st.data(), steps=st.integers(1, 12))
    def step(self, data: st.DataObject, steps: int) -> None:
        self._let_run(data.draw(st.sampled_from(self._running())), steps)

    @precondition(lambda self: self._running())
    @rule()
    def finish_all(self) -> None:
        for caller in self._running():
            self._let_run(caller, 1_000)

    @precondition(lambda self: self._running())
    @rule(data=st.data())
    def kill(self, data: st.DataObject) -> None:
        data.draw(st.sampled_from(self._running())).kill()

    @rule()
    def refuse(self) -> None:
        self.table.refusals += 1

    @rule(seconds=st.sampled_from([1, 30, SECONDS + RESERVE_SECONDS + 1, 100, HOLD]))
    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    @invariant()
    def lambda_ends_invocations(self) -> None:
        for caller in self._running() if hasattr(self, "callers") else []:
            if caller.deadline.at + RESERVE_SECONDS < self.clock.now:
                caller.kill()

    @invariant()
    def nobody_is_texted_twice_and_nothing_is_reported_that_was_not_sent(self) -> None:
        if not hasattr(self, "callers"):
            return
        for key, content, caller, accepted in self.callers:
            assert caller.error is None or isinstance(caller.error, TwilioConnectorError), caller.error
            if type(caller.error).__name__ in ("TwilioRejectedError", "TwilioThrottledError"):
                assert not accepted
            if caller.sid:
                assert self.reported.setdefault(key, caller.sid) == caller.sid, (key, caller.sid)
                sent = next(one.resource for one in self.twilio.messages if one.resource["sid"] == caller.sid)
                assert sent["body"] == TEXTS[content]
        assert len(set(self.reported.values())) == len(self.reported), self.reported
        for text, keys in self.started.items():
            messages = [one for one in self.twilio.messages if one.resource["body"] == text]
            note(f"{text}: {len(messages)} messages, {len(keys)} keys")
            assert len(messages) <= len(keys)

    @invariant()
    def the_table_holds_nothing_private(self) -> None:
        if hasattr(self, "table"):
            told = str(boto3.client("dynamodb", region_name=REGION).scan(TableName=TABLE)["Items"])
            assert not any(private in told for private in (TEMPLATE_TEXT, "1234567", "5551234", "default/a"))


def test_nobody_is_texted_twice_and_nothing_is_reported_that_was_not_sent() -> None:
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        Sends, settings=settings(max_examples=150, stateful_step_count=20, deadline=None, suppress_health_check=checks)
    )
