// Made of `events/schemas/` by `make kit`: the types of version 1 of the connector's events and functions.

/** The request's headers, in lower case; what proves who sent it is left out. */
export type Headers = Record<string, string>;

/** Twilio's parameters, by its own names. One that came more than once is a list. */
export type Parameters = Record<string, string | Array<string>>;

export interface ConnectorProbeBody {
  data: Parameters;
}

/** A check of the way from the webhook's URL to the bus, made by `make doctor`; `id` is its nonce. Nothing to act on. */
export interface ConnectorProbeDetail {
  id: string;
  headers: Headers;
  query: Parameters;
  body: ConnectorProbeBody;
  connection: string;
  accountSid: string;
  receivedAt: string;
}

/** A check of the way from the webhook's URL to the bus, made by `make doctor`; `id` is its nonce. Nothing to act on. */
export interface ConnectorProbeEvent {
  source: "twilio.connector";
  "detail-type": "Connector Probe";
  detail: ConnectorProbeDetail;
  /** EventBridge's own; what to deduplicate by is the detail's. */
  id?: string;
  version?: string;
  /** The AWS account. */
  account?: string;
  /** When it was published, to the second. */
  time?: string;
  region?: string;
  resources?: Array<string>;
  /** Of an archive's replay, where it comes from one. */
  "replay-name"?: string;
}

export interface MessageReceivedBody {
  data: Parameters;
}

/** An inbound message. `id` is its SID, or a hash of the request where Twilio names none. */
export interface MessageReceivedDetail {
  id: string;
  headers: Headers;
  query: Parameters;
  body: MessageReceivedBody;
  connection: string;
  accountSid: string;
  receivedAt: string;
}

/** An inbound message. `id` is its SID, or a hash of the request where Twilio names none. */
export interface MessageReceivedEvent {
  source: "twilio.connector";
  "detail-type": "Message Received";
  detail: MessageReceivedDetail;
  /** EventBridge's own; what to deduplicate by is the detail's. */
  id?: string;
  version?: string;
  /** The AWS account. */
  account?: string;
  /** When it was published, to the second. */
  time?: string;
  region?: string;
  resources?: Array<string>;
  /** Of an archive's replay, where it comes from one. */
  "replay-name"?: string;
}

/** Why: the error as a direct caller would have seen it. */
export interface SendFailure {
  type: string;
  code: number | null;
  status: number | null;
  message: string;
}

export interface MessageSendFailedData {
  /** What was in the queue; null where it cannot be read or is too large for an event. */
  input: unknown;
  /** Why: the error as a direct caller would have seen it. */
  error: SendFailure;
}

export interface MessageSendFailedBody {
  data: MessageSendFailedData;
}

/** An input of the send queue that can never be sent. `id` is its idempotency key. */
export interface MessageSendFailedDetail {
  id: string;
  body: MessageSendFailedBody;
  /** As the input names it. */
  connection: string;
  /** Null where the input names no connection that exists. */
  accountSid: string | null;
  receivedAt: string;
}

/** An input of the send queue that can never be sent. `id` is its idempotency key. */
export interface MessageSendFailedEvent {
  source: "twilio.connector";
  "detail-type": "Message Send Failed";
  detail: MessageSendFailedDetail;
  /** EventBridge's own; what to deduplicate by is the detail's. */
  id?: string;
  version?: string;
  /** The AWS account. */
  account?: string;
  /** When it was published, to the second. */
  time?: string;
  region?: string;
  resources?: Array<string>;
  /** Of an archive's replay, where it comes from one. */
  "replay-name"?: string;
}

/** Twilio's Message resource in camelCase: exactly these keys. */
export interface Message {
  body: string | null;
  numSegments: string | null;
  direction: string | null;
  from: string | null;
  to: string | null;
  dateUpdated: string | null;
  price: string | null;
  errorMessage: string | null;
  uri: string | null;
  accountSid: string | null;
  numMedia: string | null;
  status: string | null;
  messagingServiceSid: string | null;
  sid: string;
  dateSent: string | null;
  dateCreated: string | null;
  errorCode: number | null;
  priceUnit: string | null;
  apiVersion: string | null;
  subresourceUris: Record<string, unknown> | null;
}

export interface MessageSentData {
  /** Null where it is too large for an event. */
  input: Record<string, unknown> | null;
  message: Message;
}

export interface MessageSentBody {
  data: MessageSentData;
}

/** A message of the send queue that Twilio accepted. `id` is its idempotency key. */
export interface MessageSentDetail {
  id: string;
  body: MessageSentBody;
  connection: string;
  accountSid: string;
  receivedAt: string;
}

/** A message of the send queue that Twilio accepted. `id` is its idempotency key. */
export interface MessageSentEvent {
  source: "twilio.connector";
  "detail-type": "Message Sent";
  detail: MessageSentDetail;
  /** EventBridge's own; what to deduplicate by is the detail's. */
  id?: string;
  version?: string;
  /** The AWS account. */
  account?: string;
  /** When it was published, to the second. */
  time?: string;
  region?: string;
  resources?: Array<string>;
  /** Of an archive's replay, where it comes from one. */
  "replay-name"?: string;
}

export interface MessageStatusUpdatedBody {
  data: Parameters;
}

/** A status callback, or a status that none brought. `id` is <sid>:<status>, with a hash of the request where Twilio names no SID. */
export interface MessageStatusUpdatedDetail {
  id: string;
  /** How far along the status is; null for one that is not known. Replace what is known of a message on a higher rank, or on the same one with a later `receivedAt`. */
  statusRank: null | 0 | 1 | 2 | 3 | 4;
  /** Who told of it. */
  origin: "webhook" | "reconciliation";
  headers: Headers;
  query: Parameters;
  body: MessageStatusUpdatedBody;
  connection: string;
  accountSid: string;
  receivedAt: string;
}

/** A status callback, or a status that none brought. `id` is <sid>:<status>, with a hash of the request where Twilio names no SID. */
export interface MessageStatusUpdatedEvent {
  source: "twilio.connector";
  "detail-type": "Message Status Updated";
  detail: MessageStatusUpdatedDetail;
  /** EventBridge's own; what to deduplicate by is the detail's. */
  id?: string;
  version?: string;
  /** The AWS account. */
  account?: string;
  /** When it was published, to the second. */
  time?: string;
  region?: string;
  resources?: Array<string>;
  /** Of an archive's replay, where it comes from one. */
  "replay-name"?: string;
}

export interface NewAndUpdatedRecordsData {
  created: Array<Message>;
  updated: Array<unknown>;
}

export interface NewAndUpdatedRecordsBody {
  data: NewAndUpdatedRecordsData;
}

/** Messages that a poll found. */
export interface NewAndUpdatedRecordsDetail {
  body: NewAndUpdatedRecordsBody;
  /** A hash of the SIDs of its messages. An event that waited undelivered during an upgrade may have none. */
  id?: string;
  polledNoChanges: false;
  connection: string;
  accountSid: string;
  receivedAt: string;
}

/** Messages that a poll found. */
export interface NewAndUpdatedRecordsEvent {
  source: "twilio.connector";
  "detail-type": "New and Updated Records";
  detail: NewAndUpdatedRecordsDetail;
  /** EventBridge's own; what to deduplicate by is the detail's. */
  id?: string;
  version?: string;
  /** The AWS account. */
  account?: string;
  /** When it was published, to the second. */
  time?: string;
  region?: string;
  resources?: Array<string>;
  /** Of an archive's replay, where it comes from one. */
  "replay-name"?: string;
}

export interface RecipientOptedInData {
  /** Whose wish it is. */
  recipient: string;
  /** The number or address of yours that it is about; null where the messaging service chooses it. */
  sender: string | null;
  messagingServiceSid: string | null;
  /** What told of it: a message, or Twilio's refusal of one. */
  reason: "keyword";
  /** True where Twilio does not say so, but the text is one of its default keywords. */
  inferred: boolean;
  /** The message that told of it. */
  messageSid: string | null;
}

export interface RecipientOptedInBody {
  data: RecipientOptedInData;
}

/** A recipient who had opted out wants messages again. */
export interface RecipientOptedInDetail {
  /** optout:<messageSid>, or a hash of recipient, sender and UTC day. */
  id: string;
  body: RecipientOptedInBody;
  connection: string;
  accountSid: string;
  receivedAt: string;
}

/** A recipient who had opted out wants messages again. */
export interface RecipientOptedInEvent {
  source: "twilio.connector";
  "detail-type": "Recipient Opted In";
  detail: RecipientOptedInDetail;
  /** EventBridge's own; what to deduplicate by is the detail's. */
  id?: string;
  version?: string;
  /** The AWS account. */
  account?: string;
  /** When it was published, to the second. */
  time?: string;
  region?: string;
  resources?: Array<string>;
  /** Of an archive's replay, where it comes from one. */
  "replay-name"?: string;
}

export interface RecipientOptedOutData {
  /** Whose wish it is. */
  recipient: string;
  /** The number or address of yours that it is about; null where the messaging service chooses it. */
  sender: string | null;
  messagingServiceSid: string | null;
  /** What told of it: a message, or Twilio's refusal of one. */
  reason: "keyword" | "21610";
  /** True where Twilio does not say so, but the text is one of its default keywords. */
  inferred: boolean;
  /** The message that told of it. */
  messageSid: string | null;
}

export interface RecipientOptedOutBody {
  data: RecipientOptedOutData;
}

/** A recipient wants no messages any more: from this sender, or from the messaging service. */
export interface RecipientOptedOutDetail {
  /** optout:<messageSid>, or a hash of recipient, sender and UTC day. */
  id: string;
  body: RecipientOptedOutBody;
  connection: string;
  accountSid: string;
  receivedAt: string;
}

/** A recipient wants no messages any more: from this sender, or from the messaging service. */
export interface RecipientOptedOutEvent {
  source: "twilio.connector";
  "detail-type": "Recipient Opted Out";
  detail: RecipientOptedOutDetail;
  /** EventBridge's own; what to deduplicate by is the detail's. */
  id?: string;
  version?: string;
  /** The AWS account. */
  account?: string;
  /** When it was published, to the second. */
  time?: string;
  region?: string;
  resources?: Array<string>;
  /** Of an archive's replay, where it comes from one. */
  "replay-name"?: string;
}

export interface WebhookReceivedBody {
  data: unknown;
}

/** Any other verified webhook: parameters of a form, or parsed JSON. `id` is that of a CloudEvent, <CallSid>:<CallStatus> of a call's progress, else a hash of the request. */
export interface WebhookReceivedDetail {
  id: string;
  headers: Headers;
  query: Parameters;
  body: WebhookReceivedBody;
  connection: string;
  accountSid: string;
  receivedAt: string;
}

/** Any other verified webhook: parameters of a form, or parsed JSON. `id` is that of a CloudEvent, <CallSid>:<CallStatus> of a call's progress, else a hash of the request. */
export interface WebhookReceivedEvent {
  source: "twilio.connector";
  "detail-type": "Webhook Received";
  detail: WebhookReceivedDetail;
  /** EventBridge's own; what to deduplicate by is the detail's. */
  id?: string;
  version?: string;
  /** The AWS account. */
  account?: string;
  /** When it was published, to the second. */
  time?: string;
  region?: string;
  resources?: Array<string>;
  /** Of an archive's replay, where it comes from one. */
  "replay-name"?: string;
}

/** Which message GetSmsFunction shall read. */
export interface GetSmsInput {
  /** SM… or MM… */
  messageSid: string;
  /** Which Twilio account; `default` without it. */
  connection?: string;
}

/** Which messages ListMessagesFunction shall list. */
export interface ListMessagesInput {
  /** Of this sender alone. */
  from?: string;
  /** To this recipient alone. */
  to?: string;
  /** ISO 8601, included. */
  dateSentAfter?: string;
  /** ISO 8601, included. */
  dateSentBefore?: string;
  /** 1,000 without it. */
  limit?: number;
  /** The `nextPageToken` of the call before, with the same filters. */
  pageToken?: string;
  /** Which Twilio account; `default` without it. */
  connection?: string;
}

/** Which messages PollFunction shall publish. */
export interface PollInput {
  /** Of this sender alone. */
  from?: string;
  /** To this recipient alone. */
  to?: string;
  showNewRecords?: boolean;
  /** Changes nothing: polls see no updates. */
  showUpdatedRecords?: boolean;
  /** ISO 8601, for a cursor's first poll alone. */
  since?: string;
  /** Which Twilio account; `default` without it. */
  connection?: string;
}

/** What RawRequestFunction shall ask Twilio. What holds keys and values is an object, or a list of `{"key", "value"}`. */
export interface RawRequestInput {
  /** A path of the connection's API, or a URL of one of Twilio's API hosts. */
  url: string;
  /** `GET` without it. */
  method?: "DELETE" | "GET" | "HEAD" | "LINK" | "OPTIONS" | "PATCH" | "POST" | "PURGE" | "PUT" | "UNLINK";
  /** The body. */
  data?: unknown;
  /** The fields of a multipart body. */
  formData?: Record<string, unknown> | Array<unknown>;
  /** The files of a multipart body. */
  fileData?: Record<string, unknown> | Array<unknown>;
  /** Names of these files by their keys. */
  fileDataFileNames?: Record<string, unknown> | Array<unknown>;
  /** Also a list of lines. */
  headers?: Record<string, unknown> | Array<unknown>;
  /** Appended to the query of `url`. */
  queryParams?: Record<string, unknown> | Array<unknown>;
  /** `json` without it. */
  responseType?: "json" | "text" | "binary";
  /** Milliseconds for everything. */
  timeout?: number;
  /** How often a failure is repeated. */
  maxRetries?: number;
  retryDelayMS?: number;
  /** May text or call twice. */
  retryAllErrors?: boolean;
  useExponentialBackoff?: boolean;
  /** Which Twilio account; `default` without it. */
  connection?: string;
}

/** Which statuses ReconcileFunction shall look for. */
export interface ReconcileInput {
  /** Of this sender alone. */
  from?: string;
  /** To this recipient alone. */
  to?: string;
  /** 48 without it. */
  lookBackHours?: number;
  /** ISO 8601, for a cursor's first run alone. */
  since?: string;
  /** Which Twilio account; `default` without it. */
  connection?: string;
}

/** What SelectMessageFunction shall offer. */
export interface SelectMessageInput {
  /** 100 without it. */
  limit?: number;
  /** What text, recipient or sender has to hold. */
  search?: string;
  /** Which Twilio account; `default` without it. */
  connection?: string;
}

/** One text, for SendSmsFunction or as a message of the send queue. */
export interface SendSmsInput {
  /** A phone number, or the address of a channel (`whatsapp:+…`). */
  to: string;
  /** The sender: this, `messagingServiceSid` or both. */
  from?: string;
  /** MG…: the service chooses the sender. */
  messagingServiceSid?: string;
  /** The text: this, `mediaUrl` or both; or `contentSid`. */
  message?: string;
  /** What Twilio fetches and attaches. */
  mediaUrl?: string | Array<string>;
  /** HX…: a template. */
  contentSid?: string;
  /** The template's variables, or their JSON. */
  contentVariables?: Record<string, unknown> | string;
  /** ISO 8601: when Twilio shall send it; needs `messagingServiceSid`. */
  sendAt?: string;
  /** Seconds that Twilio may hold it back. */
  validityPeriod?: number;
  /** A URL in place of the stack's webhook. */
  statusCallback?: string;
  /** A repeat under the same key within 24 hours sends nothing. */
  idempotencyKey?: string;
  /** AP…: a TwiML application that hears of the status. */
  applicationSid?: string;
  /** Which attempt of yours this is. */
  attempt?: number;
  /** Whether you will tell Twilio that it arrived. */
  provideFeedback?: boolean;
  riskCheck?: "enable" | "disable";
  /** What the text is for. */
  messageIntent?: string;
  trafficType?: "free";
  /** At most ten texts by their names, or their JSON. */
  tags?: Record<string, string> | string;
  /** Replaces characters that make a text longer. */
  smartEncoded?: boolean;
  /** Needs `messagingServiceSid`. */
  shortenUrls?: boolean;
  sendAsMms?: boolean;
  contentRetention?: "retain" | "discard";
  addressRetention?: "retain" | "obfuscate";
  /** Rich actions of other channels. */
  persistentAction?: string | Array<string>;
  /** The sender where RCS does not reach; needs `messagingServiceSid`. */
  fallbackFrom?: string;
  /** Which Twilio account; `default` without it. */
  connection?: string;
}

/** What UpdateMessageFunction shall do to which message. */
export interface UpdateMessageInput {
  /** SM… or MM… */
  messageSid: string;
  action: "cancel" | "redact" | "delete";
  /** Which Twilio account; `default` without it. */
  connection?: string;
}

/** The message, as Twilio has it then. */
export interface GetSmsResult {
  data: Message;
}

/** Messages, newest first. */
export interface ListMessagesResult {
  data: Array<Message>;
  /** To go on with; null at the end. */
  nextPageToken: string | null;
}

/** What a poll has published. */
export interface PollResult {
  /** Whether there was nothing to publish. */
  polledNoChanges: boolean;
  /** How many were published. */
  published: number;
  /** In how many events. */
  events: number;
  /** Whether something is left for the next run. */
  truncated: boolean;
  /** Until when everything is published; null where there is none yet. */
  cursor: string | null;
  /** Whether another run was at work. */
  skipped: boolean;
}

/** Twilio's answer, 2xx or a redirect. */
export interface RawRequestResult {
  /** Parsed JSON, a text, or base64. */
  data: unknown;
  status: number;
  /** By names in lower case. */
  headers: Record<string, string>;
  /** Where `data` is base64. */
  isBase64Encoded?: true;
}

/** What a reconciliation has published. */
export interface ReconcileResult {
  /** How many were published. */
  published: number;
  /** In how many events. */
  events: number;
  /** Whether something is left for the next run. */
  truncated: boolean;
  /** Until when everything is published; null where there is none yet. */
  cursor: string | null;
  /** Whether another run was at work. */
  skipped: boolean;
}

/** What to show, and the SID of the message that it stands for. */
export interface PicklistEntry {
  label: string;
  key: string;
}

/** Messages to choose from, newest first. */
export interface SelectMessageResult {
  result: Array<PicklistEntry>;
}

/** The message, as Twilio has it then. */
export interface SendSmsResult {
  data: Message;
}

/** The message, as Twilio has it then. */
export interface UpdateMessageResult {
  data: Message;
}

/** Of a detail-type that this version does not know. At run time it holds what the connector wrote. Type checkers see this placeholder, which differs from all other detail-types. Do not compare anything with it. */
export interface NewerEvent {
  source: "twilio.connector";
  "detail-type": "(of a newer connector)";
  detail: Record<string, unknown>;
  /** EventBridge's own; what to deduplicate by is the detail's. */
  id?: string;
  version?: string;
  /** The AWS account. */
  account?: string;
  /** When it was published, to the second. */
  time?: string;
  region?: string;
  resources?: Array<string>;
  /** Of an archive's replay, where it comes from one. */
  "replay-name"?: string;
}

export type ConnectorEvent =
  | ConnectorProbeEvent
  | MessageReceivedEvent
  | MessageSendFailedEvent
  | MessageSentEvent
  | MessageStatusUpdatedEvent
  | NewAndUpdatedRecordsEvent
  | RecipientOptedInEvent
  | RecipientOptedOutEvent
  | WebhookReceivedEvent
  | NewerEvent;
