"""The dashboard: drawn of what is emitted, of all that is emitted, and within its grid."""

import json
import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

from tests.support.aws_metrics import is_published
from tests.support.emitted_metrics import documented_metrics, emitted_metrics, filtered_metrics
from tests.support.template import DEAD_LETTER_QUEUES, FUNCTIONS, of_type, template

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
COLUMNS = 24

SEARCH = re.compile(
    r"SEARCH\('\{TwilioConnector,service,(\w+)\} MetricName=\"(\w+)\" service=\"<AWS::StackName>\"', "
    r"'Sum', (?:300|86400)\)"
)
QUEUES = {f"<{name}.QueueName>" for name in DEAD_LETTER_QUEUES | {"SendQueue", "UndeliveredQueue"}}
WATCHED_OF_AWS = {
    "ApproximateNumberOfMessagesVisible": ("AWS/SQS", "QueueName", QUEUES),
    "ApproximateNumberOfMessagesNotVisible": (
        "AWS/SQS",
        "QueueName",
        {"<SendQueue.QueueName>", "<UndeliveredQueue.QueueName>"},
    ),
    **{
        name: ("AWS/Lambda", "FunctionName", {f"<{function}>" for function in FUNCTIONS})
        for name in ("Errors", "Throttles", "Duration")
    },
}


def source() -> str:
    (dashboard,) = of_type("AWS::CloudWatch::Dashboard").values()
    return str(dashboard["DashboardBody"]["Fn::Sub"])


def widgets() -> list[dict[str, Any]]:
    """As CloudFormation hands them to CloudWatch, but for the values, which are written as `<Name>`."""
    text = re.sub(r"\$\{!([^}]+)\}", r"$<<\1>>", source()).replace("${CursorLagAlarmSeconds}", "3600")
    found: list[dict[str, Any]] = json.loads(re.sub(r"\$\{([^}]+)\}", r"<\1>", text))["widgets"]
    return found


def metrics() -> Iterator[list[str]]:
    """Namespace, name and dimensions of each metric, the shorthand for what is as in the row before written out."""
    for widget in widgets():
        before: list[str] = []
        for row in widget["properties"].get("metrics", []):
            fields = [field for field in row if isinstance(field, str)]
            if fields and fields[0] == "...":
                fields = [*before[: len(before) - len(fields) + 1], *fields[1:]]
            before = [last if field == "." else field for field, last in zip(fields, before or fields, strict=True)]
            if before:
                yield before


def searches() -> dict[str, str]:
    """The metrics that are searched for, each with the dimension that distinguishes its lines."""
    rows = [row for widget in widgets() for row in widget["properties"].get("metrics", [])]
    found = {}
    for row in rows:
        if "expression" in row[-1]:
            match = SEARCH.fullmatch(row[-1]["expression"])
            assert match
            found[match[2]] = match[1]
            assert row[-1]["label"] == f"$<<PROP('Dim.{match[1]}')>>"
    return found


def test_the_documented_metrics_are_those_that_the_code_emits_and_the_filters_count() -> None:
    assert documented_metrics() == emitted_metrics() | filtered_metrics()


def test_a_metric_of_a_module_in_a_folder_is_found(tmp_path: Path) -> None:
    (tmp_path / "sending").mkdir()
    (tmp_path / "sending" / "sender.py").write_text("count('Sends', outcome='sent')\n")
    assert emitted_metrics(tmp_path) == {"Sends": "outcome"}


def test_every_metric_of_the_connector_is_drawn_under_its_dimensions_and_no_other_is() -> None:
    drawn: dict[str, str | None] = {**searches()}
    for namespace, name, *dimensions in metrics():
        if namespace == "TwilioConnector":
            assert dimensions == ["service", "<AWS::StackName>"]
            drawn[name] = None
    assert drawn == emitted_metrics() | filtered_metrics()


def test_metrics_of_aws_are_drawn_for_every_queue_and_every_function() -> None:
    drawn: dict[str, set[str]] = {}
    for namespace, name, *dimensions in metrics():
        if namespace != "TwilioConnector":
            assert (namespace, dimensions[0]) == WATCHED_OF_AWS[name][:2]
            assert is_published(namespace, name, {dimensions[0]})
            assert len(dimensions) == 2
            drawn.setdefault(name, set()).add(dimensions[1])
    assert drawn == {name: resources for name, (_, _, resources) in WATCHED_OF_AWS.items()}


def test_every_alarm_is_shown() -> None:
    (shown,) = [widget["properties"]["alarms"] for widget in widgets() if widget["type"] == "alarm"]
    assert shown == [f"<{name}.Arn>" for name in of_type("AWS::CloudWatch::Alarm")]


def test_everything_that_is_filled_in_exists() -> None:
    known = {"AWS::StackName", "AWS::Region"} | template()["Parameters"].keys() | template()["Resources"].keys()
    assert {name.partition(".")[0] for name in re.findall(r"\$\{([^!}]+)\}", source())} <= known


def test_widgets_fill_the_grid_without_overlapping() -> None:
    boxes = [(each["x"], each["y"], each["x"] + each["width"], each["y"] + each["height"]) for each in widgets()]
    for left, top, right, bottom in boxes:
        assert 0 <= left < right <= COLUMNS
        assert 0 <= top < bottom
    for one, other in combinations(boxes, 2):
        apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        assert apart
    assert sum((right - left) * (bottom - top) for left, top, right, bottom in boxes) == COLUMNS * max(
        bottom for *_, bottom in boxes
    )
