// A consumer as the compiler sees it: each line says what it has to know there. Nobody runs this; `make types` checks it.

import type {
  ConnectorEvent,
  Message,
  MessageReceivedEvent,
  MessageStatusUpdatedEvent,
  NewerEvent,
  Parameters,
  SendSmsInput,
} from "twilio-connector-events";

// Both ways, so that neither is merely a part of the other.
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <T extends true>(): void => undefined;

/** A `switch` by the detail-type knows the event in every branch, and in the last one that there may be others. */
export function handle(event: ConnectorEvent): string {
  switch (event["detail-type"]) {
    case "Message Received":
      is<Same<typeof event, MessageReceivedEvent>>();
      is<Same<typeof event.detail.body.data, Parameters>>();
      return event.detail.id;
    case "Message Status Updated":
      is<Same<typeof event, MessageStatusUpdatedEvent>>();
      is<Same<typeof event.detail.statusRank, null | 0 | 1 | 2 | 3 | 4>>();
      return event.detail.origin;
    case "New and Updated Records":
      is<Same<typeof event.detail.body.data.created, Array<Message>>>();
      return String(event.detail.body.data.created.length);
    case "Message Sent":
      return event.detail.body.data.message.sid;
    case "Message Send Failed":
    case "Recipient Opted Out":
    case "Recipient Opted In":
    case "Webhook Received":
    case "Connector Probe":
      return event.detail.id;
    default:
      is<Same<typeof event, NewerEvent>>();
      return "";
  }
}

/** Each of these is an error to the compiler, or the comment that expects one would be. */
export function mistakes(event: ConnectorEvent): void {
  // @ts-expect-error -- not every event has one
  void event.detail.statusRank;
  if (event["detail-type"] === "Message Received") {
    // @ts-expect-error -- nor has this one
    void event.detail.statusRank;
    // @ts-expect-error -- it may be a list, and may not be there
    void event.detail.body.data["From"].toUpperCase();
  }
}

export const asked: SendSmsInput = { to: "+15551234567", from: "+15558675309", message: "Hello", riskCheck: "disable" };
// @ts-expect-error -- it is message
export const misspelt: SendSmsInput = { to: "+15551234567", text: "Hello" };
