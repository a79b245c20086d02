"""Sending one message, once per idempotency key.

Twilio's message creation has no idempotency key. So the state table remembers ours (:mod:`.records`), and where an
answer was lost, the account's messages are searched for what may have been sent (:mod:`.once`, :mod:`.search`).
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from twilio_connector.connections.store import ConnectionStore
from twilio_connector.errors import ConnectionConfigError
from twilio_connector.invocation.inputs import Inputs
from twilio_connector.invocation.observability import count, logger
from twilio_connector.limits.admission import NO_LIMITS, Limits
from twilio_connector.sending.inputs import SEND_INPUTS, as_written, idempotency_key, message_parameters
from twilio_connector.sending.once import SendOnce
from twilio_connector.sending.records import Send
from twilio_connector.sending.table import SendTable
from twilio_connector.settings import SendSettings
from twilio_connector.twilio.api import CONNECTION_OVERRIDES, Parameters
from twilio_connector.twilio.client import ClientOf, TwilioClient


@dataclass(frozen=True)
class Sender:
    """Sends messages, by several threads at once if need be. *client_of* gives the client of a connection by name.

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
        send = SendOnce(
            client,
            self.table,
            # Before the callback is added: the same request stays the same when the deployment's URL changes.
            Send.of(client.connection, key, parameters, as_written(inputs, parameters)),
            parameters,
            self.limits.admission(client.connection.name, dict(parameters)["To"]),
            partial(self._callback, client, parameters),
            self.search_seconds,
            self.settings.unknown_hold_seconds,
            self.clock,
            self.sleep,
        )
        message, outcome = send.make()
        count("Sends", outcome=outcome)
        return {"data": message}

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
