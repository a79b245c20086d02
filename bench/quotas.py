"""What AWS and Twilio publish of how much they take, with its page: us-east-1, as given by default.

`docs/scale.md` is computed from it (`make scale`). After reading the pages again, change the numbers and READ here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

READ = "2026-11-29"

_AWS = "https://docs.aws.amazon.com/"
API_GATEWAY = _AWS + "apigateway/latest/developerguide/limits.html"
LAMBDA = _AWS + "lambda/latest/dg/gettingstarted-limits.html"
LAMBDA_SCALING = _AWS + "lambda/latest/dg/scaling-behavior.html"
LAMBDA_SQS = _AWS + "lambda/latest/dg/services-sqs-scaling.html"
EVENTBRIDGE = _AWS + "eventbridge/latest/userguide/eb-quota.html"
DYNAMODB = _AWS + "amazondynamodb/latest/developerguide/ServiceQuotas.html"
DYNAMODB_PARTITION = _AWS + "amazondynamodb/latest/developerguide/warm-throughput-scenarios.html"
DYNAMODB_NEW = "https://www.repost.aws/knowledge-center/on-demand-table-throttling-dynamodb"
SQS = _AWS + "AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html"
SECRETS = _AWS + "secretsmanager/latest/userguide/reference_limits.html"
TWILIO_QUEUE = "https://www.twilio.com/docs/api/errors/30001"
TWILIO_TOLL_FREE = (
    "https://support.twilio.com/hc/en-us/articles/4411046744987-Toll-Free-SMS-and-MMS-messaging-throughput-MPS"
)
TWILIO_ALPHANUMERIC = (
    "https://support.twilio.com/hc/en-us/articles/"
    "360057082693-Can-I-increase-message-throughput-MPS-for-an-Alphanumeric-Sender-ID"
)
TWILIO_CONCURRENCY = "https://www.twilio.com/docs/api/errors/20429"
TWILIO_PAGE_SIZE = "https://www.twilio.com/docs/errors/20007"


@dataclass(frozen=True)
class Quotas:
    """How much there is a second, but for *concurrency*: executions at once. *sender*: segments of a US long code."""

    api_requests: int = 10_000
    concurrency: int = 1_000
    requests_per_execution: int = 10
    put_events: int = 10_000
    invocations: int = 18_750
    new_table_writes: int = 4_000
    table_writes: int = 40_000
    partition_writes: int = 1_000
    sender: int = 1


# Where less is given: PutEvents and invocations as the page lists them, and API Gateway's lesser regions.
ELSEWHERE = {
    "us-east-1, us-west-2, eu-west-1": Quotas(),
    "us-east-2, eu-central-1": Quotas(put_events=2_400, invocations=4_500),
    "eu-west-2, ap-northeast-1, ap-southeast-1": Quotas(put_events=1_200, invocations=2_250),
    "eu-north-1, eu-west-3, sa-east-1": Quotas(put_events=600, invocations=1_100),
    "af-south-1, eu-south-1": Quotas(put_events=400, invocations=750, api_requests=2_500),
    "us-east-1, a new account with 10 executions": Quotas(concurrency=10),
}


class Source(NamedTuple):
    """What a *page* says there is *much* of, and whether it can be *raised*."""

    what: str
    much: str
    page: str
    raised: str = "yes"


def sources() -> Iterator[Source]:
    """All that is published and used on the page, as a table's rows."""
    quotas = Quotas()
    yield Source("API Gateway, requests a second of an account and region", f"{quotas.api_requests:,}", API_GATEWAY)
    yield Source("the same in its lesser regions", "2,500", API_GATEWAY)
    yield Source("Lambda, executions at once of an account and region", f"{quotas.concurrency:,}", LAMBDA)
    yield Source("the same of a new account", "less; no number is given", LAMBDA)
    requests = f"{quotas.requests_per_execution} for each execution at once"
    yield Source("Lambda, synchronous requests a second", requests, LAMBDA, "with the executions")
    yield Source("Lambda, further executions of a function in 10 seconds", "1,000", LAMBDA_SCALING, "no")
    yield Source("Lambda, batches of a queue at once", "1,000 as `MaximumConcurrency`", LAMBDA_SQS)
    yield Source("Lambda, further pollers of a queue a minute", "300", LAMBDA_SQS, "no")
    yield Source("EventBridge, PutEvents a second", f"{quotas.put_events:,}; 400 to 2,400 elsewhere", EVENTBRIDGE)
    invocations = f"{quotas.invocations:,}; 750 to 4,500 elsewhere; more is late, not lost"
    yield Source("EventBridge, targets invoked a second", invocations, EVENTBRIDGE)
    yield Source("DynamoDB, write units a second of a table", f"{quotas.table_writes:,}", DYNAMODB)
    growth = f"{quotas.new_table_writes:,}, then twice the last peak in 30 minutes"
    yield Source("DynamoDB, the same of a new table", growth, DYNAMODB_NEW, "grows by itself")
    partition = f"{quotas.partition_writes:,} writes, 3,000 reads"
    yield Source("DynamoDB, units a second of a partition", partition, DYNAMODB_PARTITION, "no")
    yield Source("SQS, messages in flight of a standard queue", "about 120,000", SQS)
    yield Source("Secrets Manager, GetSecretValue a second", "10,000", SECRETS, "no")
    yield Source("Twilio, segments a second of a US long code", f"{quotas.sender}", TWILIO_QUEUE, "with Twilio")
    yield Source("Twilio, segments a second of a short code", "over 100", TWILIO_QUEUE, "with Twilio")
    yield Source("Twilio, segments a second of a toll-free number", "3", TWILIO_TOLL_FREE, "with Twilio")
    yield Source("Twilio, segments a second of a sender name", "10", TWILIO_ALPHANUMERIC, "with Twilio")
    yield Source("Twilio, hours that a message waits for its sender", "10, then it fails (30001)", TWILIO_QUEUE, "no")
    yield Source(
        "Twilio, requests at once of an account", "not published; beyond it 20429", TWILIO_CONCURRENCY, "with Twilio"
    )
    yield Source("Twilio, messages of a page", "1,000", TWILIO_PAGE_SIZE, "no")
