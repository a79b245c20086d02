"""botocore's model of the Custom Event Bus, cut down to the one operation that the functions call.

``PYTHONPATH=layers/twilio_connector/python .venv/bin/python -m tests.support.custom_bus_model`` writes the layer's,
from the botocore that is installed.
"""

import json
from typing import Any

from botocore.loaders import Loader

from twilio_connector.aws_session import CUSTOM_BUS, CUSTOM_BUS_MODEL

OPERATION = "PutEvents"
KINDS = ("service-2", "endpoint-rule-set-1")


def whole() -> dict[str, Any]:
    """What the installed botocore has, by the kind of file."""
    return {kind: Loader().load_service_model(CUSTOM_BUS, kind) for kind in KINDS}


def cut_down(files: dict[str, Any]) -> dict[str, Any]:
    """*files* with that operation alone, its shapes and its errors, and nothing that is only to be read."""
    service = files["service-2"]
    operation = service["operations"][OPERATION]
    named: dict[str, Any] = {}
    left = [each["shape"] for each in (operation["input"], operation["output"], *operation["errors"])]
    while left:
        name = left.pop()
        if name not in named:
            shape = named[name] = service["shapes"][name]
            members = [
                *shape.get("members", {}).values(),
                *(shape[key] for key in ("member", "key", "value") if key in shape),
            ]
            left += [member["shape"] for member in members]
    cut = {
        "version": service["version"],
        "metadata": service["metadata"],
        "operations": {OPERATION: operation},
        "shapes": {name: named[name] for name in sorted(named)},
    }
    silent: dict[str, Any] = _undocumented({"service-2": cut, "endpoint-rule-set-1": files["endpoint-rule-set-1"]})
    return silent


def _undocumented(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            key: _undocumented(value)
            for key, value in node.items()
            if key != "documentation" or not isinstance(value, str)
        }
    return [_undocumented(each) for each in node] if isinstance(node, list) else node


if __name__ == "__main__":
    CUSTOM_BUS_MODEL.write_text(json.dumps(cut_down(whole()), separators=(",", ":")) + "\n")
