"""The send queue: inputs of send_sms as SQS messages, sent side by side, their outcomes as events.

Failures of the message are acknowledged, published, logged and counted; failures of its surroundings go back to the
queue, which delivers it again and in the end gives it up to its dead-letter queue.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from twilio_connector.bus.event import Event
from twilio_connector.bus.outbox import Outbox, report_lost
from twilio_connector.bus.undelivered import EventsNotKeptError
from twilio_connector.errors import TwilioConnectorError, TwilioNotFoundError
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.invocation.entrypoint import as_connector_error
from twilio_connector.invocation.side_by_side import side_by_side
from twilio_connector.invocation.sqs_batch import SqsRecord, attempted, records_of, response_of
from twilio_connector.sending.budget import GATHER_SECONDS
from twilio_connector.sending.opt_outs import opt_out_events
from twilio_connector.sending.outcomes import FAILURES_OF_THE_MESSAGE, Outcome, QueuedInput, failed_event, sent_event
from twilio_connector.sending.sender import Sender

# That there is no list of messages to post to says nothing of the message: https://www.twilio.com/docs/api/errors/20404
NO_SUCH_LIST = (None, 20404)


@dataclass(frozen=True)
class SendQueue:
    """Sends what the queue brings, *at_once* at the most, and publishes what became of it.

    After *publish_by* that is kept for redelivery. It waits at most *gather_seconds* for what becomes of others, with
    which it is published in one call.
    """

    sender: Sender
    outbox: Outbox
    publish_by: Deadline
    at_once: int = 1
    gather_seconds: float = GATHER_SECONDS

    def handle(self, event: Mapping[str, Any], deadline: Deadline) -> dict[str, Any]:
        """Send the messages of an SQS *event*, starting none after *deadline*; returns the partial batch response."""
        records = records_of(event)
        told = {id(one.of.record) for some in self._outcomes(records, deadline) for one in self._stored(some)}
        return response_of(record.message_id for record in records if id(record) not in told)

    def _outcomes(self, records: Sequence[SqsRecord], deadline: Deadline) -> Iterator[list[Outcome]]:
        """The outcomes of the inputs in *records*, except those that are returned, in groups to be published."""
        read = [attempted(record, QueuedInput.of, deadline) for record in records]
        inputs = [one for one in read if one]

        def send(one: QueuedInput) -> Outcome | None:
            return attempted(one.record, lambda _: self._send(one), deadline)

        rows, place = _rows_of(inputs), {id(one): number for number, one in enumerate(inputs)}
        if self.at_once <= 1 or len(rows) == 1:
            groups: Iterable[list[Outcome | None]] = ([send(one)] for one in inputs)
        else:
            groups = side_by_side(rows, send, self.at_once, self._gather)
        for group in groups:
            if some := [one for one in group if one]:
                yield sorted(some, key=lambda one: place[id(one.of)])

    def _send(self, one: QueuedInput) -> Outcome:
        """Send one. Raises what it goes back to the queue for."""
        try:
            if one.unreadable:
                raise one.unreadable
            message = self.sender.send_sms(one.given, one.key)["data"]
        except FAILURES_OF_THE_MESSAGE as exc:
            if isinstance(exc, TwilioNotFoundError) and exc.code in NO_SUCH_LIST:
                raise
            opt_outs = opt_out_events(self.sender.connections, one.given, exc)
            return Outcome(one, failed_event(one, self._account_sid(one), exc), opt_outs, exc)
        return Outcome(one, sent_event(one, self._account_sid(one), message))

    def _stored(self, outcomes: list[Outcome]) -> list[Outcome]:
        """Publish *outcomes*, in one call if they fit; returns those that the bus or the undelivered queue took."""
        events = [one.event for one in outcomes]
        beside = [event for one in outcomes for event in one.beside]
        refused: Sequence[Event] = ()
        try:
            self.outbox.store(events, beside=beside, publish_by=self.publish_by)
        except EventsNotKeptError as exc:
            as_connector_error(exc)
            refused = exc.events
        except Exception as exc:  # Logged; the records come again.
            as_connector_error(exc)
            refused = events
        stored = [one for one in outcomes if one.event not in refused]
        if lost := sum(event in refused for one in stored for event in one.beside):
            report_lost(lost, "Neither the bus nor the undelivered queue accepted them.")
        for one in stored:
            # After it is acknowledged for certain: a record that comes again is not counted again.
            one.report()
        return stored

    def _gather(self) -> float:
        return min(self.gather_seconds, self.publish_by.remaining())

    def _account_sid(self, one: QueuedInput) -> str | None:
        """The account of its connection; None where a failed input names none that exists."""
        try:
            return self.sender.connections.get(one.connection).account_sid
        except TwilioConnectorError:
            return None


def _rows_of(inputs: Iterable[QueuedInput]) -> list[list[QueuedInput]]:
    """The inputs by their keys: of those under one key each finds what became of the one before."""
    rows: dict[tuple[str, str], list[QueuedInput]] = {}
    for one in inputs:
        rows.setdefault((one.connection, one.key), []).append(one)
    return list(rows.values())
