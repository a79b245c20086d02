"""The function of examples/delivery-report: what its table has of a message, in whatever order events come."""

import copy
import re
from collections.abc import Iterator
from itertools import permutations
from typing import Any

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from local.sam import PROJECT_ROOT
from local.schemas import validate_detail
from tests.support import message_statuses as statuses
from tests.support.examples import MESSAGE_SID as SID
from tests.support.golden_events import THIS_VERSION, versions
from tests.support.message_status_histories import expected, histories
from twilio_connector.twilio.statuses import status_rank

PAGE = (PROJECT_ROOT / "docs" / "consumers.md").read_text()
README = (statuses.EXAMPLE / "README.md").read_text()
ROWS = re.findall(r"^\| (\d) \| (`.*`) \|$", PAGE, re.MULTILINE)
RANKS = {status: int(rank) for rank, named in ROWS for status in re.findall(r"`(\w+)`", named)}
PAIR = f"{statuses.RECIPIENT} {statuses.SENDER}"
# Statuses as Twilio reports them of one message, in that order; the last one that is known counts.
LIVES = [
    ["queued", "sending", "sent", "delivered", "read"],
    ["queued", "sending", "sent", "undelivered"],
    ["sent", "delivered", "pondering"],
    ["sent", "undelivered", "delivered"],
    ["sent", "sent", "failed"],
    ["receiving", "received"],
]
FEW, MANY = 100, pytest.param(2_000, marks=pytest.mark.endurance)


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in statuses.ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def module() -> dict[str, Any]:
    """What the function's code defines."""
    return statuses.function(statuses.MemoryTable())


@pytest.fixture
def dynamodb() -> Iterator[Any]:
    """DynamoDB as moto has it, with the template's table."""
    properties = statuses.RESOURCES["MessageTable"]["Properties"]
    made = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(TableName="messages", **{name: properties[name] for name in made})
        yield client


def conversation(dynamodb: Any, pair: str = PAIR) -> list[dict[str, Any]]:
    """What the page's query answers."""
    answer = dynamodb.query(
        TableName="messages",
        IndexName="conversations",
        KeyConditionExpression="conversation = :pair",
        ExpressionAttributeValues={":pair": {"S": pair}},
    )
    return [statuses.plain(item) for item in answer["Items"]]


def consumed(module: dict[str, Any], events: list[dict[str, Any]]) -> dict[str, Any]:
    """The item of the message after *events*, one after the other, in a new table."""
    module["dynamodb"] = table = statuses.MemoryTable()
    for event in events:
        module["handler"](event, None)
    return statuses.plain(table.items.get(SID, {}))


@pytest.mark.parametrize("examples", [FEW, MANY])
def test_events_in_any_order_and_any_number_of_times_end_in_the_same_item(
    module: dict[str, Any], examples: int
) -> None:
    # The same histories at every gate: none fails for one that nobody has seen.
    @settings(max_examples=examples, derandomize=True)
    @given(data=st.data())
    def holds(data: st.DataObject) -> None:
        history = data.draw(histories())
        repeated = data.draw(st.lists(st.sampled_from(history), max_size=8))
        arriving = data.draw(st.permutations([*history, *repeated]))
        assert consumed(module, history) == consumed(module, arriving) == expected(history)

    holds()


@pytest.mark.parametrize("life", LIVES, ids="-".join)
def test_the_last_status_remains_in_whatever_order_its_callbacks_are_consumed(
    module: dict[str, Any], life: list[str]
) -> None:
    callbacks = [
        statuses.event("webhook", statuses.message(SID, status), statuses.instant(second * 1_000))
        for second, status in enumerate(life)
    ]
    last = [status for status in life if status_rank(status) is not None][-1]
    for order in permutations(callbacks):
        assert consumed(module, [*order, order[0]])["messageStatus"] == last


def test_the_page_and_the_function_name_each_status_with_its_rank(module: dict[str, Any]) -> None:
    assert len(RANKS) == 13
    assert {status: status_rank(status) for status in RANKS} == RANKS == module["RANKS"]


def test_the_page_gives_the_condition_of_the_function_and_its_attributes(module: dict[str, Any]) -> None:
    (condition,) = re.findall(r"^attribute_not_exists.*$", PAGE, re.MULTILINE)
    assert module["HIGHER"].startswith(condition)
    item = consumed(module, [statuses.event("webhook", statuses.message(SID, "failed"), statuses.instant(0))])
    rows = re.findall(r"^\| (`.*`) \| .+ \|$", README, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == item.keys()


def test_a_rank_that_an_event_brings_counts_for_a_status_that_the_function_does_not_know(
    module: dict[str, Any],
) -> None:
    later = statuses.event("webhook", statuses.message(SID, "pondering"), statuses.instant(0))
    later["detail"]["statusRank"] = 3
    sent = statuses.event("webhook", statuses.message(SID, "sent"), statuses.instant(1))
    assert consumed(module, [later, sent])["messageStatus"] == "pondering"


def test_one_query_tells_the_messages_of_a_conversation_in_their_order(dynamodb: Any) -> None:
    handler = statuses.function()["handler"]
    sids = [f"SM{number:032x}" for number in range(3)]
    sent, failed = (
        [statuses.event("webhook", statuses.message(sid, status), statuses.instant(at)) for status, at in life]
        for sid, life in [
            (sids[0], [("queued", 1), ("sent", 5), ("delivered", 9)]),
            (sids[2], [("sent", 4), ("failed", 6)]),
        ]
    )
    other = statuses.inbound("SM" + "f" * 32, statuses.instant(3), From="+15557654321")
    # A service's, without a sender in the answer: it changes to its conversation.
    choosing = statuses.message(sids[2], "accepted", **{"from": None}, messagingServiceSid=statuses.SERVICE)
    handler(statuses.event("Message Sent", choosing, statuses.instant(3)), None)
    service = f"{statuses.RECIPIENT} {statuses.SERVICE}"
    assert [item["sid"] for item in conversation(dynamodb, service)] == [sids[2]]
    for event in reversed([*sent, statuses.inbound(sids[1], statuses.instant(2)), *failed, other]):
        handler(event, None)
        handler(event, None)

    found = conversation(dynamodb)

    kept = [(item["sid"], item["messageStatus"], item["receivedAt"], item.get("errorCode")) for item in found]
    assert kept == [
        (sids[0], "delivered", statuses.instant(9), None),
        (sids[1], "received", statuses.instant(2), None),
        (sids[2], "failed", statuses.instant(6), "30003"),
    ]
    assert [item["sender"] for item in found] == [statuses.SENDER, statuses.RECIPIENT, statuses.SENDER]
    assert conversation(dynamodb, service) == []


def test_what_has_no_sid_no_status_or_no_pair_of_numbers_fails_nothing(module: dict[str, Any]) -> None:
    nameless = statuses.inbound("", statuses.instant(0))
    unknown = statuses.event("webhook", statuses.message(SID, "pondering"), statuses.instant(0))
    assert consumed(module, [nameless, unknown]) == {}
    item = consumed(module, [statuses.inbound(SID, statuses.instant(0), To="")])
    assert (item["messageStatus"], "conversation" in item) == ("received", False)


def test_of_a_message_that_the_table_has_forgotten_between_two_writes_nothing_is_kept_for_ever(
    module: dict[str, Any],
) -> None:
    module["dynamodb"] = forgetful = statuses.MemoryTable(forgetful=True)
    module["handler"](statuses.inbound(SID, statuses.instant(0)), None)
    assert forgetful.items == {}


def test_of_a_parameter_that_comes_twice_the_first_counts_that_says_something(module: dict[str, Any]) -> None:
    event = statuses.event("webhook", statuses.message(SID, "sent"), statuses.instant(0))
    event["detail"]["body"]["data"] |= {"From": ["", statuses.SENDER], "MessageSid": [SID, "SM" + "0" * 32]}
    assert consumed(module, [event])["conversation"] == PAIR


def test_a_message_that_cannot_be_written_keeps_no_other_one_and_is_told_by_its_sid(
    module: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    other = "SM" + "0" * 32
    event = statuses.event("New and Updated Records", statuses.message(other, "sent"), statuses.instant(0))
    event["detail"]["body"]["data"]["created"].append(statuses.message(SID, "delivered"))
    module["dynamodb"] = table = statuses.MemoryTable(failing=other)

    with pytest.raises(module["NotWrittenError"], match=f"^{other}: ThrottlingException$") as raised:
        module["handler"](event, None)

    assert raised.value.__cause__ is None
    assert [sid for sid, item in table.items.items() if item["messageStatus"] == {"S": "delivered"}] == [SID]
    assert capsys.readouterr().out == f"{SID} delivered is its status now\n"


def test_its_log_holds_neither_texts_nor_numbers(module: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    told = [statuses.message(SID, status) for status in ("sent", "failed")]
    events = [statuses.event(way, each, statuses.instant(0)) for way in statuses.WAYS for each in told]
    consumed(module, [*events, statuses.inbound(SID, statuses.instant(0))])
    printed = capsys.readouterr().out
    assert printed.splitlines()[:3] == [
        f"{SID} sent is its status now",
        f"{SID} failed is its status now",
        f"{SID} sent came late",
    ]
    assert not re.search(r"\+\d|secret|appointment", printed)


def test_the_events_of_these_tests_are_valid_by_their_schemas() -> None:
    message = statuses.message(SID, "failed")
    events = [statuses.event(way, message, statuses.instant(0)) for way in statuses.WAYS]
    for event in [*events, statuses.inbound(SID, statuses.instant(0))]:
        validate_detail(event["detail-type"], event["detail"])


def key_events() -> list[dict[str, Any]]:
    """What the queue tells of two inputs under one key: refused, then sent."""
    golden = versions()[THIS_VERSION.name]
    failed, sent = copy.deepcopy(golden["message-send-failed.rejected"]), copy.deepcopy(golden["message-sent.keyed"])
    failed["detail"]["receivedAt"], sent["detail"]["receivedAt"] = statuses.instant(1), statuses.instant(2)
    return [failed, sent]


def answers(table: statuses.MemoryTable, *questions: dict[str, Any]) -> list[dict[str, Any]]:
    """What the function that answers says of *table*."""
    module = statuses.function(table)
    asked: dict[str, Any] = {}
    exec(compile((statuses.EXAMPLE / "src" / "what_became.py").read_text(), "what_became.py", "exec"), asked)
    asked["dynamodb"] = table
    assert asked["key_of"]("a", "b") == module["key_of"]("a", "b")
    return [asked["handler"](question, None) for question in questions]


@pytest.mark.parametrize("order", [[0], [1], [0, 1], [1, 0], [0, 1, 0, 1], [1, 0, 0]], ids=str)
def test_what_became_of_a_text_is_told_by_its_key_and_by_its_sid(module: dict[str, Any], order: list[int]) -> None:
    module["dynamodb"] = table = statuses.MemoryTable()
    for number in order:
        module["handler"](key_events()[number], None)
    by_key = {"idempotencyKey": "order-1042"}
    told, by_sid, other = answers(table, by_key, {"messageSid": SID}, {**by_key, "connection": "other"})
    assert other == {"known": False}
    if order == [0]:
        failed = {"errorType": "TwilioRejectedError", "errorCode": "21211", "since": statuses.instant(1)}
        assert told == {"known": True, "final": True, "messageSid": None, "status": "not sent", **failed}
        assert not by_sid["known"]
    else:
        queued = {"status": "queued", "errorCode": None, "since": statuses.instant(2)}
        assert told == by_sid == {"known": True, "final": False, "messageSid": SID, **queued}


@pytest.mark.parametrize(("status", "final"), [("sent", False), ("delivered", True), ("failed", True), ("read", True)])
def test_a_status_is_final_if_nothing_comes_after_it(module: dict[str, Any], status: str, final: bool) -> None:
    module["dynamodb"] = table = statuses.MemoryTable()
    module["handler"](statuses.event("webhook", statuses.message(SID, status), statuses.instant(0)), None)
    [told] = answers(table, {"messageSid": SID})
    assert (told["status"], told["final"]) == (status, final)
    assert "+1" not in str(told)


@pytest.mark.parametrize(
    "question", [{}, {"messageSid": ""}, {"messageSid": 1}, {"messageSid": SID, "x": 1}, {"connection": "default"}, []]
)
def test_a_question_that_names_nothing_is_refused(question: Any) -> None:
    with pytest.raises(Exception, match="Ask for a messageSid"):
        answers(statuses.MemoryTable(), question)
