"""Opt-outs that Twilio reports by refusing a message (21610): events in addition to the send's outcome."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from twilio_connector.bus.event import Event
from twilio_connector.bus.opt_outs import OPTED_OUT, REFUSED, OptOut, opt_out_event
from twilio_connector.bus.outbox import Outbox
from twilio_connector.connections.store import ConnectionStore
from twilio_connector.errors import TwilioConnectorError, TwilioOptedOutError
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.invocation.entrypoint import as_connector_error
from twilio_connector.invocation.inputs import Inputs
from twilio_connector.sending.inputs import SEND_INPUTS, message_parameters


def opt_out_events(connections: ConnectionStore, given: Any, exc: TwilioConnectorError) -> list[Event]:
    """One event where *exc*, which the send of the input *given* ended with, is an opt-out, else none.

    Raises nothing: what becomes of the send does not depend on it.
    """
    if not isinstance(exc, TwilioOptedOutError):
        return []
    try:
        return [_event(connections, given)]
    except Exception as failure:  # Logged; the caller has to hear of the opt-out itself.
        as_connector_error(failure)
        return []


def tell_opt_out(
    connections: ConnectionStore,
    outbox: Callable[[], Outbox],
    given: Any,
    exc: TwilioOptedOutError,
    *,
    publish_by: Deadline,
    keep_by: Deadline,
) -> None:
    """Publish what *exc* says about the recipient of *given*, a direct caller's input. Raises nothing, either."""
    try:
        events = opt_out_events(connections, given, exc)
        outbox().store([], beside=events, publish_by=publish_by, keep_by=keep_by)
    except Exception as failure:  # As above.
        as_connector_error(failure)


def _event(connections: ConnectionStore, given: Any) -> Event:
    inputs = Inputs(given, SEND_INPUTS)
    connection = connections.get(inputs.connection)
    parameters = dict(message_parameters(inputs, connection.default_country))
    opt_out = OptOut(
        recipient=parameters["To"],
        sender=parameters.get("From"),
        messaging_service_sid=parameters.get("MessagingServiceSid"),
        reason=REFUSED,
    )
    return opt_out_event(OPTED_OUT, connection.name, connection.account_sid, opt_out, datetime.now(UTC))
