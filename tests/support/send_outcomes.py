"""What became of sends, according to others than their callers: Twilio, the bus, and the queues for failures."""

from local.aws import LocalAws
from local.bus import BusEvent, BusWatcher
from local.twilio_sandbox import Fault, RecordedRequest, TwilioSandbox

DEAD, FAILED = "dead-letter queue", "failure queue"


class Letters:
    """What comes into a queue for failures, which is emptied."""

    def __init__(self, aws: LocalAws, output: str) -> None:
        self.seen: list[str] = []
        self._sqs = aws.sqs
        self._url = aws.outputs[output]

    def drain(self) -> list[str]:
        """Read what has arrived by now and return the body of everything seen."""
        while letters := self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages"):
            for letter in letters:
                self.seen.append(letter["Body"])
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=letter["ReceiptHandle"])
        return self.seen


class Outcomes:
    """Those of sends by their texts, none of which is part of another."""

    def __init__(self, aws: LocalAws, twilio: TwilioSandbox, watcher: BusWatcher) -> None:
        self._twilio = twilio
        self._watcher = watcher
        self._dead = Letters(aws, "SendDeadLetterQueueUrl")
        self._failed = Letters(aws, "SendFailureQueueUrl")

    def messages(self, text: str) -> list[str]:
        """The SIDs of the messages."""
        return [message.sid for message in self._twilio.messages if message.body == text]

    def posts(self, text: str) -> list[RecordedRequest]:
        """The requests for a message, but for those that Twilio turned away as too many."""
        return [
            request
            for request in self._twilio.requests
            if request.method == "POST" and request.form.get("Body") == text
            if not isinstance(request.fault, Fault.Throttle)
        ]

    def events(self, text: str) -> list[BusEvent]:
        """What was published of records of the send queue."""
        kinds = ("Message Sent", "Message Send Failed")
        told = [event for event in self._watcher.drain() if event.detail_type in kinds]
        return [event for event in told if text in str(event.detail["body"]["data"]["input"])]

    def ends(self, text: str) -> list[str]:
        """How records of the send queue and asynchronous invocations ended, as far as that is reported."""
        dead = [DEAD for body in self._dead.drain() if text in body]
        failed = [FAILED for body in self._failed.drain() if text in body]
        return [event.detail_type for event in self.events(text)] + dead + failed


def unreached(aws: LocalAws) -> int:
    """How many sends have failed because Twilio could not be reached."""
    return sum('"outcome":"TwilioUnavailableError"' in line for line in aws.logs("SendSmsFunction"))
