"""JSON as the standard has it, from whoever sends it: Python's parser takes more, and gives up in its own way."""

import json
import math
from typing import Any, NoReturn

# Whoever parses JSON has a limit, and not every reader of an event has that of this process.
MAX_DEPTH = 100


def parse_json(text: str) -> Any:
    """The document *text*. Raises ValueError for what is no JSON, and for more than ``MAX_DEPTH`` levels of it."""
    try:
        document = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if is_deeper_than(MAX_DEPTH, document):
        raise ValueError("nested too deeply")
    return document


def is_deeper_than(limit: int, document: Any) -> bool:
    """Whether more than *limit* arrays and objects of *document* are nested in each other."""
    level = [document]
    for _ in range(limit + 1):
        containers = [
            node.values() if isinstance(node, dict) else node for node in level if isinstance(node, dict | list)
        ]
        if not containers:
            return False
        level = [child for container in containers for child in container]
    return True


def _refuse_constant(name: str) -> NoReturn:
    # Python reads NaN and Infinity; JSON knows neither, and an event that held one would be refused by the bus.
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is out of range")
    return number
