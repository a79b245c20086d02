"""Which addresses the sandbox accepts, and its magic numbers.

The numbers that are refused are those of Twilio's test credentials
(https://www.twilio.com/docs/iam/test-credentials#test-sms-messages). Those whose messages are accepted
and then fail are the sandbox's own choice among the numbers that Twilio leaves unassigned.
"""

from __future__ import annotations

import re

from local.twilio_sandbox.errors import TwilioError

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_CHANNEL = re.compile(r"[a-z]+:\S+")
_SHORT_CODE = re.compile(r"\d{3,8}")
_ALPHANUMERIC = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 &_.+-]{1,11}")

REFUSED_TO = {
    "+15005550001": (21211, "Invalid 'To' Phone Number"),
    "+15005550002": (21612, "Message cannot be sent with this combination of 'To' and 'From'"),
    "+15005550003": (21408, "Permission to send an SMS has not been enabled for this region"),
    "+15005550004": (21610, "Attempt to send to unsubscribed recipient"),
    "+15005550009": (21614, "'To' number is not a valid mobile number"),
}
REFUSED_FROM = {
    "+15005550001": (21212, "Invalid 'From' Phone Number"),
    "+15005550007": (21606, "The 'From' number is not a message-capable number of this account"),
    "+15005550008": (21611, "This 'From' number has exceeded its queue of messages"),
}
SERVICE_SENDER = "+15005550006"
"""The sender that every messaging service picks."""
UNDELIVERED_TO = "+15005550005"
FAILED_TO = "+15005550008"
FINAL_FAILURES = {
    UNDELIVERED_TO: ("undelivered", 30005, "Unknown destination handset"),
    FAILED_TO: ("failed", 30008, "Unknown error"),
}


def check_recipient(to: str) -> None:
    """Raise 400 for a recipient that is not an E.164 number or a channel address, or is a magic one."""
    if to in REFUSED_TO:
        raise TwilioError(400, *REFUSED_TO[to])
    if not (_E164.fullmatch(to) or _CHANNEL.fullmatch(to)):
        raise TwilioError(400, *REFUSED_TO["+15005550001"])


def check_sender(sender: str) -> None:
    """Raise 400 for a sender that is not of the four kinds, or is a magic one."""
    if sender in REFUSED_FROM:
        raise TwilioError(400, *REFUSED_FROM[sender])
    if not any(form.fullmatch(sender) for form in (_E164, _CHANNEL, _SHORT_CODE, _ALPHANUMERIC)):
        raise TwilioError(400, *REFUSED_FROM["+15005550001"])
