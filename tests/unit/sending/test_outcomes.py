"""What became of a send is told, or kept to be told later, in the time that there is."""

import json
from typing import Any

from tests.support.fakes import BUS, TIMED_OUT, FakeBus, FakeClock, FakeQueue
from twilio_connector.bus.outbox import Outbox
from twilio_connector.bus.publisher import Publisher
from twilio_connector.bus.undelivered import UndeliveredQueue
from twilio_connector.errors import ConnectionConfigError
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.sending.queue import SendQueue

CALL_SECONDS = 8.0


class FakeSender:
    """Sends everything at once, of a connection that cannot be read."""

    @property
    def connections(self) -> "FakeSender":
        return self

    def get(self, name: str) -> None:
        raise ConnectionConfigError(f"Connection '{name}' does not exist.")

    def send_sms(self, event: object, default_key: str) -> dict[str, Any]:
        return {"data": {"sid": default_key}}


def test_a_bus_that_hangs_does_not_take_the_time_of_the_other_records() -> None:
    clock = FakeClock()
    began = clock.now
    bus, queue = FakeBus(failure=TIMED_OUT, seconds=CALL_SECONDS, clock=clock), FakeQueue()
    sends = SendQueue(
        FakeSender(),  # type: ignore[arg-type]
        Outbox(
            Publisher(bus, BUS, sleep=clock.sleep),  # type: ignore[arg-type]
            UndeliveredQueue(queue, "https://sqs/undelivered"),  # type: ignore[arg-type]
        ),
        publish_by=Deadline.after(CALL_SECONDS, clock),
    )
    records = [{"messageId": f"m{number}", "body": "{}"} for number in range(5)]
    assert sends.handle({"Records": records}, Deadline.after(60, clock)) == {"batchItemFailures": []}
    kept = [json.loads(UndeliveredQueue.parse(body).detail)["id"] for body in queue.bodies]
    assert kept == [f"sqs:m{number}" for number in range(5)]
    assert clock.now - began == CALL_SECONDS
