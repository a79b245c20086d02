"""What a million of each costs, from measured processor time and use of AWS, and from stated prices."""

from collections.abc import Mapping

from bench.inputs import BATCH
from bench.memory import LAMBDA_REQUEST, Job
from bench.usage import Usage

# US dollars in us-east-1, without free tiers, as of November 2026.
# https://aws.amazon.com/api-gateway/pricing/ (HTTP APIs), /eventbridge/pricing/ (custom events by 64 KB, Scheduler),
# /dynamodb/pricing/on-demand/, /sqs/pricing/, /secrets-manager/pricing/, /cloudwatch/pricing/ (ingestion)
API_REQUEST = 1.00 / 1e6
EVENT = 1.00 / 1e6
SCHEDULE = 1.00 / 1e6
WRITE, READ = 0.625 / 1e6, 0.125 / 1e6
QUEUE_REQUEST = 0.40 / 1e6
SECRET_CALL = 0.05 / 1e4
LOG_BYTE = 0.50 / 2**30

# Lambda's START, END and REPORT of an invocation that is traced, estimated.
LAMBDA_LOG_BYTES = 400

# Messages of the poll that is measured.
POLLED = 10_000
MILLION = 1_000_000


def costs(jobs: Mapping[str, Job], usages: Mapping[str, Usage]) -> dict[str, float]:
    """Dollars for a million of each, all of them warm."""

    def invocation(name: str) -> float:
        job, usage = jobs[name], usages[name]
        return job.dollars(job.memory_mb) + LAMBDA_LOG_BYTES * LOG_BYTE + _used(usage)

    send = invocation("send")
    batch = invocation("batch of sends") + 2 * QUEUE_REQUEST
    page = jobs["poll of 10,000"].dollars(jobs["poll of 10,000"].memory_mb) - LAMBDA_REQUEST
    dollars = {
        "webhooks": API_REQUEST + invocation("webhook"),
        "sends": send,
        # Put, received and deleted one at a time; what became of it is an event.
        "sends through the queue": send + 3 * QUEUE_REQUEST + EVENT,
        # Each is put by itself.
        "sends through the queue, ten at a time": batch / BATCH + QUEUE_REQUEST,
        # A warm function reads a secret once in five minutes: a scheduled poll finds it expired.
        "polls that find nothing": SCHEDULE + SECRET_CALL + invocation("quiet poll"),
        "polled messages, a thousand a poll": page / POLLED + _used(usages["polled message"]),
    }
    return {name: MILLION * each for name, each in dollars.items()}


def _used(usage: Usage) -> float:
    return usage.events * EVENT + usage.writes * WRITE + usage.reads * READ + usage.log_bytes * LOG_BYTE
