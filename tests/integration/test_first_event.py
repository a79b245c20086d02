"""What a first event finds: no module that it needs is left to be imported."""

import json
from typing import Any

import pytest

from bench.inputs import SEND, WEBHOOK, poll_event
from bench.running import stubs
from bench.stubs import HOST
from local.lambda_process import LambdaProcess
from local.sam import PROJECT_ROOT
from tests.support.certificates import Authority
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


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_imports_nothing(name: str, authority: Authority) -> None:
    job, event = EVENTS[name]
    trusted = {"AWS_CA_BUNDLE": str(authority.file), "SSL_CERT_FILE": str(authority.file)}
    with stubs(authority.server_file(HOST)) as endpoints:
        environment = SETTINGS | endpoints.variables | trusted | {"JOB": job}
        folder = PROJECT_ROOT / "tests" / "support" / "first_imports"
        with LambdaProcess(folder, this_release().layer, environment) as process:
            result = process.invoke(event)
            assert (result.failed, result.payload) == (False, [])
