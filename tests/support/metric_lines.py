"""The metrics in what a function prints: CloudWatch's embedded metric format.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
from collections.abc import Iterator

from twilio_connector.invocation.observability import NAMESPACE


def emitted(lines: str) -> Iterator[tuple[str, dict[str, str], float]]:
    """Each metric in the *lines*: its name, dimensions and value."""
    for line in lines.splitlines():
        document = json.loads(line)
        for directive in document.get("_aws", {}).get("CloudWatchMetrics", []):
            assert directive["Namespace"] == NAMESPACE
            for metric in directive["Metrics"]:
                values = document[metric["Name"]]
                for keys in directive["Dimensions"]:
                    for value in values if isinstance(values, list) else [values]:
                        yield metric["Name"], {key: document[key] for key in keys}, value


def instants(lines: str) -> Iterator[tuple[float, dict[str, str], float]]:
    """Each metric in the *lines*: the second since the epoch that it is of, its dimensions and value."""
    for line in lines.splitlines():
        document = json.loads(line)
        for _, dimensions, value in emitted(line):
            yield document["_aws"]["Timestamp"] / 1000, dimensions, value
