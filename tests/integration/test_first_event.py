"""What a first event finds: no module that it needs is left to be imported."""

import json
from typing import Any

import pytest

from bench.inputs import SEND, WEBHOOK, poll_event
from bench.running import stubs
from local.lambda_process import LambdaProcess
from local.sam import PROJECT_ROOT
from tests.support.old_releases import this_release
from tests.support.starts import SETTINGS

BATCH = {"Records": [{"messageId": "1", "body": json.dumps(SEND)}]}
EVENTS: dict[str, tuple[str, Any]] = {
    "webhook": ("webhook", WEBHOOK),
    "poll": ("poll", poll_event(1)),
    "a direct send": ("send_sms", SEND),
    "a batch of sends": ("send_sms", BATCH),
    "get_sms": ("get_sms", {"messageSid": "SM" + "0" * 32}),
    "list_messages": ("list_messages", {"to": "(555) 123-4567"}),
    "raw_request": ("raw_request", {"url": "/2010-04-01/Accounts.json"}),
}


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_imports_nothing(name: str) -> None:
    job, event = EVENTS[name]
    with stubs() as url:
        environment = SETTINGS | {"AWS_ENDPOINT_URL": url, "TWILIO_API_URL": url, "JOB": job}
        environment["UNDELIVERED_QUEUE_URL"] = f"{url}/000000000000/undelivered"
        folder = PROJECT_ROOT / "tests" / "support" / "first_imports"
        with LambdaProcess(folder, this_release().layer, environment) as process:
            result = process.invoke(event)
            assert (result.failed, result.payload) == (False, [])
