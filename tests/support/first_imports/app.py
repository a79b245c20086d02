"""The function JOB, whose result is what its event imports that its start has not imported."""

import os
import sys
from importlib import import_module
from typing import Any

module = import_module(f"twilio_connector.handlers.{os.environ['JOB']}")
imported = set(sys.modules)


def handler(event: Any, context: Any) -> list[str]:
    """The modules, by name."""
    module.handler(event, context)
    return sorted(sys.modules.keys() - imported)
