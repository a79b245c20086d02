"""Changing a message that exists: which changes Twilio accepts in which state of it.

Vendor pages: https://www.twilio.com/docs/messaging/api/message-resource#update-a-message-resource and
https://www.twilio.com/docs/api/errors/30409
"""

from __future__ import annotations

from dataclasses import replace

from werkzeug.datastructures import MultiDict

from local.twilio_sandbox.errors import TwilioError
from local.twilio_sandbox.message import UNFINISHED_STATUSES, Message

Form = MultiDict[str, str]


def check_update(form: Form) -> None:
    """Raise 400 for a status other than `canceled`, and for a new text: a text can only be removed."""
    if form.get("Status") not in (None, "", "canceled"):
        raise TwilioError(400, 20001, "Status is invalid")
    if form.get("Body"):
        raise TwilioError(400, 20001, "Body can only be set to an empty string")


def check_cancelable(message: Message) -> None:
    """Raise 400 30409 unless the message is still scheduled; one that is canceled already is not."""
    if message.status != "scheduled":
        raise TwilioError(400, 30409, "This message cannot be canceled")


def check_complete(message: Message) -> None:
    """Raise 409 20009 while the message is on its way: only a finished message can be redacted or deleted."""
    if message.status in UNFINISHED_STATUSES:
        raise TwilioError(409, 20009, "Cannot change or delete this resource before it is complete")


def redacted(message: Message) -> Message:
    """Return the message without its text; 409 20009 while it is on its way."""
    check_complete(message)
    return replace(message, body="")
