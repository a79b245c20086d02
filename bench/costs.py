"""What a million of each costs, from measured processor time and use of AWS, and from stated prices."""

from collections.abc import Mapping
from dataclasses import dataclass

from bench.samples import Sample
from bench.usage import Usage

# US dollars in us-east-1, without free tiers, as of November 2026.
# https://aws.amazon.com/lambda/pricing/ (arm64), /api-gateway/pricing/ (HTTP APIs), /eventbridge/pricing/ (custom
# events by 64 KB, Scheduler), /dynamodb/pricing/on-demand/, /sqs/pricing/, /secrets-manager/pricing/,
# /cloudwatch/pricing/ (ingestion)
LAMBDA_REQUEST = 0.20 / 1e6
LAMBDA_GB_SECOND = 0.0000133334
API_REQUEST = 1.00 / 1e6
EVENT = 1.00 / 1e6
SCHEDULE = 1.00 / 1e6
WRITE, READ = 0.625 / 1e6, 0.125 / 1e6
QUEUE_REQUEST = 0.40 / 1e6
SECRET_CALL = 0.05 / 1e4
LOG_BYTE = 0.50 / 2**30

# Lambda's START, END and REPORT of an invocation that is traced, estimated.
LAMBDA_LOG_BYTES = 400
# Of this much memory on, a function has a processor to itself:
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
PROCESSOR_MB = 1769

# Messages of the poll that is measured.
POLLED = 10_000
MILLION = 1_000_000


@dataclass(frozen=True)
class Job:
    """A function at *memory_mb*, its *start* and a *warm* event, for which it waits *waiting* seconds for others."""

    memory_mb: int
    start: Sample
    warm: Sample
    waiting: float

    def at(self, memory_mb: int) -> tuple[float, float, float]:
        """Seconds of a cold start and of a warm event, and the dollars of the latter, with that much memory."""
        share = min(1.0, memory_mb / PROCESSOR_MB)
        seconds = self.warm.processor / share + self.waiting
        dollars = LAMBDA_REQUEST + seconds * memory_mb / 1024 * LAMBDA_GB_SECOND
        return self.start.processor / share, seconds, dollars


def costs(jobs: Mapping[str, Job], usages: Mapping[str, Usage]) -> dict[str, float]:
    """Dollars for a million of each, all of them warm."""

    def invocation(name: str) -> float:
        job, usage = jobs[name], usages[name]
        return job.at(job.memory_mb)[2] + LAMBDA_LOG_BYTES * LOG_BYTE + _used(usage)

    send = invocation("send")
    page = jobs["poll"].at(jobs["poll"].memory_mb)[2] - LAMBDA_REQUEST
    dollars = {
        "webhooks": API_REQUEST + invocation("webhook"),
        "sends": send,
        # Put, received and deleted one at a time; what became of it is an event.
        "sends through the queue": send + 3 * QUEUE_REQUEST + EVENT,
        # A warm function reads a secret once in five minutes: a scheduled poll finds it expired.
        "polls that find nothing": SCHEDULE + SECRET_CALL + invocation("quiet poll"),
        "polled messages, a thousand a poll": page / POLLED + _used(usages["polled message"]),
    }
    return {name: MILLION * each for name, each in dollars.items()}


def _used(usage: Usage) -> float:
    return usage.events * EVENT + usage.writes * WRITE + usage.reads * READ + usage.log_bytes * LOG_BYTE
