"""The parameters of messaging webhooks.

Vendor pages: https://www.twilio.com/docs/messaging/guides/webhook-request and
https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
"""

from __future__ import annotations

from local.twilio_sandbox.message import API_VERSION, Message


def status_callback_params(message: Message) -> dict[str, str]:
    """Return the parameters that report a message's present status."""
    params = {
        "MessageSid": message.sid,
        "MessageStatus": message.status,
        "SmsSid": message.sid,
        "SmsStatus": message.status,
        "AccountSid": message.account_sid,
        "From": message.from_ or "",
        "To": message.to,
        "ApiVersion": API_VERSION,
    }
    if message.messaging_service_sid:
        params["MessagingServiceSid"] = message.messaging_service_sid
    if message.error_code is not None:
        params["ErrorCode"] = str(message.error_code)
    if message.status in {"delivered", "undelivered"}:
        params["RawDlrDoneDate"] = message.date_updated.strftime("%y%m%d%H%M")
    return params


def inbound_params(message: Message) -> dict[str, str]:
    """Return the parameters that report an inbound message."""
    params = {
        "MessageSid": message.sid,
        "SmsSid": message.sid,
        "SmsMessageSid": message.sid,
        "AccountSid": message.account_sid,
        "From": message.from_ or "",
        "To": message.to,
        "Body": message.body or "",
        "NumMedia": str(len(message.media)),
        "NumSegments": message.num_segments,
        "SmsStatus": message.status,
        "ApiVersion": API_VERSION,
    }
    for side in ("From", "To"):
        params |= {f"{side}City": "", f"{side}State": "", f"{side}Zip": "", f"{side}Country": "US"}
    for index, file in enumerate(message.media):
        # A URL of the public origin, whatever server answers for it here.
        url = f"https://api.twilio.com{message.path}/Media/{file.sid}"
        params |= {f"MediaUrl{index}": url, f"MediaContentType{index}": file.content_type}
    keyword = (message.body or "").strip().upper()
    if keyword in {"STOP", "START", "HELP"}:
        params["OptOutType"] = keyword
    return params
