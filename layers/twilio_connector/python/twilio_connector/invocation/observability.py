"""Structured logs and embedded metrics, by Powertools. ``docs/metrics.md`` lists the metrics.

Nothing here ever receives a message body, a full phone number, a token or a raw event. All of it may be used by several
threads at once: Powertools' metrics are one set a process, and what it prints of them takes two writes.
"""

import json
import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import RLock

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit

NAMESPACE = "TwilioConnector"

logger = Logger()
metrics = Metrics(namespace=NAMESPACE)

# urllib3 logs the URL of every retried request at WARNING, and a URL of ours may hold phone numbers.
logging.getLogger("urllib3").setLevel(logging.ERROR)

# The log's own lock, so that no line of it comes in between what Powertools writes of a metric.
_alone = logger.registered_handler.lock or RLock()


def count(name: str, value: float = 1, **dimensions: str) -> None:
    """Add *value* to the counting metric *name*, emitted when the invocation ends.

    With *dimensions* (an outcome, a cause: a small fixed set of values, never numbers or SIDs) it is emitted at once
    and apart from the others, under these dimensions and ``service``.
    """
    with _alone:
        if not dimensions:
            metrics.add_metric(name, MetricUnit.Count, value)
            return
        sys.stdout.write(_line(name, value, time.time_ns() // 1_000_000, {"service": logger.service, **dimensions}))


def _line(name: str, value: float, milliseconds: int, dimensions: dict[str, str]) -> str:
    """One count of an instant in CloudWatch's embedded metric format, as Powertools' ``single_metric`` writes it.

    That makes a set of metrics and checks it against the format each time, 5 to 10 % of a warm webhook's processor:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """
    directive = {"Namespace": NAMESPACE, "Dimensions": [[*dimensions]], "Metrics": [{"Name": name, "Unit": "Count"}]}
    metadata = {"Timestamp": milliseconds, "CloudWatchMetrics": [directive]}
    return json.dumps({"_aws": metadata, **dimensions, name: [value]}, separators=(",", ":")) + "\n"


def count_at(name: str, value: float, at: datetime, **dimensions: str) -> None:
    """Add *value* to the counting metric *name* at the instant *at*, under *dimensions* as in :func:`count`.

    CloudWatch takes instants of the past two weeks. What is older than three hours may show two hours late, and what is
    older than a day two days: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
    """
    milliseconds = round(at.timestamp() * 1000)
    with _alone:
        sys.stdout.write(_line(name, value, milliseconds, {"service": logger.service, **dimensions}))


def gauge_seconds(name: str, value: float) -> None:
    """Add a duration in seconds under the metric *name*."""
    with _alone:
        metrics.add_metric(name, MetricUnit.Seconds, value)


@contextmanager
def log_keys(**keys: str) -> Iterator[None]:
    """Let each line that this thread logs in the block have these *keys*, and no other thread's."""
    logger.thread_safe_append_keys(**keys)
    try:
        yield
    finally:
        logger.thread_safe_remove_keys(keys)
