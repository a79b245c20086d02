"""The function of examples/conversations-in-order, on what a Custom Event Bus delivers to a FIFO queue."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from itertools import count
from typing import Any

import pytest
from moto import mock_aws

from local.sam import PROJECT_ROOT
from tests.support.custom_bus import ARN, CustomBus, Fault, served
from tests.support.examples import MESSAGE
from tests.support.fakes import refused
from tests.support.moto_clients import moto_client
from tests.support.template import load_template
from twilio_connector.aws import Aws
from twilio_connector.bus.custom_bus import CustomBusPublisher
from twilio_connector.bus.event import Event

FOLDER = PROJECT_ROOT / "examples" / "conversations-in-order"
RESOURCES = load_template(FOLDER / "template.yaml")["Resources"]
OURS, ALICE, BOB = "+15558675309", "+15551234567", "+15557654321"
TABLE = "conversations"
Publish = Callable[[list[Event]], None]


@cache
def client() -> Any:
    return Aws(attempts=1).custom_bus


class FifoQueue:
    """What the subscriber puts into the queue: of each group one event after the other, groups among each other."""

    def __init__(self, bus: CustomBus) -> None:
        # As SQS counts: twenty digits, which grow within a group.
        numbers = count(18_870_000_000_000_000_000)
        self.waiting = [
            {
                "messageId": f"m{taken.sequence}",
                "body": json.dumps(
                    {"source": "twilio.connector", "detail-type": taken.detail_type, "detail": taken.detail}
                ),
                "attributes": {"MessageGroupId": taken.group, "SequenceNumber": str(next(numbers))},
            }
            for taken in bus.taken
        ]

    def empty(self, handler: Any, most: int = 100) -> int:
        """Hand out batches until all are deleted; returns how many that took."""
        for batch in range(1, most):
            if not self.waiting:
                return batch
            given = self.waiting[:3]
            failed = {each["itemIdentifier"] for each in handler({"Records": given}, None)["batchItemFailures"]}
            self.waiting = [each for each in given if each["messageId"] in failed] + self.waiting[3:]
        raise AssertionError("It goes on failing.")


@pytest.fixture
def consumer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("TABLE", TABLE)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    properties = RESOURCES["ConversationTable"]["Properties"]
    wanted = ("AttributeDefinitions", "KeySchema", "BillingMode", "LocalSecondaryIndexes")
    with mock_aws():
        moto_client("dynamodb").create_table(TableName=TABLE, **{name: properties[name] for name in wanted})
        spec = spec_from_file_location("in_order", FOLDER / "src" / "in_order.py")
        assert spec
        assert spec.loader
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        yield module


@pytest.fixture
def bus(consumer: object) -> Iterator[CustomBus]:
    with ExitStack() as stack:
        found = CustomBus()
        stack.enter_context(served(client(), found))
        yield found


@pytest.fixture
def publish(bus: CustomBus) -> Publish:
    return CustomBusPublisher(client(), ARN, sleep=lambda _: None).publish


def text(sid: str, sender: str, recipient: str) -> Event:
    data = {"MessageSid": sid, "SmsStatus": "received", "From": sender, "To": recipient, "Body": "Hello"}
    return told("Message Received", sid, data)


def status(sid: str, word: str, recipient: str) -> Event:
    data = {"MessageSid": sid, "MessageStatus": word, "From": OURS, "To": recipient}
    return told("Message Status Updated", f"{sid}:{word}", data)


def sent(sid: str, recipient: str) -> Event:
    message = MESSAGE | {"sid": sid, "from": OURS, "to": recipient, "status": "queued"}
    return told("Message Sent", f"key-{sid}", {"input": {"to": recipient}, "message": message})


def told(detail_type: str, event_id: str, data: dict[str, Any]) -> Event:
    shared = {"connection": "default", "accountSid": None, "receivedAt": "2026-03-15T14:32:10.000Z"}
    return Event.of(detail_type, {"id": event_id, **shared, "body": {"data": data}})


HISTORY = [
    text("SM1", ALICE, OURS),
    sent("SM2", ALICE),
    text("SM3", BOB, OURS),
    status("SM2", "delivered", ALICE),
    status("SM2", "sent", ALICE),
    text("SM4", ALICE, OURS),
    sent("SM5", BOB),
]
WITH_ALICE = ["SM1 received", "SM2 queued", "SM2 delivered", "SM2 sent", "SM4 received"]
WITH_BOB = ["SM3 received", "SM5 queued"]


def conversation(other: str) -> list[str]:
    items = moto_client("dynamodb").query(
        TableName=TABLE,
        IndexName="order",
        KeyConditionExpression="conversation = :pair",
        ExpressionAttributeValues={":pair": {"S": " ".join(sorted([OURS, other]))}},
    )["Items"]
    return [f"{item['sid']['S']} {item['status']['S']}" for item in items]


def test_a_conversation_is_told_in_the_order_of_the_bus_each_event_once(
    bus: CustomBus, publish: Publish, consumer: Any
) -> None:
    for event in HISTORY:
        publish([event])
    # A webhook that Twilio repeats, and an answer that was lost.
    publish([HISTORY[0]])
    bus.meets = [Fault(lost=True)]
    publish([HISTORY[3]])
    assert len(bus.taken) == len(HISTORY)
    FifoQueue(bus).empty(consumer.handler)
    assert conversation(ALICE) == WITH_ALICE
    assert conversation(BOB) == WITH_BOB


@pytest.mark.parametrize("failing", [1, *(pytest.param(each, marks=pytest.mark.endurance) for each in (0, 2, 3, 4))])
def test_what_fails_is_written_in_its_place_and_so_is_what_comes_twice(
    failing: int, bus: CustomBus, publish: Publish, consumer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(HISTORY)
    calls, update = count(), consumer.dynamodb.update_item

    def update_item(**given: Any) -> Any:
        number = next(calls)
        answer = None if number == failing else update(**given)
        if number in (failing, failing + 2):
            # Not written, and written without an answer.
            raise refused("ThrottlingException")
        return answer

    monkeypatch.setattr(consumer.dynamodb, "update_item", update_item)
    assert FifoQueue(bus).empty(consumer.handler) > len(HISTORY) / 3
    # All of it once more, as after a time-out; what has a place keeps it.
    FifoQueue(bus).empty(consumer.handler)
    assert conversation(ALICE) == WITH_ALICE
    assert conversation(BOB) == WITH_BOB


def test_polled_messages_are_told_from_the_oldest_to_the_newest(
    bus: CustomBus, publish: Publish, consumer: Any
) -> None:
    created = [
        MESSAGE | {"sid": f"SM{number}", "from": ALICE, "to": OURS, "status": "received"} for number in (3, 2, 1)
    ]
    publish([told("New and Updated Records", "1", {"created": created, "updated": []})])
    FifoQueue(bus).empty(consumer.handler)
    assert conversation(ALICE) == [f"SM{number} received" for number in (1, 2, 3)]


def test_what_fails_is_logged_without_contents(
    bus: CustomBus, publish: Publish, consumer: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    publish([told("Message Sent", "1", {"input": {"to": ALICE}})])
    records = FifoQueue(bus).waiting
    assert consumer.handler({"Records": records}, None) == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    assert json.loads(capfd.readouterr().out) == {"level": "ERROR", "message": "Not written", "error": "KeyError"}


def test_the_subscriber_asks_for_what_the_function_consumes_in_order() -> None:
    subscriber = RESOURCES["ConversationSubscriber"]["Properties"]
    [scope] = subscriber["FilterConfiguration"]["Filters"]
    pattern = json.loads(scope["Pattern"])
    assert scope["Scope"] == "DATA"
    assert pattern["source"] == ["twilio.connector"]
    types = {event.detail_type for event in HISTORY}
    assert set(pattern["detail-type"]) == types | {"New and Updated Records"}
    assert subscriber["Type"] == "FIFO"
    assert RESOURCES["ConversationQueue"]["Properties"]["FifoQueue"] is True
    mapping = RESOURCES["ConversationMapping"]["Properties"]
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    function = RESOURCES["ConversationFunction"]["Properties"]
    assert RESOURCES["ConversationQueue"]["Properties"]["VisibilityTimeout"] == 6 * function["Timeout"]
