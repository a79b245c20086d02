"""Made of `events/schemas/` by `make kit`: the types of version 1 of the connector's events and functions."""

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

__all__ = [
    "EVENTS",
    "ConnectorEvent",
    "ConnectorProbeBody",
    "ConnectorProbeDetail",
    "ConnectorProbeEvent",
    "GetSmsInput",
    "GetSmsResult",
    "Headers",
    "ListMessagesInput",
    "ListMessagesResult",
    "Message",
    "MessageReceivedBody",
    "MessageReceivedDetail",
    "MessageReceivedEvent",
    "MessageSendFailedBody",
    "MessageSendFailedData",
    "MessageSendFailedDetail",
    "MessageSendFailedEvent",
    "MessageSentBody",
    "MessageSentData",
    "MessageSentDetail",
    "MessageSentEvent",
    "MessageStatusUpdatedBody",
    "MessageStatusUpdatedDetail",
    "MessageStatusUpdatedEvent",
    "NewAndUpdatedRecordsBody",
    "NewAndUpdatedRecordsData",
    "NewAndUpdatedRecordsDetail",
    "NewAndUpdatedRecordsEvent",
    "NewerEvent",
    "Parameters",
    "PicklistEntry",
    "PollInput",
    "PollResult",
    "RawRequestInput",
    "RawRequestResult",
    "RecipientOptedInBody",
    "RecipientOptedInData",
    "RecipientOptedInDetail",
    "RecipientOptedInEvent",
    "RecipientOptedOutBody",
    "RecipientOptedOutData",
    "RecipientOptedOutDetail",
    "RecipientOptedOutEvent",
    "ReconcileInput",
    "ReconcileResult",
    "SelectMessageInput",
    "SelectMessageResult",
    "SendFailure",
    "SendSmsInput",
    "SendSmsResult",
    "UpdateMessageInput",
    "UpdateMessageResult",
    "WebhookReceivedBody",
    "WebhookReceivedDetail",
    "WebhookReceivedEvent",
]


# The request's headers, in lower case; what proves who sent it is left out.
Headers: TypeAlias = dict[str, str]


# Twilio's parameters, by its own names. One that came more than once is a list.
Parameters: TypeAlias = dict[str, str | list[str]]


class ConnectorProbeBody(TypedDict):
    data: Parameters


# A check of the way from the webhook's URL to the bus, made by `make doctor`; `id` is its nonce. Nothing to act on.
class ConnectorProbeDetail(TypedDict):
    id: str
    headers: Headers
    query: Parameters
    body: ConnectorProbeBody
    connection: str
    accountSid: str
    receivedAt: str


# A check of the way from the webhook's URL to the bus, made by `make doctor`; `id` is its nonce. Nothing to act on.
ConnectorProbeEvent = TypedDict(
    "ConnectorProbeEvent",
    {
        "source": Literal["twilio.connector"],
        "detail-type": Literal["Connector Probe"],
        "detail": ConnectorProbeDetail,
        # EventBridge's own; what to deduplicate by is the detail's.
        "id": NotRequired[str],
        "version": NotRequired[str],
        # The AWS account.
        "account": NotRequired[str],
        # When it was published, to the second.
        "time": NotRequired[str],
        "region": NotRequired[str],
        "resources": NotRequired[list[str]],
        # Of an archive's replay, where it comes from one.
        "replay-name": NotRequired[str],
    },
)


class MessageReceivedBody(TypedDict):
    data: Parameters


# An inbound message. `id` is its SID, or a hash of the request where Twilio names none.
class MessageReceivedDetail(TypedDict):
    id: str
    headers: Headers
    query: Parameters
    body: MessageReceivedBody
    connection: str
    accountSid: str
    receivedAt: str


# An inbound message. `id` is its SID, or a hash of the request where Twilio names none.
MessageReceivedEvent = TypedDict(
    "MessageReceivedEvent",
    {
        "source": Literal["twilio.connector"],
        "detail-type": Literal["Message Received"],
        "detail": MessageReceivedDetail,
        # EventBridge's own; what to deduplicate by is the detail's.
        "id": NotRequired[str],
        "version": NotRequired[str],
        # The AWS account.
        "account": NotRequired[str],
        # When it was published, to the second.
        "time": NotRequired[str],
        "region": NotRequired[str],
        "resources": NotRequired[list[str]],
        # Of an archive's replay, where it comes from one.
        "replay-name": NotRequired[str],
    },
)


# Why: the error as a direct caller would have seen it.
class SendFailure(TypedDict):
    type: str
    code: int | None
    status: int | None
    message: str


class MessageSendFailedData(TypedDict):
    # What was in the queue; null where it cannot be read or is too large for an event.
    input: Any
    # Why: the error as a direct caller would have seen it.
    error: SendFailure


class MessageSendFailedBody(TypedDict):
    data: MessageSendFailedData


# An input of the send queue that can never be sent. `id` is its idempotency key.
class MessageSendFailedDetail(TypedDict):
    id: str
    body: MessageSendFailedBody
    # As the input names it.
    connection: str
    # Null where the input names no connection that exists.
    accountSid: str | None
    receivedAt: str


# An input of the send queue that can never be sent. `id` is its idempotency key.
MessageSendFailedEvent = TypedDict(
    "MessageSendFailedEvent",
    {
        "source": Literal["twilio.connector"],
        "detail-type": Literal["Message Send Failed"],
        "detail": MessageSendFailedDetail,
        # EventBridge's own; what to deduplicate by is the detail's.
        "id": NotRequired[str],
        "version": NotRequired[str],
        # The AWS account.
        "account": NotRequired[str],
        # When it was published, to the second.
        "time": NotRequired[str],
        "region": NotRequired[str],
        "resources": NotRequired[list[str]],
        # Of an archive's replay, where it comes from one.
        "replay-name": NotRequired[str],
    },
)


# Twilio's Message resource in camelCase: exactly these keys.
Message = TypedDict(
    "Message",
    {
        "body": str | None,
        "numSegments": str | None,
        "direction": str | None,
        "from": str | None,
        "to": str | None,
        "dateUpdated": str | None,
        "price": str | None,
        "errorMessage": str | None,
        "uri": str | None,
        "accountSid": str | None,
        "numMedia": str | None,
        "status": str | None,
        "messagingServiceSid": str | None,
        "sid": str,
        "dateSent": str | None,
        "dateCreated": str | None,
        "errorCode": int | None,
        "priceUnit": str | None,
        "apiVersion": str | None,
        "subresourceUris": dict[str, Any] | None,
    },
)


class MessageSentData(TypedDict):
    # Null where it is too large for an event.
    input: dict[str, Any] | None
    message: Message


class MessageSentBody(TypedDict):
    data: MessageSentData


# A message of the send queue that Twilio accepted. `id` is its idempotency key.
class MessageSentDetail(TypedDict):
    id: str
    body: MessageSentBody
    connection: str
    accountSid: str
    receivedAt: str


# A message of the send queue that Twilio accepted. `id` is its idempotency key.
MessageSentEvent = TypedDict(
    "MessageSentEvent",
    {
        "source": Literal["twilio.connector"],
        "detail-type": Literal["Message Sent"],
        "detail": MessageSentDetail,
        # EventBridge's own; what to deduplicate by is the detail's.
        "id": NotRequired[str],
        "version": NotRequired[str],
        # The AWS account.
        "account": NotRequired[str],
        # When it was published, to the second.
        "time": NotRequired[str],
        "region": NotRequired[str],
        "resources": NotRequired[list[str]],
        # Of an archive's replay, where it comes from one.
        "replay-name": NotRequired[str],
    },
)


class MessageStatusUpdatedBody(TypedDict):
    data: Parameters


# A status callback, or a status that none brought. `id` is <sid>:<status>, with a hash of the request where Twilio
# names no SID.
class MessageStatusUpdatedDetail(TypedDict):
    id: str
    # How far along the status is; null for one that is not known. Replace what is known of a message on a higher rank,
    # or on the same one with a later `receivedAt`.
    statusRank: Literal[None, 0, 1, 2, 3, 4]
    # Who told of it.
    origin: Literal["webhook", "reconciliation"]
    headers: Headers
    query: Parameters
    body: MessageStatusUpdatedBody
    connection: str
    accountSid: str
    receivedAt: str


# A status callback, or a status that none brought. `id` is <sid>:<status>, with a hash of the request where Twilio
# names no SID.
MessageStatusUpdatedEvent = TypedDict(
    "MessageStatusUpdatedEvent",
    {
        "source": Literal["twilio.connector"],
        "detail-type": Literal["Message Status Updated"],
        "detail": MessageStatusUpdatedDetail,
        # EventBridge's own; what to deduplicate by is the detail's.
        "id": NotRequired[str],
        "version": NotRequired[str],
        # The AWS account.
        "account": NotRequired[str],
        # When it was published, to the second.
        "time": NotRequired[str],
        "region": NotRequired[str],
        "resources": NotRequired[list[str]],
        # Of an archive's replay, where it comes from one.
        "replay-name": NotRequired[str],
    },
)


class NewAndUpdatedRecordsData(TypedDict):
    created: list[Message]
    updated: list[Any]


class NewAndUpdatedRecordsBody(TypedDict):
    data: NewAndUpdatedRecordsData


# Messages that a poll found.
class NewAndUpdatedRecordsDetail(TypedDict):
    body: NewAndUpdatedRecordsBody
    # A hash of the SIDs of its messages. An event that waited undelivered during an upgrade may have none.
    id: NotRequired[str]
    polledNoChanges: Literal[False]
    connection: str
    accountSid: str
    receivedAt: str


# Messages that a poll found.
NewAndUpdatedRecordsEvent = TypedDict(
    "NewAndUpdatedRecordsEvent",
    {
        "source": Literal["twilio.connector"],
        "detail-type": Literal["New and Updated Records"],
        "detail": NewAndUpdatedRecordsDetail,
        # EventBridge's own; what to deduplicate by is the detail's.
        "id": NotRequired[str],
        "version": NotRequired[str],
        # The AWS account.
        "account": NotRequired[str],
        # When it was published, to the second.
        "time": NotRequired[str],
        "region": NotRequired[str],
        "resources": NotRequired[list[str]],
        # Of an archive's replay, where it comes from one.
        "replay-name": NotRequired[str],
    },
)


class RecipientOptedInData(TypedDict):
    # Whose wish it is.
    recipient: str
    # The number or address of yours that it is about; null where the messaging service chooses it.
    sender: str | None
    messagingServiceSid: str | None
    # What told of it: a message, or Twilio's refusal of one.
    reason: Literal["keyword"]
    # True where Twilio does not say so, but the text is one of its default keywords.
    inferred: bool
    # The message that told of it.
    messageSid: str | None


class RecipientOptedInBody(TypedDict):
    data: RecipientOptedInData


# A recipient who had opted out wants messages again.
class RecipientOptedInDetail(TypedDict):
    # optout:<messageSid>, or a hash of recipient, sender and UTC day.
    id: str
    body: RecipientOptedInBody
    connection: str
    accountSid: str
    receivedAt: str


# A recipient who had opted out wants messages again.
RecipientOptedInEvent = TypedDict(
    "RecipientOptedInEvent",
    {
        "source": Literal["twilio.connector"],
        "detail-type": Literal["Recipient Opted In"],
        "detail": RecipientOptedInDetail,
        # EventBridge's own; what to deduplicate by is the detail's.
        "id": NotRequired[str],
        "version": NotRequired[str],
        # The AWS account.
        "account": NotRequired[str],
        # When it was published, to the second.
        "time": NotRequired[str],
        "region": NotRequired[str],
        "resources": NotRequired[list[str]],
        # Of an archive's replay, where it comes from one.
        "replay-name": NotRequired[str],
    },
)


class RecipientOptedOutData(TypedDict):
    # Whose wish it is.
    recipient: str
    # The number or address of yours that it is about; null where the messaging service chooses it.
    sender: str | None
    messagingServiceSid: str | None
    # What told of it: a message, or Twilio's refusal of one.
    reason: Literal["keyword", "21610"]
    # True where Twilio does not say so, but the text is one of its default keywords.
    inferred: bool
    # The message that told of it.
    messageSid: str | None


class RecipientOptedOutBody(TypedDict):
    data: RecipientOptedOutData


# A recipient wants no messages any more: from this sender, or from the messaging service.
class RecipientOptedOutDetail(TypedDict):
    # optout:<messageSid>, or a hash of recipient, sender and UTC day.
    id: str
    body: RecipientOptedOutBody
    connection: str
    accountSid: str
    receivedAt: str


# A recipient wants no messages any more: from this sender, or from the messaging service.
RecipientOptedOutEvent = TypedDict(
    "RecipientOptedOutEvent",
    {
        "source": Literal["twilio.connector"],
        "detail-type": Literal["Recipient Opted Out"],
        "detail": RecipientOptedOutDetail,
        # EventBridge's own; what to deduplicate by is the detail's.
        "id": NotRequired[str],
        "version": NotRequired[str],
        # The AWS account.
        "account": NotRequired[str],
        # When it was published, to the second.
        "time": NotRequired[str],
        "region": NotRequired[str],
        "resources": NotRequired[list[str]],
        # Of an archive's replay, where it comes from one.
        "replay-name": NotRequired[str],
    },
)


class WebhookReceivedBody(TypedDict):
    data: Any


# Any other verified webhook: parameters of a form, or parsed JSON. `id` is that of a CloudEvent, <CallSid>:<CallStatus>
# of a call's progress, else a hash of the request.
class WebhookReceivedDetail(TypedDict):
    id: str
    headers: Headers
    query: Parameters
    body: WebhookReceivedBody
    connection: str
    accountSid: str
    receivedAt: str


# Any other verified webhook: parameters of a form, or parsed JSON. `id` is that of a CloudEvent, <CallSid>:<CallStatus>
# of a call's progress, else a hash of the request.
WebhookReceivedEvent = TypedDict(
    "WebhookReceivedEvent",
    {
        "source": Literal["twilio.connector"],
        "detail-type": Literal["Webhook Received"],
        "detail": WebhookReceivedDetail,
        # EventBridge's own; what to deduplicate by is the detail's.
        "id": NotRequired[str],
        "version": NotRequired[str],
        # The AWS account.
        "account": NotRequired[str],
        # When it was published, to the second.
        "time": NotRequired[str],
        "region": NotRequired[str],
        "resources": NotRequired[list[str]],
        # Of an archive's replay, where it comes from one.
        "replay-name": NotRequired[str],
    },
)


# Which message GetSmsFunction shall read.
class GetSmsInput(TypedDict):
    # SM… or MM…
    messageSid: str
    # Which Twilio account; `default` without it.
    connection: NotRequired[str]


# Which messages ListMessagesFunction shall list.
ListMessagesInput = TypedDict(
    "ListMessagesInput",
    {
        # Of this sender alone.
        "from": NotRequired[str],
        # To this recipient alone.
        "to": NotRequired[str],
        # ISO 8601, included.
        "dateSentAfter": NotRequired[str],
        # ISO 8601, included.
        "dateSentBefore": NotRequired[str],
        # 1,000 without it.
        "limit": NotRequired[int],
        # The `nextPageToken` of the call before, with the same filters.
        "pageToken": NotRequired[str],
        # Which Twilio account; `default` without it.
        "connection": NotRequired[str],
    },
)


# Which messages PollFunction shall publish.
PollInput = TypedDict(
    "PollInput",
    {
        # Of this sender alone.
        "from": NotRequired[str],
        # To this recipient alone.
        "to": NotRequired[str],
        "showNewRecords": NotRequired[bool],
        # Changes nothing: polls see no updates.
        "showUpdatedRecords": NotRequired[bool],
        # ISO 8601, for a cursor's first poll alone.
        "since": NotRequired[str],
        # Which Twilio account; `default` without it.
        "connection": NotRequired[str],
    },
)


# What RawRequestFunction shall ask Twilio. What holds keys and values is an object, or a list of `{"key", "value"}`.
class RawRequestInput(TypedDict):
    # A path of the connection's API, or a URL of one of Twilio's API hosts.
    url: str
    # `GET` without it.
    method: NotRequired[Literal["DELETE", "GET", "HEAD", "LINK", "OPTIONS", "PATCH", "POST", "PURGE", "PUT", "UNLINK"]]
    # The body.
    data: NotRequired[Any]
    # The fields of a multipart body.
    formData: NotRequired[dict[str, Any] | list[Any]]
    # The files of a multipart body.
    fileData: NotRequired[dict[str, Any] | list[Any]]
    # Names of these files by their keys.
    fileDataFileNames: NotRequired[dict[str, Any] | list[Any]]
    # Also a list of lines.
    headers: NotRequired[dict[str, Any] | list[Any]]
    # Appended to the query of `url`.
    queryParams: NotRequired[dict[str, Any] | list[Any]]
    # `json` without it.
    responseType: NotRequired[Literal["json", "text", "binary"]]
    # Milliseconds for everything.
    timeout: NotRequired[int]
    # How often a failure is repeated.
    maxRetries: NotRequired[int]
    retryDelayMS: NotRequired[int]
    # May text or call twice.
    retryAllErrors: NotRequired[bool]
    useExponentialBackoff: NotRequired[bool]
    # Which Twilio account; `default` without it.
    connection: NotRequired[str]


# Which statuses ReconcileFunction shall look for.
ReconcileInput = TypedDict(
    "ReconcileInput",
    {
        # Of this sender alone.
        "from": NotRequired[str],
        # To this recipient alone.
        "to": NotRequired[str],
        # 48 without it.
        "lookBackHours": NotRequired[int],
        # ISO 8601, for a cursor's first run alone.
        "since": NotRequired[str],
        # Which Twilio account; `default` without it.
        "connection": NotRequired[str],
    },
)


# What SelectMessageFunction shall offer.
class SelectMessageInput(TypedDict):
    # 100 without it.
    limit: NotRequired[int]
    # What text, recipient or sender has to hold.
    search: NotRequired[str]
    # Which Twilio account; `default` without it.
    connection: NotRequired[str]


# One text, for SendSmsFunction or as a message of the send queue.
SendSmsInput = TypedDict(
    "SendSmsInput",
    {
        # A phone number, or the address of a channel (`whatsapp:+…`).
        "to": str,
        # The sender: this, `messagingServiceSid` or both.
        "from": NotRequired[str],
        # MG…: the service chooses the sender.
        "messagingServiceSid": NotRequired[str],
        # The text: this, `mediaUrl` or both; or `contentSid`.
        "message": NotRequired[str],
        # What Twilio fetches and attaches.
        "mediaUrl": NotRequired[str | list[str]],
        # HX…: a template.
        "contentSid": NotRequired[str],
        # The template's variables, or their JSON.
        "contentVariables": NotRequired[dict[str, Any] | str],
        # ISO 8601: when Twilio shall send it; needs `messagingServiceSid`.
        "sendAt": NotRequired[str],
        # Seconds that Twilio may hold it back.
        "validityPeriod": NotRequired[int],
        # A URL in place of the stack's webhook.
        "statusCallback": NotRequired[str],
        # A repeat under the same key within 24 hours sends nothing.
        "idempotencyKey": NotRequired[str],
        # AP…: a TwiML application that hears of the status.
        "applicationSid": NotRequired[str],
        # Which attempt of yours this is.
        "attempt": NotRequired[int],
        # Whether you will tell Twilio that it arrived.
        "provideFeedback": NotRequired[bool],
        "riskCheck": NotRequired[Literal["enable", "disable"]],
        # What the text is for.
        "messageIntent": NotRequired[str],
        "trafficType": NotRequired[Literal["free"]],
        # At most ten texts by their names, or their JSON.
        "tags": NotRequired[dict[str, str] | str],
        # Replaces characters that make a text longer.
        "smartEncoded": NotRequired[bool],
        # Needs `messagingServiceSid`.
        "shortenUrls": NotRequired[bool],
        "sendAsMms": NotRequired[bool],
        "contentRetention": NotRequired[Literal["retain", "discard"]],
        "addressRetention": NotRequired[Literal["retain", "obfuscate"]],
        # Rich actions of other channels.
        "persistentAction": NotRequired[str | list[str]],
        # The sender where RCS does not reach; needs `messagingServiceSid`.
        "fallbackFrom": NotRequired[str],
        # Which Twilio account; `default` without it.
        "connection": NotRequired[str],
    },
)


# What UpdateMessageFunction shall do to which message.
class UpdateMessageInput(TypedDict):
    # SM… or MM…
    messageSid: str
    action: Literal["cancel", "redact", "delete"]
    # Which Twilio account; `default` without it.
    connection: NotRequired[str]


# The message, as Twilio has it then.
class GetSmsResult(TypedDict):
    data: Message


# Messages, newest first.
class ListMessagesResult(TypedDict):
    data: list[Message]
    # To go on with; null at the end.
    nextPageToken: str | None


# What a poll has published.
class PollResult(TypedDict):
    # Whether there was nothing to publish.
    polledNoChanges: bool
    # How many were published.
    published: int
    # In how many events.
    events: int
    # Whether something is left for the next run.
    truncated: bool
    # Until when everything is published; null where there is none yet.
    cursor: str | None
    # Whether another run was at work.
    skipped: bool


# Twilio's answer, 2xx or a redirect.
class RawRequestResult(TypedDict):
    # Parsed JSON, a text, or base64.
    data: Any
    status: int
    # By names in lower case.
    headers: dict[str, str]
    # Where `data` is base64.
    isBase64Encoded: NotRequired[Literal[True]]


# What a reconciliation has published.
class ReconcileResult(TypedDict):
    # How many were published.
    published: int
    # In how many events.
    events: int
    # Whether something is left for the next run.
    truncated: bool
    # Until when everything is published; null where there is none yet.
    cursor: str | None
    # Whether another run was at work.
    skipped: bool


# What to show, and the SID of the message that it stands for.
class PicklistEntry(TypedDict):
    label: str
    key: str


# Messages to choose from, newest first.
class SelectMessageResult(TypedDict):
    result: list[PicklistEntry]


# The message, as Twilio has it then.
class SendSmsResult(TypedDict):
    data: Message


# The message, as Twilio has it then.
class UpdateMessageResult(TypedDict):
    data: Message


# Of a detail-type that this version does not know. At run time it holds what the connector wrote. Type checkers see
# this placeholder, which differs from all other detail-types. Do not compare anything with it.
NewerEvent = TypedDict(
    "NewerEvent",
    {
        "source": Literal["twilio.connector"],
        "detail-type": Literal["(of a newer connector)"],
        "detail": dict[str, Any],
        # EventBridge's own; what to deduplicate by is the detail's.
        "id": NotRequired[str],
        "version": NotRequired[str],
        # The AWS account.
        "account": NotRequired[str],
        # When it was published, to the second.
        "time": NotRequired[str],
        "region": NotRequired[str],
        "resources": NotRequired[list[str]],
        # Of an archive's replay, where it comes from one.
        "replay-name": NotRequired[str],
    },
)


ConnectorEvent: TypeAlias = (
    ConnectorProbeEvent
    | MessageReceivedEvent
    | MessageSendFailedEvent
    | MessageSentEvent
    | MessageStatusUpdatedEvent
    | NewAndUpdatedRecordsEvent
    | RecipientOptedInEvent
    | RecipientOptedOutEvent
    | WebhookReceivedEvent
    | NewerEvent
)

EVENTS: dict[str, type] = {
    "Connector Probe": ConnectorProbeEvent,
    "Message Received": MessageReceivedEvent,
    "Message Send Failed": MessageSendFailedEvent,
    "Message Sent": MessageSentEvent,
    "Message Status Updated": MessageStatusUpdatedEvent,
    "New and Updated Records": NewAndUpdatedRecordsEvent,
    "Recipient Opted In": RecipientOptedInEvent,
    "Recipient Opted Out": RecipientOptedOutEvent,
    "Webhook Received": WebhookReceivedEvent,
}
