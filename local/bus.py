"""Watching an event bus: a rule puts the events that match its pattern into a queue, which the watcher reads."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.schemas import validate_detail

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sqs import SQSClient

EVENT_SOURCE = "twilio.connector"
ALL_EVENTS: Mapping[str, Any] = {"source": [EVENT_SOURCE]}


@dataclass(frozen=True)
class BusEvent:
    """An event as a rule's target receives it, the `whole`; `detail` is valid by the schema of its detail-type."""

    detail_type: str
    detail: dict[str, Any]
    source: str
    whole: Mapping[str, Any]


class BusWatcher:
    """The events on a bus since the watcher was made, in order of arrival, each valid by its schema.

    `pattern` is the event pattern of its rule, by default one for all of the connector's events. Not for use by
    several threads.
    """

    def __init__(
        self,
        events: "EventBridgeClient",
        sqs: "SQSClient",
        bus_name: str,
        *,
        rule_name: str = "watch-twilio-connector",
        pattern: Mapping[str, Any] = ALL_EVENTS,
    ) -> None:
        self.seen: list[BusEvent] = []
        self._sqs = sqs
        self._queue_url = sqs.create_queue(QueueName=f"{rule_name}-{bus_name.replace('/', '-')}")["QueueUrl"]
        attributes = sqs.get_queue_attributes(QueueUrl=self._queue_url, AttributeNames=["QueueArn"])["Attributes"]
        events.put_rule(Name=rule_name, EventBusName=bus_name, EventPattern=json.dumps(pattern))
        events.put_targets(
            Rule=rule_name, EventBusName=bus_name, Targets=[{"Id": "watcher", "Arn": attributes["QueueArn"]}]
        )

    def wait_for(self, predicate: Callable[[BusEvent], bool], timeout: float = 30.0) -> BusEvent:
        """Returns the first event, of all seen, that satisfies the predicate.

        Raises TimeoutError, naming the detail-types seen, if none does in time.
        """
        return self.wait_for_all(predicate, 1, timeout)[0]

    def wait_for_all(self, predicate: Callable[[BusEvent], bool], count: int, timeout: float = 30.0) -> list[BusEvent]:
        """Returns the first `count` events, of all seen, that satisfy the predicate, or raises TimeoutError."""
        deadline = time.monotonic() + timeout
        while len(found := [event for event in self.seen if predicate(event)]) < count:
            if time.monotonic() >= deadline:
                types = sorted({event.detail_type for event in self.seen})
                raise TimeoutError(f"{len(found)} of {count} events in {timeout:g} s; seen so far: {types}")
            self._receive(wait_seconds=1)
        return found[:count]

    def drain(self) -> list[BusEvent]:
        """Reads what has arrived by now and returns everything seen."""
        while self._receive(wait_seconds=0):
            pass
        return self.seen

    def follow(self) -> Iterator[BusEvent]:
        """Yields events as they arrive, without an end."""
        while True:
            before = len(self.seen)
            self._receive(wait_seconds=1)
            yield from self.seen[before:]

    def _receive(self, wait_seconds: int) -> int:
        """Reads up to ten events; returns how many there were."""
        answer = self._sqs.receive_message(
            QueueUrl=self._queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=wait_seconds
        )
        messages = answer.get("Messages", [])
        if messages:
            entries = [{"Id": one["MessageId"], "ReceiptHandle": one["ReceiptHandle"]} for one in messages]
            self._sqs.delete_message_batch(QueueUrl=self._queue_url, Entries=entries)  # type: ignore[arg-type]
        for message in messages:
            event = json.loads(message["Body"])
            validate_detail(event["detail-type"], event["detail"])
            self.seen.append(BusEvent(event["detail-type"], event["detail"], event["source"], event))
        return len(messages)
