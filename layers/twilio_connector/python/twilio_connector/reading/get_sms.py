"""The action get_sms: one message by its SID."""

import re
from typing import Any

from twilio_connector.errors import InvalidInputError
from twilio_connector.invocation.inputs import Inputs
from twilio_connector.twilio.client import ClientOf
from twilio_connector.twilio.message import to_message

MESSAGE_SID = re.compile(r"(SM|MM)[0-9a-fA-F]{32}")


def get_sms(event: object, client_of: ClientOf) -> dict[str, Any]:
    """``{connection?, messageSid}`` -> ``{"data": message}``.

    Raises :class:`InvalidInputError`, :class:`TwilioNotFoundError` and the other errors of the client.
    """
    inputs = Inputs(event, ["messageSid"])
    sid = inputs.required("messageSid").strip()
    if not MESSAGE_SID.fullmatch(sid):
        raise InvalidInputError("messageSid must be SM or MM followed by 32 hexadecimal digits.")
    return {"data": to_message(client_of(inputs.connection).fetch_message(sid))}
