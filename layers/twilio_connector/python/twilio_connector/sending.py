"""Sending one message, once per idempotency key.

Twilio's message creation has no idempotency key, so the state table remembers ours: see :mod:`send_records`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from twilio_connector.client import Parameters, TwilioClient
from twilio_connector.connection_store import ConnectionStore
from twilio_connector.errors import (
    ConnectionConfigError,
    OutcomeUnknownError,
    ServiceUnavailableError,
    TwilioConnectorError,
    TwilioNotFoundError,
)
from twilio_connector.inputs import Inputs
from twilio_connector.messages import Message, to_message
from twilio_connector.observability import count, logger
from twilio_connector.send_inputs import NAMES, idempotency_key, message_parameters
from twilio_connector.send_records import Record, SendRecords, State, fingerprint
from twilio_connector.settings import SendSettings


@dataclass(frozen=True)
class Sender:
    """Sends messages. *client_of* gives the client of a connection by name."""

    client_of: Callable[[str], TwilioClient]
    connections: ConnectionStore
    records: SendRecords
    settings: SendSettings

    def send_sms(self, event: object, default_key: str) -> dict[str, Any]:
        """``{to, from, message, …}`` -> ``{"data": message}``; *default_key* is for inputs without idempotencyKey.

        The same key within 24 h returns the first message and sends nothing. Raises :class:`InvalidInputError` and
        :class:`ConnectionConfigError` before anything is sent, the ``Twilio…Error`` when it was certainly not sent, and
        :class:`OutcomeUnknownError` when it may have been.
        """
        inputs = Inputs(event, NAMES)
        key = idempotency_key(inputs, default_key)
        client = self.client_of(inputs.connection)
        parameters = message_parameters(inputs, client.connection.default_country)
        # Before the callback is added: the same request stays the same when the deployment's URL changes.
        wanted = fingerprint(parameters)
        name = client.connection.name
        record = self.records.claim(name, key, wanted, client.deadline.remaining(), self.settings.unknown_hold_seconds)
        if record.state == State.SENT:
            count("Sends", outcome="repeated")
            return {"data": _first_message(client, record.sid)}
        message = self._create(client, key, record, parameters)
        count("Sends", outcome="sent")
        return {"data": message}

    def _create(self, client: TwilioClient, key: str, record: Record, parameters: Parameters) -> Message:
        name = client.connection.name
        try:
            resource = client.create_message([*parameters, *self._callback(client, parameters)])
        except OutcomeUnknownError:
            count("Sends", outcome="unknown")
            with _recording():
                self.records.unknown(name, key, record)
            raise
        except TwilioConnectorError as exc:
            count("Sends", outcome=type(exc).__name__)
            with _recording():
                self.records.release(name, key, record)
            raise
        with _recording(sid=resource["sid"]):
            self.records.sent(name, key, record, resource["sid"])
        return to_message(resource)

    def _callback(self, client: TwilioClient, parameters: Parameters) -> Parameters:
        """The status callback to this stack's webhook, unless the input names one or the webhook cannot verify."""
        base = self.settings.status_callback_base_url.rstrip("/")
        if not base or any(name == "StatusCallback" for name, _ in parameters):
            return []
        try:
            verifiable = self.connections.auth_token(client.connection)
        except ConnectionConfigError as exc:
            logger.warning("The connection cannot receive status callbacks", extra={"reason": str(exc)})
            return []
        if not verifiable:
            return []
        return [("StatusCallback", f"{base}/webhook/{client.connection.name}")]


def _first_message(client: TwilioClient, sid: str) -> Message:
    """The message that was sent before; no more than its SID where it has been deleted since."""
    try:
        return to_message(client.fetch_message(sid))
    except TwilioNotFoundError:
        return to_message({"sid": sid})


@contextmanager
def _recording(**known: str) -> Iterator[None]:
    """Let the caller hear what became of the send even where it cannot be recorded; a failure is logged with *known*.

    A repeat with the same key then finds the outcome unknown.
    """
    try:
        yield
    except ServiceUnavailableError as exc:
        logger.error("The outcome of a send could not be recorded", extra={"reason": str(exc), **known})
        count("SendsNotRecorded")
