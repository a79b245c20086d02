"""What bounds how many messages a second the stack takes, and how much of it a given rate needs. Pure.

A *way* is how messages come or go; a *part* is what they all pass on it. Of each part there is so much, and each
message a second takes its share: so every bound is a quotient, and the least of them comes first.

Why: docs/decisions.md#2026-11-29-scale-is-computed-not-tried
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bench.quotas import Quotas

# Nothing is planned fuller than this: rates are averages, and what arrives is not even.
HEADROOM = 0.8

# Estimates, as the page says. Twilio's webhooks for each message that is sent:
CALLBACKS = 3
# Seconds that Twilio takes for a page of 1,000 messages.
PAGE_SECONDS = 1.0
# Write units of DynamoDB: a send claims a record and a flight and then writes record, message and flight, by two
# transactions, which count twice; of 1,000 polled messages 16 KB are written and later deleted, and the place is saved.
SEND_WRITES = 2 * (2 + 3)
POLLED_WRITES = (16 + 16 + 3) / 1_000
# Calls of PutEvents: 1,000 polled messages are some 800 KB, 256 KB a call.
POLLED_CALLS = 4 / 1_000

WEBHOOK, POLL = "inbound, by webhook", "in or out, polled by one cursor"
DIRECT, QUEUE = "outbound, called directly", "outbound, by the send queue"
# The one part that is Twilio's.
SENDERS = "US long codes"


@dataclass(frozen=True)
class Figures:
    """Seconds that a warm function of the template's memory takes: for a webhook, for a direct send, for one of the
    queue's, and for a message of a full page, all with what it waits for; *at_twilio* is what a send waits for Twilio.
    """

    webhook: float
    send: float
    queued_send: float
    polled: float
    at_twilio: float


@dataclass(frozen=True)
class Settings:
    """What the template sets; of a parameter its default and the most that it allows. *interval*, *overlap* and
    *reading* are seconds: between polls, looked at again, and of a poll for pages. *redelivered* are events at once.
    """

    rate_limit: tuple[int, int]
    queue_concurrency: tuple[int, int]
    poll_max: tuple[int, int]
    interval: float
    overlap: float
    reading: float
    redelivered: int


@dataclass(frozen=True)
class Part:
    """Something of which there is *has*, of *most* that it can be set to; one message a second *uses* so much of it."""

    name: str
    has: float
    uses: float
    most: float = math.inf

    @property
    def takes(self) -> float:
        """Messages a second at which it is used up."""
        return self.has / self.uses

    def is_short(self, rate: float) -> bool:
        """Whether *rate* messages a second use more than the HEADROOM leaves."""
        return rate > HEADROOM * self.takes

    def needed(self, rate: float) -> int:
        """How much of it *rate* messages a second need."""
        # Rounded before, so that 0.1 + 0.2 does not ask for one more.
        return math.ceil(round(rate * self.uses / HEADROOM, 6))


def in_order(parts: Iterable[Part]) -> list[Part]:
    """The *parts*, the one that is used up first at the head."""
    return sorted(parts, key=lambda part: part.takes)


def ways(figures: Figures, settings: Settings, quotas: Quotas) -> Mapping[str, Sequence[Part]]:
    """The parts of each way."""

    def shared(webhooks: float, executions: float, requests: float, events: float) -> list[Part]:
        """What a message takes of the account: so many *webhooks*, *executions* for a second, *requests*, *events*."""
        return [
            Part("`WebhookRateLimit`", settings.rate_limit[0], webhooks, settings.rate_limit[1]),
            Part("API Gateway, requests a second", quotas.api_requests, webhooks),
            Part("Lambda, concurrent executions", quotas.concurrency, executions),
            # It is asked for as concurrency.
            Part(
                f"Lambda, concurrent executions, {quotas.requests_per_execution} requests a second each",
                quotas.concurrency,
                requests / quotas.requests_per_execution,
            ),
            Part("EventBridge, PutEvents a second", quotas.put_events, events),
            Part("EventBridge, targets invoked a second", quotas.invocations, events),
        ]

    def sends(executions: float, requests: float, events: float) -> list[Part]:
        return [
            Part(SENDERS, 1, 1 / quotas.sender),
            *shared(CALLBACKS, executions + CALLBACKS * figures.webhook, requests + CALLBACKS, events + CALLBACKS),
            Part("DynamoDB, write units a second of a new table", quotas.new_table_writes, SEND_WRITES),
            Part("DynamoDB, write units a second of a table", quotas.table_writes, SEND_WRITES),
        ]

    looked_at = (settings.interval + settings.overlap) * figures.polled
    return {
        WEBHOOK: shared(1, figures.webhook, 1, 1),
        POLL: [
            Part("`PollMaxMessages`", settings.poll_max[0], settings.interval, settings.poll_max[1]),
            Part("cursors, for the seconds of their pages", 1, looked_at / settings.reading),
            Part("DynamoDB, write units a second of a cursor", quotas.partition_writes, POLLED_WRITES),
            Part("EventBridge, PutEvents a second", quotas.put_events, POLLED_CALLS),
        ],
        DIRECT: sends(figures.send, requests=1, events=0),
        QUEUE: [
            Part(
                "`SendQueueConcurrency`",
                settings.queue_concurrency[0],
                figures.queued_send,
                settings.queue_concurrency[1],
            ),
            # Its Message Sent is an event. Lambda invokes by batches; at worst each holds one.
            *sends(figures.queued_send, requests=1, events=1),
        ],
    }
