"""Sending one message, once per idempotency key.

Twilio's message creation has no idempotency key. So the state table remembers ours (:mod:`.records`), and where an
answer was lost, the account's messages are searched for what may have been sent (:mod:`.search`).
"""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any

from twilio_connector.connections.store import ConnectionStore
from twilio_connector.errors import (
    ConnectionConfigError,
    OutcomeUnknownError,
    ServiceUnavailableError,
    TwilioConnectorError,
    TwilioNotFoundError,
)
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.invocation.inputs import Inputs
from twilio_connector.invocation.observability import count, logger
from twilio_connector.limits.admission import NO_LIMITS, Admission, Limits
from twilio_connector.sending.budget import CLOCK_SECONDS, MIN_SEARCH_SECONDS, SEARCH_PAUSES
from twilio_connector.sending.inputs import SEND_INPUTS, as_written, idempotency_key, message_parameters
from twilio_connector.sending.records import Record, Send, State
from twilio_connector.sending.search import SearchCriteria, listed
from twilio_connector.sending.table import SendTable
from twilio_connector.settings import SendSettings
from twilio_connector.twilio.api import CONNECTION_OVERRIDES, Parameters
from twilio_connector.twilio.client import ClientOf, TwilioClient
from twilio_connector.twilio.message import Message, to_message


@dataclass(frozen=True)
class Sender:
    """Sends messages. *client_of* gives the client of a connection by name.

    A message that may have been sent is searched for during *search_seconds* at most, and never beyond the deadline.
    """

    client_of: ClientOf
    connections: ConnectionStore
    table: SendTable
    settings: SendSettings
    search_seconds: float = math.inf
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    limits: Limits = NO_LIMITS

    def send_sms(self, event: object, default_key: str) -> dict[str, Any]:
        """``{to, from, message, …}`` -> ``{"data": message}``; *default_key* is for inputs without idempotencyKey.

        The same key within 24 h returns the first message and sends nothing. Raises :class:`InvalidInputError`,
        :class:`ConnectionConfigError` and the errors of the limits before anything is sent, the ``Twilio…Error`` when
        it was certainly not sent, and :class:`OutcomeUnknownError` when it may have been.
        """
        inputs = Inputs(event, SEND_INPUTS)
        key = idempotency_key(inputs, default_key)
        client = self.client_of(inputs.connection)
        parameters = message_parameters(inputs, client.connection.default_country)
        # Before the callback is added: the same request stays the same when the deployment's URL changes.
        send = Send.of(client.connection, key, parameters, as_written(inputs, parameters))
        admission = self.limits.admission(client.connection.name, dict(parameters)["To"])
        message, outcome = self._once(client, send, parameters, admission)
        count("Sends", outcome=outcome)
        return {"data": message}

    def _once(
        self, client: TwilioClient, send: Send, parameters: Parameters, admission: Admission
    ) -> tuple[Message, str]:
        """The message of *send*, and how it came about."""
        record, earlier = self.table.claim(send, client.deadline.remaining(), admission)
        if record.state == State.SENT:
            return _first_message(client, record.sid), "repeated"
        criteria = SearchCriteria.of(parameters)
        if earlier:
            # Before the search, not after it: the hold is over only if it was when Twilio listed the messages.
            looked_at = self.clock()
            found, is_certain = self._find(client, send, record, criteria, self._search_until(client))
            if found:
                return found, "found"
            has_time = client.deadline.remaining() > MIN_SEARCH_SECONDS
            if not (is_certain and has_time and earlier.may_repeat(looked_at, self.settings.unknown_hold_seconds)):
                with _recording():
                    self.table.unknown(send, record)
                raise self._unknown()
            record = self.table.attempt_again(send, record, admission)
        try:
            callback = self._callback(client, parameters)
            resource = client.create_message([*parameters, *callback])
        except OutcomeUnknownError:
            if found := self._search(client, send, record, criteria):
                return found, "found"
            count("Sends", outcome="unknown")
            raise
        except TwilioConnectorError as exc:
            count("Sends", outcome=type(exc).__name__)
            with _recording():
                self.table.release(send, record, earlier)
                admission.leave()
            raise
        with _recording(sid=resource["sid"]):
            self.table.sent(send, record, resource["sid"], calls_back=bool(callback))
        return to_message(resource), "sent"

    def _search(
        self, client: TwilioClient, send: Send, record: Record, criteria: SearchCriteria | None
    ) -> Message | None:
        """Search until the message is found or the time is over; the outcome is then recorded as unknown."""
        with _recording():
            record = self.table.answer_lost(send, record)
        until = self._search_until(client)
        for pause in chain((0.0,), SEARCH_PAUSES, repeat(SEARCH_PAUSES[-1])):
            if not criteria or until.remaining() < pause + MIN_SEARCH_SECONDS:
                break
            self.sleep(pause)
            found, _ = self._find(client, send, record, criteria, until)
            if found:
                return found
        with _recording():
            self.table.unknown(send, record)
        return None

    def _search_until(self, client: TwilioClient) -> Deadline:
        return Deadline.after(min(client.deadline.remaining(), self.search_seconds), client.deadline.clock)

    def _find(
        self, client: TwilioClient, send: Send, record: Record, criteria: SearchCriteria | None, until: Deadline
    ) -> tuple[Message | None, bool]:
        """The message of *send* if it is listed, and certainly nobody else's; it is then recorded as sent.

        The second value tells whether the list was read to its end before *until*, and nothing in it left undecided.
        """
        if not criteria:
            return None, True
        try:
            listing = listed(client, criteria, record.previous_attempt_at, until)
            found = {one.message["sid"]: one for one in listing}
            shown = {sid: one.created for sid, one in found.items() if not one.redacted}
            latest = record.sent_no_later_than + CLOCK_SECONDS
            redacted = [sid for sid, one in found.items() if one.redacted and one.created <= latest]
            sid = self.table.adopt(send, record, shown, until)
            if not sid and any(self.table.is_free(send, each, until) for each in redacted):
                raise OutcomeUnknownError("A message to this recipient that shows no text any more may be this one.")
        except TwilioConnectorError as exc:
            logger.warning("The search for a message that may have been sent did not end", extra={"reason": str(exc)})
            return None, False
        return (found[sid].message if sid else None), True

    def _unknown(self) -> OutcomeUnknownError:
        count("Sends", outcome="unknown")
        hold = self.settings.unknown_hold_seconds
        return OutcomeUnknownError(
            "An earlier send with this idempotencyKey may have happened, although Twilio does not list it; "
            f"it is not repeated before {hold} seconds have passed since."
        )

    def _callback(self, client: TwilioClient, parameters: Parameters) -> Parameters:
        """The status callback to this stack's webhook, unless the input names one or the webhook cannot verify."""
        base = self.settings.status_callback_base_url.rstrip("/")
        if not base or any(name == "StatusCallback" for name, _ in parameters) or not client.deadline.remaining():
            return []
        try:
            verifiable = self.connections.can_receive(client.connection)
        except ConnectionConfigError as exc:
            logger.warning("The connection cannot receive status callbacks", extra={"reason": str(exc)})
            return []
        if not verifiable:
            return []
        return [("StatusCallback", f"{base}/webhook/{client.connection.name}{CONNECTION_OVERRIDES}")]


def _first_message(client: TwilioClient, sid: str) -> Message:
    """The message that was sent before; no more than its SID where it has been deleted since."""
    try:
        return to_message(client.fetch_message(sid))
    except TwilioNotFoundError:
        return to_message({"sid": sid})


@contextmanager
def _recording(**known: str) -> Iterator[None]:
    """Let the caller hear what became of the send even where it cannot be recorded; a failure is logged with *known*.

    A repeat with the same key then searches, as after a owner that died.
    """
    try:
        yield
    except ServiceUnavailableError as exc:
        logger.error("The outcome of a send could not be recorded", extra={"reason": str(exc), **known})
        count("SendsNotRecorded")
