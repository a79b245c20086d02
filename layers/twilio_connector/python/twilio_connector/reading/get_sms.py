"""The action get_sms: one message by its SID."""

from typing import Any

from twilio_connector.invocation.inputs import Inputs
from twilio_connector.twilio.client import ClientOf
from twilio_connector.twilio.message import message_sid, to_message


def get_sms(event: object, client_of: ClientOf) -> dict[str, Any]:
    """``{connection?, messageSid}`` -> ``{"data": message}``.

    Raises :class:`InvalidInputError`, :class:`TwilioNotFoundError` and the other errors of the client.
    """
    inputs = Inputs(event, ["messageSid"])
    sid = message_sid(inputs.required("messageSid"))
    return {"data": to_message(client_of(inputs.connection).fetch_message(sid))}
