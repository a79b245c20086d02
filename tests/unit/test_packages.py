"""Imports point inward: what decides knows neither AWS nor HTTP, logs nor metrics."""

import subprocess
import sys

from local.sam import PROJECT_ROOT

PURE = [
    "bus.batches",
    "connections.connection",
    "invocation.deadline",
    "errors",
    "bus.event",
    "webhook.http_request",
    "invocation.inputs",
    "strict_json",
    "polling.events",
    "twilio.message",
    "polling.rows",
    "twilio.phone_numbers",
    "polling.inputs",
    "raw_request.pairs",
    "raw_request.url",
    "invocation.results",
    "sending.inputs",
    "sending.items",
    "sending.records",
    "sending.writes",
    "settings",
    "webhook.signature",
    "webhook.candidate_urls",
    "twilio.api",
    "webhook.events",
    "webhook.payload",
    "polling.cursor",
]
ADAPTERS = {"botocore", "boto3", "aws_lambda_powertools", "urllib3", "http.client"}

IMPORT = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(f"twilio_connector.{name}")
print(*sys.modules)
"""


def test_core_imports_no_adapter() -> None:
    imported = subprocess.run(
        [sys.executable, "-c", IMPORT, *PURE],
        cwd=PROJECT_ROOT / "layers" / "twilio_connector" / "python",
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert "twilio_connector.polling.cursor" in imported
    assert ADAPTERS.isdisjoint(imported)
