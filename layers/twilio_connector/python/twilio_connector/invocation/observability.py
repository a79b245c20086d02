"""Structured logs and embedded metrics, by Powertools. The names of the metrics stand in ``docs/metrics.md``.

Nothing here ever receives a message body, a full phone number, a token or a raw event.
"""

import logging

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit, single_metric

NAMESPACE = "TwilioConnector"

logger = Logger()
metrics = Metrics(namespace=NAMESPACE)

# urllib3 logs the URL of every retried request at WARNING, and a URL of ours may hold phone numbers.
logging.getLogger("urllib3").setLevel(logging.ERROR)


def count(name: str, value: float = 1, **dimensions: str) -> None:
    """Add *value* to the counting metric *name*, emitted when the invocation ends.

    With *dimensions* (an outcome, a cause: a small fixed set of values, never numbers or SIDs) it is emitted at once
    and apart from the others, under these dimensions beside ``service``.
    """
    if not dimensions:
        metrics.add_metric(name, MetricUnit.Count, value)
        return
    with single_metric(
        name, MetricUnit.Count, value, namespace=NAMESPACE, default_dimensions={"service": logger.service, **dimensions}
    ):
        pass


def gauge_seconds(name: str, value: float) -> None:
    """Add a duration in seconds under the metric *name*."""
    metrics.add_metric(name, MetricUnit.Seconds, value)
