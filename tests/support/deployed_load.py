"""A load on the deployed stack: webhooks, sends, messages to poll and polls, side by side, and a bus that goes away."""

import json
import threading
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from typing import Any

from local.aws import FunctionError, LocalAws
from local.bus import BusEvent, BusWatcher
from local.denial import bus_away
from local.stage import SANDBOX_RECIPIENT, SANDBOX_SENDER
from local.twilio_sandbox import TwilioSandbox
from operations.queues import QUEUES
from tests.support import load_plan as plan
from tests.support.deployed_configuration import count_messages
from tests.support.open_loop import Offered, offer, wait_for
from twilio_connector.webhook.budget import AWS_READ_SECONDS

# What is to be empty in the end.
OUTPUTS = ("SendQueueUrl", *(queue.output for queue in QUEUES))
# As the pages ask users to enter it at Twilio.
REPEATED = "#rc=5&rp=all"
SENDERS = 8
POLLED = "New and Updated Records"


class Arrivals:
    """What came on the bus from now on: by detail-type, how often each ID came, and when it came first."""

    def __init__(self, watcher: BusWatcher) -> None:
        self.times: dict[str, Counter[str]] = defaultdict(Counter)
        self.first: dict[str, dict[str, float]] = defaultdict(dict)
        self._watcher = watcher
        self._read = len(watcher.drain())

    def look(self) -> None:
        """Take in what has come since."""
        for event in self._watcher.drain()[self._read :]:
            self._read += 1
            for each in _ids(event):
                self.times[event.detail_type][each] += 1
                self.first[event.detail_type].setdefault(each, time.monotonic())


def _ids(event: BusEvent) -> list[str]:
    if event.detail_type == POLLED:
        return [message["sid"] for message in event.detail["body"]["data"]["created"]]
    return [event.detail["id"]]


class DeployedLoad:
    """The load, and what was offered, by ID, with the moment at which it should have been.

    `webhooks` are SIDs of texts received, `sends` the IDs of what becomes of the inputs of the send queue, whose texts
    are in `texts`, `added` SIDs of messages that only polls can find. `stalls` are the seconds for which the local AWS
    kept a caller waiting who asked for nothing much, where a webhook would have given its call up.
    """

    def __init__(self, aws: LocalAws, twilio: TwilioSandbox) -> None:
        self.webhooks: dict[str, float] = {}
        self.sends: dict[str, float] = {}
        self.texts: set[str] = set()
        self.added: dict[str, float] = {}
        self.polls: Counter[str] = Counter()
        self.stalls: list[float] = []
        self.offered: dict[str, Offered] = {}
        self._aws = aws
        self._twilio = twilio
        self._sender = f"+1555{uuid.uuid4().int % 10**7:07}"
        self._poll_input = {"from": self._sender, "since": (datetime.now(UTC) - timedelta(minutes=1)).isoformat()}

    def run(self, meanwhile: Callable[[], None]) -> None:
        """Offer all of it, as the plan says; *meanwhile* is called again and again. Raises what an offer raised."""
        beginning, sent = time.monotonic() + 1, list[Future[None]]()
        offers: dict[str, tuple[list[float], Callable[[float], object]]] = {
            "webhooks": (plan.in_bursts(), self._receive),
            "sends": (
                plan.steady(1 / plan.SENDS_A_SECOND),
                lambda due: sent.append(senders.submit(self._send, due)),
            ),
            "added": (plan.steady(1 / plan.ADDED_A_SECOND), self._add),
            "polls": (plan.steady(plan.POLL_EVERY_SECONDS), lambda _: self.poll()),
            "questions": (plan.steady(plan.ASK_EVERY_SECONDS), lambda _: self._ask()),
        }
        with ThreadPoolExecutor(len(offers) + 1) as threads, ThreadPoolExecutor(SENDERS) as senders:
            futures = {
                name: threads.submit(offer, beginning, instants, plan.SECONDS, act)
                for name, (instants, act) in offers.items()
            }
            outages = threads.submit(self._take_the_bus_away, beginning)
            everything: list[Future[Any]] = [*futures.values(), outages]
            while wait(everything, timeout=0.2).not_done:
                meanwhile()
            outages.result()
            for one in sent:
                one.result()
            self.offered = {name: future.result() for name, future in futures.items()}

    def poll(self) -> int | None:
        """Poll for what was added; returns how many messages were published, None where the poll failed."""
        try:
            result = self._aws.invoke("PollFunction", self._poll_input)
        except FunctionError as error:
            self.polls[error.error_type] += 1
            return None
        self.polls["skipped" if result["skipped"] else "done"] += 1
        published: int = result["published"]
        return published

    def backlog(self) -> dict[str, int]:
        """How many messages are in each queue that holds some."""
        counts = {output: count_messages(self._aws, output) for output in OUTPUTS}
        return {output: count for output, count in counts.items() if count}

    def _receive(self, due: float) -> None:
        text = f"Grüße & 100 % 😀 {len(self.webhooks)}"
        url = self._aws.outputs["WebhookUrl"] + REPEATED
        sid = self._twilio.receive(from_=SANDBOX_RECIPIENT, to=SANDBOX_SENDER, body=text, webhook_url=url)
        self.webhooks[sid] = due

    def _send(self, due: float) -> None:
        text = f"Reminder {uuid.uuid4().hex}"
        # Every other one has a key of its own.
        key = {"idempotencyKey": text} if round(due * plan.SENDS_A_SECOND) % 2 else {}
        given = {"to": SANDBOX_RECIPIENT, "from": SANDBOX_SENDER, "message": text, **key}
        answer = self._aws.sqs.send_message(QueueUrl=self._aws.outputs["SendQueueUrl"], MessageBody=json.dumps(given))
        self.texts.add(text)
        self.sends[key.get("idempotencyKey") or f"sqs:{answer['MessageId']}"] = due

    def _add(self, due: float) -> None:
        (sid,) = self._twilio.add(1, from_=self._sender)
        self.added[sid] = due

    def _ask(self) -> None:
        asked = time.monotonic()
        self._aws.events.describe_event_bus(Name=self._aws.outputs["EventBusName"])
        if (seconds := time.monotonic() - asked) > AWS_READ_SECONDS:
            self.stalls.append(seconds)

    def _take_the_bus_away(self, beginning: float) -> None:
        for start, seconds in plan.OUTAGES:
            wait_for(beginning + start)
            with bus_away(self._aws):
                threading.Event().wait(seconds)
