"""How deliveries ended, as reconciliation counts it: which messages, when, and each once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from moto import mock_aws

from tests.support.fakes import FakeClock
from tests.support.metric_lines import emitted, instants
from tests.support.moto_clients import moto_client
from tests.support.world import TABLE, World, create_table
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.reconciling.budget import MIN_PAGE_SECONDS
from twilio_connector.reconciling.outcomes import Outcomes
from twilio_connector.reconciling.statuses import Status
from twilio_connector.state.sent_messages import sent_message_key
from twilio_connector.state.table import StateTable

ACCOUNT = "AC" + "1" * 32
NOW = datetime.now(UTC).replace(microsecond=0)
RUN_SECONDS = 300.0


class Counting:
    """Reconciliation's counts, in front of a table."""

    def __init__(self) -> None:
        create_table()
        self.dynamodb = moto_client("dynamodb")
        self.clock = FakeClock(NOW.timestamp())
        self.outcomes = self.of_run(RUN_SECONDS)

    def of_run(self, seconds: float) -> Outcomes:
        deadline = Deadline.after(seconds, self.clock)
        return Outcomes(StateTable(self.dynamodb, TABLE, deadline, self.clock.sleep), ACCOUNT, deadline, self.clock)

    def sent(self, *sids: str, calls_back: bool = True) -> None:
        """Sends of this stack, as they leave their messages."""
        for sid in sids:
            item = sent_message_key(ACCOUNT, sid) | {"holder": {"S": "default#key"}}
            self.dynamodb.put_item(TableName=TABLE, Item=item | ({"callback": {"N": "1"}} if calls_back else {}))


@pytest.fixture
def counting() -> Iterator[Counting]:
    with mock_aws():
        yield Counting()


def status(
    sid: str, word: str = "delivered", *, changed: timedelta = timedelta(0), sent: timedelta | None = None
) -> Status:
    """One that a list shows: changed and sent so long ago."""
    sent_at = NOW - (changed if sent is None else sent)
    message: dict[str, Any] = {"sid": sid, "status": word, "dateSent": sent_at.isoformat(), "dateCreated": None}
    return Status(message, int((NOW - changed).timestamp()))


def counts(lines: str) -> dict[str, float]:
    """The sums of the metric, by origin."""
    sums: dict[str, float] = {}
    for name, dimensions, value in emitted(lines):
        assert name == "FinalStatuses"
        sums[dimensions["origin"]] = sums.get(dimensions["origin"], 0) + value
    return sums


def test_each_of_this_stacks_messages_that_call_back_counts_once(
    counting: Counting, capsys: pytest.CaptureFixture[str]
) -> None:
    counting.sent("SM1", "SM2", "SM3", "SM4")
    counting.sent("SM5", calls_back=False)
    ended = [status("SM1"), status("SM2", "undelivered"), status("SM3", "failed"), status("SM4", "read")]
    others = [status("SM5"), status("SM6")]

    counting.outcomes.count([*ended, *others])
    # A redaction, a price, another cursor; or read after delivered.
    counting.outcomes.count([*ended, status("SM1", "read")])

    assert counts(capsys.readouterr().out) == {"reconciliation": 4, "webhook": 0}


@pytest.mark.parametrize("unfinished", ["accepted", "queued", "sending", "sent", "scheduled", "canceled"])
def test_what_has_not_ended_does_not_count_until_it_does(
    counting: Counting, capsys: pytest.CaptureFixture[str], unfinished: str
) -> None:
    counting.sent("SM1")
    counting.outcomes.count([status("SM1", unfinished), Status({"sid": "SM1", "status": "delivered"}, None)])
    assert capsys.readouterr().out == ""
    counting.outcomes.count([status("SM1", "delivered")])
    assert counts(capsys.readouterr().out)["reconciliation"] == 1


def test_each_counts_in_the_five_minutes_in_which_twilio_changed_it(
    counting: Counting, capsys: pytest.CaptureFixture[str]
) -> None:
    counting.sent("SM1", "SM2", "SM3")
    hours = timedelta(hours=3)
    counting.outcomes.count([status("SM1", changed=hours), status("SM2", changed=hours), status("SM3")])

    found = {(instant, dimensions["origin"], value) for instant, dimensions, value in instants(capsys.readouterr().out)}
    then, now = (int(at.timestamp()) // 300 * 300 for at in (NOW - hours, NOW))
    assert found == {
        (then, "reconciliation", 2),
        (then, "webhook", 0),
        (now, "reconciliation", 1),
        (now, "webhook", 0),
    }


def test_a_late_change_is_no_end_and_an_old_one_no_news(counting: Counting, capsys: pytest.CaptureFixture[str]) -> None:
    counting.sent("SM1", "SM2", "SM3")
    day = timedelta(days=1)
    redacted, old = status("SM1", sent=2 * day), status("SM2", changed=8 * day)
    counting.outcomes.count([redacted, old, status("SM3", sent=day)])
    assert counts(capsys.readouterr().out)["reconciliation"] == 1


def test_thousands_count_in_batches_each_once(counting: Counting, capsys: pytest.CaptureFixture[str]) -> None:
    sids = [f"SM{number}" for number in range(250)]
    counting.sent(*sids)
    for _ in range(2):
        counting.outcomes.count(map(status, sids))
    assert counts(capsys.readouterr().out)["reconciliation"] == 250


def test_where_the_table_does_not_answer_nothing_is_counted_and_nothing_fails(
    counting: Counting, capsys: pytest.CaptureFixture[str]
) -> None:
    counting.dynamodb.delete_table(TableName=TABLE)
    counting.outcomes.count([status("SM1")])
    assert '"FinalStatuses"' not in capsys.readouterr().out


def test_with_less_time_than_a_page_needs_nothing_is_counted(
    counting: Counting, capsys: pytest.CaptureFixture[str]
) -> None:
    counting.sent("SM1")
    counting.of_run(MIN_PAGE_SECONDS).count([status("SM1")])
    assert capsys.readouterr().out == ""


def test_the_statuses_of_a_pass_are_counted_beside_those_that_the_webhook_took(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.overrides["STATUS_CALLBACK_BASE_URL"] = "https://hooks.example.com"
    world.invoke("reconcile", {})
    text = {"to": "+15551234567", "from": "+15558675309", "message": "Hello"}
    for number in range(3):
        world.invoke("send_sms", text | {"message": f"Hello {number}"})
    world.twilio.add(5)
    world.twilio.wait_until(lambda: {message.status for message in world.twilio.messages} == {"delivered"})
    capsys.readouterr()

    assert world.invoke("reconcile", {})["published"] == 8

    told = [line for line in capsys.readouterr().out.splitlines() if "FinalStatuses" in line]
    assert counts("\n".join(told)) == {"reconciliation": 3, "webhook": 0}
