"""botocore's table of endpoints, cut down to the services of the connector's functions.

``PYTHONPATH=layers/twilio_connector/python .venv/bin/python -m tests.support.aws_endpoints`` writes the layer's, from
the botocore that is installed.
"""

import json
from pathlib import Path
from typing import Any

from botocore.loaders import Loader

from twilio_connector import aws_session

FILE = Path(aws_session.__file__).with_name("endpoints.json")


def whole() -> dict[str, Any]:
    """What the installed botocore has."""
    table: dict[str, Any] = Loader().load_data("endpoints")
    return table


def cut_down(table: dict[str, Any]) -> dict[str, Any]:
    """*table* with all partitions and regions, and our services alone."""
    partitions = [
        {
            **partition,
            "regions": {region: {} for region in partition["regions"]},
            "services": {
                name: service for name, service in partition["services"].items() if name in aws_session.SERVICES
            },
        }
        for partition in table["partitions"]
    ]
    return {**table, "partitions": partitions}


if __name__ == "__main__":
    FILE.write_text(json.dumps(cut_down(whole()), separators=(",", ":")) + "\n")
