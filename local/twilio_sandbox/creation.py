"""Creating a message: which parameters Twilio accepts, and the message that they make.

Vendor page: https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from werkzeug.datastructures import MultiDict

from local.twilio_sandbox.errors import TwilioError
from local.twilio_sandbox.message import Message
from local.twilio_sandbox.numbers import check_recipient, check_sender
from local.twilio_sandbox.parameters import check_values, is_json_object

MAX_BODY = 1600
MAX_MEDIA = 10
MIN_SCHEDULE = timedelta(minutes=5)
MAX_SCHEDULE = timedelta(days=35)
_SERVICE_SID = re.compile(r"MG[0-9a-fA-F]{32}")
_CONTENT_SID = re.compile(r"HX[0-9a-fA-F]{32}")

Form = MultiDict[str, str]


def create_message(form: Form, *, sid: str, account_sid: str, now: datetime, opted_out: Collection[str]) -> Message:
    """Make the message that a create request asks for, in its initial status.

    Raises:
        TwilioError: 400 with Twilio's code for the first parameter found wrong.
    """
    _check_addresses(form, opted_out)
    _check_content(form)
    check_values(form)
    service = form.get("MessagingServiceSid") or None
    send_at = _send_at(form, now)
    status = "scheduled" if send_at else "accepted" if service else "queued"
    return Message(
        sid=sid,
        account_sid=account_sid,
        direction="outbound-api",
        to=form["To"],
        from_=form.get("From") or None,
        body=form.get("Body") or None,
        status=status,
        date_created=now,
        date_updated=now,
        messaging_service_sid=service,
        media_urls=tuple(form.getlist("MediaUrl")),
        send_at=send_at,
        status_callback=form.get("StatusCallback") or None,
    )


def is_mms(form: Form) -> bool:
    """Whether a create request makes an MMS, whose SID begins differently."""
    return bool(form.getlist("MediaUrl")) or form.get("SendAsMms", "").lower() == "true"


def _refuse(code: int, message: str) -> TwilioError:
    return TwilioError(400, code, message)


def _check_addresses(form: Form, opted_out: Collection[str]) -> None:
    to, sender, service = (form.get(name, "") for name in ("To", "From", "MessagingServiceSid"))
    if not to:
        raise _refuse(21604, "A 'To' phone number is required.")
    if not sender and not service:
        raise _refuse(21603, "A 'From' phone number is required.")
    check_recipient(to)
    if sender:
        check_sender(sender)
    if service and not _SERVICE_SID.fullmatch(service):
        raise _refuse(21701, "The Messaging Service does not exist")
    if to == sender:
        raise _refuse(21266, "'To' and 'From' number cannot be the same")
    if to in opted_out:
        raise _refuse(21610, "Attempt to send to unsubscribed recipient")
    if (callback := form.get("StatusCallback")) and not _is_url(callback):
        raise _refuse(21609, "The 'StatusCallback' URL is not a valid URL")


def _check_content(form: Form) -> None:
    body, media, content_sid = form.get("Body", ""), form.getlist("MediaUrl"), form.get("ContentSid", "")
    if not (body or media or content_sid):
        raise _refuse(21602, "Message body is required.")
    if len(body) > MAX_BODY:
        raise _refuse(21617, f"The concatenated message body exceeds the {MAX_BODY} character limit")
    if len(media) > MAX_MEDIA:
        raise _refuse(21623, "Number of media files exceeds allowed limit")
    if not all(map(_is_url, media)):
        raise _refuse(21620, "Invalid media URL(s)")
    if content_sid and not _CONTENT_SID.fullmatch(content_sid):
        raise _refuse(21655, "The ContentSid is Invalid")
    if not is_json_object(form.get("ContentVariables") or "{}"):
        raise _refuse(21656, "The ContentVariables Parameter is invalid")


def _send_at(form: Form, now: datetime) -> datetime | None:
    value, schedule_type = form.get("SendAt", ""), form.get("ScheduleType", "")
    # Without a messaging service Twilio drops the scheduling parameters and sends at once.
    if not form.get("MessagingServiceSid") or not (value or schedule_type):
        return None
    if not schedule_type:
        raise _refuse(20001, "ScheduleType is required with SendAt")
    if not value:
        raise _refuse(35111, "SendAt timestamp is missing")
    try:
        send_at = datetime.fromisoformat(value).replace(microsecond=0)
    except ValueError as error:
        raise _refuse(35114, "SendAt is not a valid timestamp") from error
    if send_at.tzinfo is None or not MIN_SCHEDULE <= send_at - now <= MAX_SCHEDULE:
        raise _refuse(35114, "SendAt is outside the supported scheduling window")
    return send_at


def _is_url(value: str) -> bool:
    parts = urlsplit(value)
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
