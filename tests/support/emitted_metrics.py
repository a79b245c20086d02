"""The metrics that there are, and those that are documented: the further dimension of each, or None."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from local.sam import PROJECT_ROOT
from tests.support.template import of_type

PACKAGE = PROJECT_ROOT / "layers" / "twilio_connector" / "python" / "twilio_connector"


def emitted_metrics(package: Path = PACKAGE) -> dict[str, str | None]:
    """By every call of `count`, `count_at` and `gauge_seconds` in the source, in whatever folder of it."""
    return {name: further for path in package.rglob("*.py") for name, further in _calls(path)}


def _calls(path: Path) -> Iterator[tuple[str, str | None]]:
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Call(
                func=ast.Name("count" | "count_at" | "gauge_seconds"),
                args=[ast.Constant(str(name)), *_],
                keywords=further,
            ):
                yield name, next((keyword.arg for keyword in further), None)


def filtered_metrics() -> dict[str, str | None]:
    """Those that the template's metric filters take out of log lines."""
    transformed = [
        each for found in of_type("AWS::Logs::MetricFilter").values() for each in found["MetricTransformations"]
    ]
    further = {each["MetricName"]: [one["Key"] for one in each["Dimensions"]] for each in transformed}
    return {name: next((key for key in keys if key != "service"), None) for name, keys in further.items()}


def documented_metrics() -> dict[str, str | None]:
    """By the rows of the table in `docs/metrics.md`: name, unit, further dimension with its values, meaning."""
    rows = re.findall(
        r"^\| `(\w+)` \| \w+ \|([^|]*)\|", (PROJECT_ROOT / "docs" / "metrics.md").read_text(), re.MULTILINE
    )
    dimensions = {name: re.match(r" `(\w+)`", further) for name, further in rows}
    return {name: found[1] if found else None for name, found in dimensions.items()}
