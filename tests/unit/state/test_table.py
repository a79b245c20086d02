"""Calls to the state table: what is repeated, with which pauses, how long, and with which token."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from tests.support.fakes import FakeClock, refused
from tests.support.scripted_server import ScriptedServer, reply
from twilio_connector.aws import Aws
from twilio_connector.errors import ServiceUnavailableError
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.invocation.observability import metrics
from twilio_connector.state.budget import CALL_SECONDS, PAUSE_MAX_SECONDS, REPEAT_SECONDS
from twilio_connector.state.repeats import longest_pause
from twilio_connector.state.table import READ_KEYS, WRITE_ITEMS, StateTable

NAME = "state"
KEY: Any = {"pk": {"S": "p"}, "sk": {"S": "s"}}
THROTTLED = refused("ThrottlingException")
TIMED_OUT = ReadTimeoutError(endpoint_url="https://dynamodb")


def canceled(*reasons: str) -> ClientError:
    codes = [{"Code": reason} for reason in reasons]
    response: Any = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": codes}
    return ClientError(response, "TransactWriteItems")


@dataclass
class Client:
    """Any call answers the next of *answers*, after *seconds*, and an empty one once there is none."""

    clock: FakeClock
    answers: list[Any] = field(default_factory=list)
    seconds: float = 0.0
    calls: list[dict[str, Any]] = field(default_factory=list)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(**arguments: Any) -> Any:
            self.calls.append({"operation": name, **arguments})
            self.clock.now += self.seconds
            answer = self.answers.pop(0) if self.answers else {}
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


@dataclass
class Calls:
    """A table with *seconds* left, its client, the *pauses* between its calls, and the ranges they were drawn from."""

    seconds: float = 300.0
    clock: FakeClock = field(default_factory=FakeClock)
    pauses: list[float] = field(default_factory=list)
    ranges: list[tuple[float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.client = Client(self.clock)
        client: Any = self.client
        self.table = StateTable(client, NAME, Deadline.after(self.seconds, self.clock), self._sleep, self._jitter)

    def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.clock.sleep(seconds)

    def _jitter(self, low: float, high: float) -> float:
        self.ranges.append((low, high))
        return (low + high) / 2


@pytest.fixture(autouse=True)
def _no_metrics_of_others() -> Iterator[None]:
    metrics.clear_metrics()
    yield
    metrics.clear_metrics()


def test_pauses_are_drawn_from_ranges_that_double_up_to_the_longest() -> None:
    calls = Calls()
    calls.client.answers = [THROTTLED] * 10
    assert calls.table.get(KEY) is None
    assert calls.ranges == [(0.0, high) for high in (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0)]
    assert calls.pauses == [high / 2 for _, high in calls.ranges]
    assert longest_pause(10_000) == PAUSE_MAX_SECONDS


def test_a_repeat_is_counted() -> None:
    calls = Calls()
    calls.client.answers = [THROTTLED, THROTTLED]
    calls.table.put(KEY)
    assert metrics.metric_set["StateRetries"]["Value"] == [1.0, 1.0]


def test_a_call_that_is_never_carried_out_ends_before_the_deadline_with_the_last_code() -> None:
    calls = Calls(seconds=20.0)
    began = calls.clock.now
    calls.client.seconds, calls.client.answers = CALL_SECONDS, [TIMED_OUT, TIMED_OUT, TIMED_OUT, *[THROTTLED] * 99]
    with pytest.raises(ServiceUnavailableError, match=r"^DynamoDB refused the request: ThrottlingException\.$"):
        calls.table.get(KEY)
    assert 20.0 - CALL_SECONDS - PAUSE_MAX_SECONDS < calls.clock.now - began <= 20.0


def test_a_call_is_repeated_for_a_minute_at_most() -> None:
    calls = Calls(seconds=900.0)
    began = calls.clock.now
    calls.client.answers = [THROTTLED] * 999
    with pytest.raises(ServiceUnavailableError):
        calls.table.get(KEY)
    assert REPEAT_SECONDS - CALL_SECONDS - PAUSE_MAX_SECONDS < calls.clock.now - began <= REPEAT_SECONDS


def test_after_the_deadline_a_call_is_tried_once() -> None:
    calls = Calls(seconds=0.0)
    calls.clock.now += 10
    calls.table.put(KEY)
    calls.client.answers = [THROTTLED]
    with pytest.raises(ServiceUnavailableError):
        calls.table.put(KEY)
    assert (len(calls.client.calls), calls.pauses) == (2, [])


def test_a_table_for_less_time_never_has_more() -> None:
    calls = Calls(seconds=20.0)
    for seconds, expected in ((10.0, 10.0), (100.0, 20.0)):
        began, calls.client.answers = calls.clock.now, [THROTTLED] * 99
        with pytest.raises(ServiceUnavailableError):
            calls.table.within(seconds).get(KEY)
        assert expected - CALL_SECONDS - PAUSE_MAX_SECONDS < calls.clock.now - began <= expected
        calls = Calls(seconds=20.0)


def test_what_no_repeat_can_mend_is_not_repeated() -> None:
    calls = Calls()
    calls.client.answers = [refused("ResourceNotFoundException")]
    with pytest.raises(ServiceUnavailableError, match="ResourceNotFoundException"):
        calls.table.get(KEY)
    assert (len(calls.client.calls), calls.pauses) == (1, [])


def test_an_update_tells_whether_its_condition_held_and_names_what_it_uses() -> None:
    calls = Calls()
    found: Any = {"Error": {"Code": "ConditionalCheckFailedException"}, "Item": KEY}
    failed, vanished = ClientError(found, "UpdateItem"), refused("ConditionalCheckFailedException")
    calls.client.answers = [THROTTLED, {"Attributes": KEY}, failed, vanished]
    assert calls.table.update(KEY, "SET #a = :a", "#b = :b OR #a = :a", {}) == (True, KEY)
    assert calls.table.update(KEY, "SET #a = :a", "#b = :b", {}) == (False, KEY)
    assert calls.table.update(KEY, "SET #a = :a", "#b = :b", {}) == (False, {})
    assert {str(call["ExpressionAttributeNames"]) for call in calls.client.calls} == {"{'#a': 'a', '#b': 'b'}"}
    assert len(calls.pauses) == 1


def test_a_query_goes_on_where_its_last_page_ended_and_repeats_that_alone() -> None:
    calls = Calls()
    items: list[Any] = [{"sk": {"N": str(number)}} for number in range(3)]
    calls.client.answers = [{"Items": items[:2], "LastEvaluatedKey": KEY}, THROTTLED, TIMED_OUT, {"Items": items[2:]}]
    assert list(calls.table.query("pk = :pk", {}, "sk")) == items
    assert [call.get("ExclusiveStartKey") for call in calls.client.calls] == [None, KEY, KEY, KEY]
    assert {call["ConsistentRead"] for call in calls.client.calls} == {True}


def test_each_call_is_what_dynamodb_is_to_be_asked_in_full() -> None:
    calls = Calls()
    table = calls.table.within(10.0)
    values: Any = {":a": {"S": "a"}}
    writes: Any = [{"DeleteRequest": {"Key": KEY}}]
    put: Any = [{"Put": {"TableName": NAME, "Item": KEY}}]
    calls.client.answers = [{}, {}, {"Attributes": KEY}, {"Items": []}, {"Items": []}]
    calls.client.answers += [{"Responses": {}, "UnprocessedKeys": {}}, {"UnprocessedItems": {}}]
    table.get(KEY)
    table.put(KEY)
    table.update(KEY, "SET #a = :a", "#b = :a", values)
    list(table.query("pk = :a", values))
    list(table.query("pk = :a", values, "pk, sk", descending=True))
    list(table.get_batch([KEY], "pk"))
    table.write_batch(writes)
    table.transact(put)
    token = calls.client.calls[-1].pop("ClientRequestToken")
    assert token
    query: Any = {"operation": "query", "TableName": NAME, "KeyConditionExpression": "pk = :a"}
    query |= {"ExpressionAttributeValues": values, "ConsistentRead": True}
    batch = {"Keys": [KEY], "ConsistentRead": True, "ProjectionExpression": "pk"}
    assert calls.client.calls == [
        {"operation": "get_item", "TableName": NAME, "Key": KEY, "ConsistentRead": True},
        {"operation": "put_item", "TableName": NAME, "Item": KEY},
        {
            "operation": "update_item",
            "TableName": NAME,
            "Key": KEY,
            "UpdateExpression": "SET #a = :a",
            "ConditionExpression": "#b = :a",
            "ExpressionAttributeNames": {"#a": "a", "#b": "b"},
            "ExpressionAttributeValues": values,
            "ReturnValues": "ALL_NEW",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        },
        query,
        query | {"ProjectionExpression": "pk, sk", "ScanIndexForward": False},
        {"operation": "batch_get_item", "RequestItems": {NAME: batch}},
        {"operation": "batch_write_item", "RequestItems": {NAME: writes}},
        {"operation": "transact_write_items", "TransactItems": put},
    ]


def test_reads_that_are_left_unprocessed_are_made_again_alone_after_growing_pauses() -> None:
    calls = Calls()
    keys: list[Any] = [{"pk": {"S": str(number)}} for number in range(READ_KEYS + 1)]
    first, second, third = keys[:READ_KEYS], keys[50:READ_KEYS], keys[90:READ_KEYS]
    calls.client.answers = [
        {"Responses": {NAME: keys[:50]}, "UnprocessedKeys": {NAME: {"Keys": second}}},
        THROTTLED,
        {"Responses": {NAME: keys[50:90]}, "UnprocessedKeys": {NAME: {"Keys": third}}},
        {"Responses": {NAME: third}, "UnprocessedKeys": {}},
        {"Responses": {NAME: keys[READ_KEYS:]}, "UnprocessedKeys": {}},
    ]
    assert list(calls.table.get_batch(keys, "pk")) == keys
    asked = [call["RequestItems"][NAME]["Keys"] for call in calls.client.calls]
    assert asked == [first, second, second, third, keys[READ_KEYS:]]
    assert calls.pauses == [0.025, 0.05, 0.1]


def test_writes_that_are_left_unprocessed_are_made_again_alone_after_growing_pauses() -> None:
    calls = Calls()
    writes: list[Any] = [{"DeleteRequest": {"Key": {"pk": {"S": str(number)}}}} for number in range(WRITE_ITEMS + 1)]
    left = writes[20:WRITE_ITEMS]
    calls.client.answers = [
        {"UnprocessedItems": {NAME: left}},
        {"UnprocessedItems": {NAME: left}},
        {"UnprocessedItems": {}},
        {"UnprocessedItems": {}},
    ]
    calls.table.write_batch(iter(writes))
    asked = [call["RequestItems"][NAME] for call in calls.client.calls]
    assert asked == [writes[:WRITE_ITEMS], left, left, writes[WRITE_ITEMS:]]
    assert calls.pauses == [0.025, 0.05]


def test_a_batch_of_writes_that_is_throttled_is_repeated_by_a_table_for_less_time_with_its_pauses() -> None:
    calls = Calls()
    calls.client.answers = [THROTTLED, {"UnprocessedItems": {}}]
    writes: Any = [{"DeleteRequest": {"Key": KEY}}]
    calls.table.within(20.0).write_batch(writes)
    assert (len(calls.client.calls), calls.ranges, calls.pauses) == (2, [(0.0, 0.05)], [0.025])


@pytest.mark.parametrize("kind", ["reads", "writes"])
def test_a_batch_that_is_left_unprocessed_for_ever_is_an_error_of_the_service(kind: str) -> None:
    calls = Calls(seconds=20.0)
    calls.client.answers = [
        {"Responses": {}, "UnprocessedKeys": {NAME: {"Keys": [KEY]}}, "UnprocessedItems": {NAME: [KEY]}}
    ] * 99
    with pytest.raises(ServiceUnavailableError, match=rf"^DynamoDB left {kind} unprocessed\.$"):
        calls.table.write_batch([KEY]) if kind == "writes" else list(calls.table.get_batch([KEY], "pk"))
    assert len(calls.pauses) > 5


def tokens_of(*answers: object) -> list[int]:
    """The tokens under which a transaction is tried that meets the *answers*, numbered in their order."""
    calls = Calls()
    calls.client.answers = list(answers)
    assert calls.table.transact([])
    tokens = [call["ClientRequestToken"] for call in calls.client.calls]
    assert all(1 <= len(token) <= 36 for token in tokens)
    return [list(dict.fromkeys(tokens)).index(token) for token in tokens]


def test_a_transaction_whose_answer_is_lost_is_repeated_under_its_token() -> None:
    in_progress = refused("TransactionInProgressException")
    assert tokens_of(TIMED_OUT, in_progress, refused("InternalServerError")) == [0, 0, 0, 0]


def test_a_transaction_that_was_certainly_canceled_is_another_one() -> None:
    assert tokens_of(canceled("None", "ThrottlingError"), canceled("TransactionConflict"), THROTTLED) == [0, 1, 2, 3]


def test_a_transaction_that_may_have_been_carried_out_stays_the_same_even_if_a_repeat_is_canceled() -> None:
    conflict = canceled("TransactionConflict")
    assert tokens_of(conflict, TIMED_OUT, conflict, THROTTLED) == [0, 1, 1, 1, 1]


def test_a_condition_of_a_transaction_that_does_not_hold_is_no_error_and_not_repeated() -> None:
    calls = Calls()
    calls.client.answers = [THROTTLED, canceled("ConditionalCheckFailed", "ThrottlingError")]
    assert calls.table.transact([]) is False
    assert len(calls.client.calls) == 2


def test_nothing_beneath_repeats_on_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "DEFAULT_REGION"):
        monkeypatch.setenv(f"AWS_{name}", "testing")
    failed = reply(500, json.dumps({"__type": "InternalServerError"}).encode())
    with ScriptedServer(failed, failed, reply(200, json.dumps({"Item": KEY}).encode())) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", server.url)
        pauses: list[float] = []
        table = StateTable(Aws(attempts=3).dynamodb, NAME, Deadline.after(60.0), pauses.append)
        assert table.get(KEY) == KEY
    assert len(pauses) == 2


def test_the_time_of_a_try_is_what_the_budget_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    aws: Any = Aws(connect=7.0, read=8.0, attempts=3)
    config = aws.dynamodb.meta.config
    assert config.connect_timeout + config.read_timeout == CALL_SECONDS
    assert aws.events.meta.config.read_timeout == 8.0
