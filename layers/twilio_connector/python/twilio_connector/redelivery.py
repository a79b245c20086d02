"""Redelivery: events that the bus refused are published as they would have been."""

from collections.abc import Mapping
from typing import Any

from twilio_connector.batch import process
from twilio_connector.deadline import Deadline
from twilio_connector.publishing import Publisher, UndeliveredQueue


def redeliver(event: Mapping[str, Any], publisher: Publisher, deadline: Deadline) -> dict[str, Any]:
    """Publish the events in the SQS records of *event*; returns the partial batch response.

    A record that fails stays in the queue, which gives it up to its dead-letter queue in the end.
    """

    def publish(_message_id: str, body: str) -> None:
        publisher.publish([UndeliveredQueue.parse(body)], deadline)

    return process(event, publish, deadline)
