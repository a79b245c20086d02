"""What Twilio's webhooks say: of each kind one, with the page that documents it and what identifies its event.

Numbers and SIDs are made up. Every parameter here means something, but where *identified_by* names those which do.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.webhook_requests import ACCOUNT_SID

SID = "0123456789abcdef0123456789abcdef"
CALL = {
    "CallSid": f"CA{SID}",
    "AccountSid": ACCOUNT_SID,
    "From": "+15558675309",
    "To": "+15551234567",
    "CallStatus": "in-progress",
    "ApiVersion": "2010-04-01",
    "Direction": "inbound",
}
MESSAGE = {
    "MessageSid": f"SM{SID}",
    "SmsSid": f"SM{SID}",
    "AccountSid": ACCOUNT_SID,
    "From": "+15558675309",
    "To": "+15551234567",
    "ApiVersion": "2010-04-01",
}
RECORDING = {
    "RecordingSid": f"RE{SID}",
    "RecordingUrl": f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT_SID}/Recordings/RE{SID}",
    "RecordingDuration": "12",
}
CLOUD_EVENT = {
    "specversion": "1.0",
    "type": "com.twilio.messaging.message.delivered",
    "source": f"/v1/Accounts/{ACCOUNT_SID}/Messages/SM{SID}",
    "id": f"EZ{SID}",
    "datacontenttype": "application/json",
    "time": "2026-03-15T14:32:10.000Z",
    "data": {"messageSid": f"SM{SID}", "accountSid": ACCOUNT_SID, "messageStatus": "DELIVERED"},
}

DOCS = "https://www.twilio.com/docs"
VOICE = f"{DOCS}/usage/webhooks/voice-webhooks.md"
RECORD = "https://jp.twilio.com/docs/voice/twiml/record"
GATHER = "https://twilio.com/docs/voice/twiml/gather"
TRACKING = f"{DOCS}/messaging/guides/track-outbound-message-status.md"
CONVERSATIONS = f"{DOCS}/conversations/conversations-webhooks"


@dataclass(frozen=True)
class DocumentedWebhook:
    """One kind: the parameters of its *form*, or its JSON *document*; *page* documents it.

    *identified_by*: the parameters that alone identify it; None where all of them do.
    """

    page: str
    form: Mapping[str, str] | None = None
    document: Any = None
    identified_by: tuple[str, ...] | None = None


def _voice(page: str, **parameters: str) -> DocumentedWebhook:
    return DocumentedWebhook(page, {**CALL, **parameters})


WEBHOOKS = {
    "incoming call": _voice(VOICE, CallStatus="ringing", CallerName="A. Caller", ForwardedFrom="+15550001111"),
    "gathered digits": _voice(GATHER, Digits="1", FinishedOnKey="#", msg="Gather End"),
    "gathered speech": _voice(GATHER, SpeechResult="yes please", Confidence="0.9", Language="en-US"),
    "partial speech": _voice(
        GATHER, UnstableSpeechResult="yes ple", StableSpeechResult="yes", Stability="0.1", SequenceNumber="2"
    ),
    "recorded": _voice(RECORD, RecordingUrl=RECORDING["RecordingUrl"], RecordingDuration="12", Digits="hangup"),
    "transcribed": _voice(
        RECORD,
        TranscriptionSid=f"TR{SID}",
        TranscriptionText="Hello",
        TranscriptionStatus="completed",
        TranscriptionUrl=f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT_SID}/Transcriptions/TR{SID}",
        **RECORDING,
    ),
    "recording status": DocumentedWebhook(
        VOICE,
        {
            "AccountSid": ACCOUNT_SID,
            "CallSid": f"CA{SID}",
            "RecordingStatus": "completed",
            "RecordingChannels": "1",
            "RecordingStartTime": "Sun, 15 Mar 2026 14:32:10 +0000",
            "RecordingSource": "DialVerb",
            "RecordingTrack": "both",
            **RECORDING,
        },
    ),
    "dialled": _voice(
        "https://twilio.com/docs/api/twiml/queue",
        DialCallStatus="completed",
        DialCallSid=f"CA{SID[::-1]}",
        DialCallDuration="42",
        DialBridged="true",
    ),
    "left the queue": _voice(
        f"{DOCS}/voice/twiml/enqueue.md", QueueResult="bridged", QueueSid=f"QU{SID}", QueueTime="23"
    ),
    "waits in the queue": _voice(
        f"{DOCS}/voice/twiml/enqueue.md",
        QueueSid=f"QU{SID}",
        QueuePosition="2",
        QueueTime="5",
        AvgQueueTime="7",
        CurrentQueueSize="3",
        MaxQueueSize="100",
    ),
    "is taken out of the queue": _voice(
        "https://twilio.com/docs/api/twiml/queue", QueueSid=f"QU{SID}", QueueTime="23", DequeingCallSid=f"CA{SID[::-1]}"
    ),
    "conference": DocumentedWebhook(
        "https://twilio.com/en-us/changelog/participantcallstatus-and-reasonparticipantleft-attributes-added",
        {
            "ConferenceSid": f"CF{SID}",
            "FriendlyName": "stand-up",
            "AccountSid": ACCOUNT_SID,
            "SequenceNumber": "3",
            "Timestamp": "Sun, 15 Mar 2026 14:32:10 +0000",
            "StatusCallbackEvent": "participant-leave",
            "CallSid": f"CA{SID}",
            "Muted": "false",
            "Hold": "false",
            "ReasonParticipantLeft": "participant_hung_up",
            "ParticipantCallStatus": "completed",
        },
    ),
    "answering machine": DocumentedWebhook(
        f"{DOCS}/voice/answering-machine-detection",
        {
            "CallSid": f"CA{SID}",
            "AccountSid": ACCOUNT_SID,
            "AnsweredBy": "machine_start",
            "MachineDetectionDuration": "2300",
        },
    ),
    "end of a call": _voice(VOICE, CallStatus="completed", CallDuration="42", Duration="1"),
    "progress of a call": DocumentedWebhook(
        VOICE,
        {
            **CALL,
            "Direction": "outbound-api",
            "CallbackSource": "call-progress-events",
            "SequenceNumber": "1",
            "Timestamp": "Sun, 15 Mar 2026 14:32:10 +0000",
        },
        identified_by=("CallSid", "CallStatus"),
    ),
    "inbound message": DocumentedWebhook(
        f"{DOCS}/usage/webhooks/messaging-webhooks",
        {**MESSAGE, "SmsMessageSid": f"SM{SID}", "SmsStatus": "received", "Body": "Hi", "NumMedia": "0"},
        identified_by=("MessageSid",),
    ),
    "inbound media": DocumentedWebhook(
        f"{DOCS}/usage/webhooks/messaging-webhooks",
        {
            **MESSAGE,
            "MessageSid": f"MM{SID}",
            "SmsStatus": "received",
            "NumMedia": "1",
            "MediaUrl0": f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/MM{SID}/Media/ME{SID}",
            "MediaContentType0": "image/jpeg",
        },
        identified_by=("MessageSid",),
    ),
    "status of a message": DocumentedWebhook(
        TRACKING,
        {**MESSAGE, "MessageStatus": "delivered", "SmsStatus": "delivered", "RawDlrDoneDate": "2603151432"},
        identified_by=("MessageSid", "MessageStatus"),
    ),
    "message that was read": DocumentedWebhook(
        TRACKING,
        {
            **MESSAGE,
            "From": "whatsapp:+15558675309",
            "To": "whatsapp:+15551234567",
            "MessageStatus": "read",
            "SmsStatus": "read",
            "EventType": "READ",
            "ChannelInstallSid": f"XE{SID}",
            "ChannelPrefix": "whatsapp",
        },
        identified_by=("MessageSid", "MessageStatus"),
    ),
    "text sent in a call": DocumentedWebhook(
        "https://twilio.com/docs/api/twiml/sms",
        {**CALL, "SmsSid": f"SM{SID}", "SmsStatus": "sent"},
        identified_by=("SmsSid", "SmsStatus"),
    ),
    "debugger": DocumentedWebhook(
        "https://twilio.com/docs/usage/troubleshooting/debugging-event-webhooks",
        {
            "Sid": f"NO{SID}",
            "AccountSid": ACCOUNT_SID,
            "Timestamp": "2026-03-15T14:32:10.000Z",
            "Level": "Error",
            "PayloadType": "application/json",
            "Payload": '{"error_code": "11200"}',
        },
    ),
    "conversation": DocumentedWebhook(
        CONVERSATIONS,
        {
            "EventType": "onMessageAdded",
            "AccountSid": ACCOUNT_SID,
            "ConversationSid": f"CH{SID}",
            "MessageSid": f"IM{SID}",
            "ParticipantSid": f"MB{SID}",
            "Index": "28",
            "Author": "+15558675309",
            "Body": "STOP",
            "Source": "SMS",
            "Attributes": "{}",
            "DateCreated": "2026-03-15T14:32:10.000Z",
        },
    ),
    "conversation delivery": DocumentedWebhook(
        CONVERSATIONS,
        {
            "EventType": "onDeliveryUpdated",
            "AccountSid": ACCOUNT_SID,
            "ConversationSid": f"CH{SID}",
            "MessageSid": f"IM{SID}",
            "DeliveryReceiptSid": f"DY{SID}",
            "ChannelMessageSid": f"SM{SID}",
            "Status": "delivered",
            "ErrorCode": "0",
            "DateUpdated": "2026-03-15T14:32:10.000Z",
        },
    ),
    "verify": DocumentedWebhook(
        "https://twilio.com/docs/verify/api/webhooks",
        {
            "type": "challenge.approved",
            "uid": SID,
            "account_sid": ACCOUNT_SID,
            "service_sid": f"VA{SID}",
            "entity_sid": f"YE{SID}",
            "identity": "customer-42",
            "factor_sid": f"YF{SID}",
            "challenge_sid": f"YC{SID}",
        },
    ),
    "studio's form": DocumentedWebhook(
        f"{DOCS}/studio/widget-library/http-request.md", {"flow": f"FW{SID}", "choice": "1", "step": "ask"}
    ),
    "studio's document": DocumentedWebhook(
        f"{DOCS}/studio/widget-library/http-request.md",
        document={"flow": f"FW{SID}", "choice": 1, "tags": ["a", "b"], "more": {"vip": True, "note": None}},
    ),
    "event stream": DocumentedWebhook(
        f"{DOCS}/events/event-delivery-and-duplication", document=[CLOUD_EVENT], identified_by=("id",)
    ),
}
