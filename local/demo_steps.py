"""The steps of the demo: each does one thing with the deployed stack and checks the result.

A step returns a sentence on what happened. If something else happened, it raises StepFailed or the error of what it
called. It raises StepSkipped if this account cannot do the step.
"""

import json
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import urllib3

from local.bus import BusEvent
from local.stage import SANDBOX_RECIPIENT, SANDBOX_SENDER, Stage
from local.twilio_sandbox import Callback, CallbackFaults, StrayCallback, TwilioSandbox

PUBLIC_URL_NEEDED = "Twilio needs a public URL for webhooks, and this stack has none"


class StepFailed(Exception):  # noqa: N818 -- what it says is a sentence of the story
    """Something other than what the step promises happened."""


class StepSkipped(Exception):  # noqa: N818 -- no error at all
    """The account in use cannot do this step."""


def expect(condition: object, otherwise: str) -> None:
    """Raises StepFailed, saying so, unless the condition holds."""
    if not condition:
        raise StepFailed(otherwise)


@dataclass
class Story:
    """The steps, in the order of `steps`, and what they share."""

    stage: Stage
    sids: list[str] = field(default_factory=list)
    """Messages sent and received so far, the sent one first."""

    @property
    def steps(self) -> list[tuple[str, Callable[[], str]]]:
        """Each step with its title."""
        return [
            ("SendSmsFunction sends a text", self.send_sms),
            ("Twilio reports its delivery through API Gateway", self.status_callbacks),
            ("A callback gets lost, and reconciliation brings its status", self.lost_callback),
            ("Someone texts back", self.inbound),
            ("A schedule polls for new messages", self.scheduled_poll),
            ("GetSmsFunction fetches the text", self.get_sms),
            ("ListMessagesFunction lists the newest messages", self.list_messages),
            ("SelectMessageFunction offers them as a picklist", self.select_message),
            ("RawRequestFunction asks Twilio anything else", self.raw_request),
            ("Someone forges a webhook", self.forgery),
        ]

    def send_sms(self) -> str:
        """Sends the one text of the story."""
        sender, recipient = self.stage.sender, self.stage.recipient
        if not (sender and recipient):
            raise StepSkipped("set TWILIO_FROM and TWILIO_TO to send one")
        text = {"to": recipient, "from": sender, "message": "Hello from the Twilio connector!"}
        message = self._invoke("SendSmsFunction", text)["data"]
        expect(message["sid"], "the result has no message SID")
        self.sids.append(message["sid"])
        return f"{message['sid']} is {message['status']}"

    def status_callbacks(self) -> str:
        """Waits for the callbacks of the sent text to reach the bus."""
        twilio, sid = self._sandbox(), self._sent()
        for status in ("sent", "delivered"):
            self._wait_for_event(twilio, "Message Status Updated", f"{sid}:{status}")
        return "Message Status Updated on the bus: sent, then delivered"

    def lost_callback(self) -> str:
        """Loses the callbacks of a text, and reconciles."""
        twilio, watcher = self._sandbox(), self.stage.watcher
        # The first run of a cursor only sets where to begin.
        self._invoke("ReconcileFunction", {})
        twilio.disturb_callbacks(CallbackFaults(lost=1))
        try:
            text = {"to": self.stage.recipient, "from": self.stage.sender, "message": "Did you get this?"}
            sid = self._invoke("SendSmsFunction", text)["data"]["sid"]
            lost = StrayCallback(mishap="lost", sid=sid, status="delivered")
            twilio.wait_until(lambda: lost in twilio.stray_callbacks)
        finally:
            twilio.disturb_callbacks(CallbackFaults())
        self.sids.append(sid)
        id_ = f"{sid}:delivered"
        expect(id_ not in [event.detail.get("id") for event in watcher.drain()], "its callback was not lost")
        self._invoke("ReconcileFunction", {})
        event = self._wait_for_event(twilio, "Message Status Updated", id_)
        expect(event.detail["origin"] == "reconciliation", f"it came from the {event.detail['origin']}")
        return f"{id_} on the bus all the same, of origin reconciliation, with the id that the callback would have had"

    def inbound(self) -> str:
        """Sends a text to the account, and waits for it on the bus."""
        twilio, webhook_url = self._sandbox(), self.stage.aws.outputs["WebhookUrl"]
        sid = twilio.receive(
            from_=SANDBOX_RECIPIENT, to=SANDBOX_SENDER, body="Hello yourself!", webhook_url=webhook_url
        )
        self.sids.append(sid)
        event = self._wait_for_event(twilio, "Message Received", sid)
        twilio.wait_until(lambda: self._answers(sid))
        answer = self._answers(sid)[0]
        expect(answer.status == 200 and b"<Response" in answer.body, f"the webhook answered {answer.status}")
        shown = textwrap.indent(json.dumps(event.detail, indent=2), " " * 8)
        return f"Message Received on the bus; the answer to Twilio is empty TwiML. Its detail:\n{shown}"

    def scheduled_poll(self) -> str:
        """Lets EventBridge Scheduler, with a schedule of the demo's own, invoke the poll function once."""
        self._sent()
        sids = set(self.sids)
        since = datetime.now(UTC) - timedelta(minutes=5)
        # Polls cover complete seconds, and the present second has just begun.
        self.stage.aws.schedule_poll({"since": since.isoformat()}, delay_seconds=2)

        def published() -> set[str]:
            polled = (event for event in self.stage.watcher.seen if event.detail_type == "New and Updated Records")
            return {message["sid"] for event in polled for message in event.detail["body"]["data"]["created"]}

        # The real Twilio may list a message a little late.
        self.stage.watcher.wait_for(lambda _: sids <= published(), timeout=60)
        return f"New and Updated Records on the bus: {len(published())} messages, ours among them"

    def get_sms(self) -> str:
        """Fetches the sent text."""
        sid = self._sent()
        message = self._invoke("GetSmsFunction", {"messageSid": sid})["data"]
        expect(message["sid"] == sid, "another message came back")
        return f"{sid} is {message['status']}, {message['numSegments']} segment(s)"

    def list_messages(self) -> str:
        """Lists, newest first, and looks for the story's messages."""
        result = self._invoke("ListMessagesFunction", {"limit": 20})
        listed = [message["sid"] for message in result["data"]]
        expect(set(self.sids) <= set(listed), "the story's messages are missing")
        return f"{len(listed)} messages, next page: {'yes' if result['nextPageToken'] else 'none'}"

    def select_message(self) -> str:
        """Asks for the picklist."""
        choices = self._invoke("SelectMessageFunction", {"limit": 20})["result"]
        expect(set(self.sids) <= {choice["key"] for choice in choices}, "the story's messages are missing")
        expect(all(choice["label"] for choice in choices), "a choice has no label")
        return f"{len(choices)} choices"

    def raw_request(self) -> str:
        """Makes a request that no other function makes."""
        request = {
            "method": "GET",
            "url": "/Accounts/$TWILIO_ACCOUNT_SID/Messages.json",
            "queryParams": {"PageSize": "1"},
        }
        result = self._invoke("RawRequestFunction", request)
        expect(result["status"] == 200, f"Twilio answered {result['status']}")
        return f"HTTP {result['status']}, {len(result['data']['messages'])} message on the page"

    def forgery(self) -> str:
        """Posts what an attacker would, with an invalid signature."""
        aws, seen = self.stage.aws, len(self.stage.watcher.drain())
        answer = urllib3.request(
            "POST",
            f"{aws.url}/webhook/default",
            headers={
                "Host": aws.api_host_header,
                "Content-Type": "application/x-www-form-urlencoded",
                "X-Twilio-Signature": "Zm9yZ2Vk",
            },
            body="MessageSid=SM00000000000000000000000000000000&SmsStatus=received&Body=Send+money",
            timeout=30.0,
        )
        expect(answer.status == 403, f"the webhook answered {answer.status}")
        expect(len(self.stage.watcher.drain()) == seen, "something was published")
        return "HTTP 403, and nothing is published"

    def _invoke(self, function: str, payload: dict[str, Any]) -> Any:
        return self.stage.aws.invoke(function, payload)

    def _wait_for_event(self, twilio: TwilioSandbox, detail_type: str, event_id: str) -> BusEvent:
        try:
            return self.stage.watcher.wait_for(
                lambda event: event.detail_type == detail_type and event.detail["id"] == event_id
            )
        except TimeoutError as error:
            answers = [callback.status for callback in twilio.callbacks]
            raise StepFailed(f"no event {detail_type}: {error}; the webhook's answers: {answers}") from error

    def _answers(self, sid: str) -> list[Callback]:
        """What the webhook has answered about a message."""
        return [each for each in self._sandbox().callbacks if each.params.get("MessageSid") == sid]

    def _sandbox(self) -> TwilioSandbox:
        if self.stage.twilio is None:
            raise StepSkipped(PUBLIC_URL_NEEDED)
        return self.stage.twilio

    def _sent(self) -> str:
        if not self.sids:
            raise StepSkipped("it needs the text that was not sent")
        return self.sids[0]
