"""Imports point inward: what decides knows neither AWS nor HTTP, logs nor metrics."""

import subprocess
import sys

from tests.local.sam import PROJECT_ROOT

PURE = [
    "batching",
    "connections",
    "deadline",
    "errors",
    "events",
    "http_events",
    "inputs",
    "json_documents",
    "message_events",
    "messages",
    "page_selection",
    "phone_numbers",
    "poll_inputs",
    "raw_pairs",
    "raw_url",
    "results",
    "send_inputs",
    "send_items",
    "send_records",
    "send_writes",
    "settings",
    "signature",
    "signed_urls",
    "twilio_api",
    "webhook_events",
    "webhook_payload",
    "windows",
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
    assert "twilio_connector.windows" in imported
    assert ADAPTERS.isdisjoint(imported)
