"""An upgrade changes code and layer one after the other: for seconds, the old code meets the new layer, or the reverse.

https://github.com/aws/aws-cdk/issues/8446 describes it. Every event file is answered meanwhile, in Lambda's runtime.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local.lambda_process import LambdaProcess
from local.sam import PROJECT_ROOT
from local.twilio_sandbox import TwilioSandbox
from tests.support.built_functions import BuiltFunctions
from tests.support.example_account import brought_up_to_date, example_message
from tests.support.old_releases import RELEASES, Release, old_release, this_release
from tests.support.webhook_requests import ACCOUNT_SID, API_URL, AUTH_TOKEN, HTTP_REQUESTS, INPUTS, load_event
from tests.support.world import TABLE

ALL_FUNCTIONS = PROJECT_ROOT / "tests" / "support" / "all_functions"
PREFIX, BUS = "upgrade/", "upgrade"
# Inputs that are called otherwise than their function.
JOBS = {"send-queue": "send_sms", "undelivered-queue": "redeliver", **dict.fromkeys(HTTP_REQUESTS, "webhook")}
EVENTS = {name: JOBS.get(name, name.replace("-", "_")) for name in (*HTTP_REQUESTS, *INPUTS)}
SENT = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)


@pytest.fixture(scope="module")
def environment(functions: BuiltFunctions) -> Iterator[dict[str, str]]:
    """The functions' variables, all in one, in the account that the event files are about."""
    aws = functions.aws
    aws.events.create_event_bus(Name=BUS)
    queue = aws.sqs.create_queue(QueueName="upgrade-undelivered")["QueueUrl"]
    with TwilioSandbox(status_delay=None) as twilio:
        twilio.account.sid, twilio.account.auth_token = ACCOUNT_SID, AUTH_TOKEN
        twilio.restore([example_message(sent=SENT)])
        secret = json.dumps({"accountSid": ACCOUNT_SID, "authToken": AUTH_TOKEN})
        aws.secretsmanager.create_secret(Name=f"{PREFIX}default", SecretString=secret)
        yield {
            "AWS_ENDPOINT_URL": aws.url,
            "CONNECTION_PREFIX": PREFIX,
            "TWILIO_API_URL": twilio.url,
            "EVENT_BUS_NAME": BUS,
            "UNDELIVERED_QUEUE_URL": queue,
            "STATE_TABLE_NAME": TABLE,
            "POLL_OVERLAP_SECONDS": "300",
            "POLL_MAX_MESSAGES": "10000",
            "MAX_MESSAGES_PER_EVENT": "100",
            "UNKNOWN_HOLD_SECONDS": "900",
            "PREVIOUS_TOKEN_SECONDS": "3600",
            "API_BASE_URL": API_URL,
        }


@pytest.fixture(scope="module", params=[pytest.param(path, id=path.name.partition(".tar")[0]) for path in RELEASES])
def old(request: pytest.FixtureRequest) -> Iterator[Release]:
    """A version that an upgrade may start from."""
    with old_release(request.param) as release:
        yield release


def crossed(functions: Release, layer: Release, environment: dict[str, str]) -> LambdaProcess:
    """The functions of one version in a process, on the layer of another."""
    return LambdaProcess(ALL_FUNCTIONS, layer.layer, {**environment, "FUNCTIONS": str(functions.functions)})


@pytest.fixture(scope="module")
def old_on_new(old: Release, environment: dict[str, str]) -> Iterator[LambdaProcess]:
    with crossed(old, this_release(), environment) as process:
        yield process


@pytest.fixture(scope="module")
def new_on_old(old: Release, environment: dict[str, str]) -> Iterator[LambdaProcess]:
    with crossed(this_release(), old, environment) as process:
        yield process


def assert_answered(old: Release, process: LambdaProcess, name: str) -> None:
    """The function, if the old version had it, takes the event, completely."""
    if EVENTS[name] not in old.jobs():
        pytest.skip(f"{EVENTS[name]} is new: nothing calls it before both are there")
    event = load_event(name)
    given = event if name in HTTP_REQUESTS else brought_up_to_date(event, SENT)
    result = process.invoke({"job": EVENTS[name], "event": given})
    assert not result.failed, result.payload
    assert result.payload.get("statusCode", 200) in (200, 204)
    assert result.payload.get("batchItemFailures", []) == []


@pytest.mark.parametrize("name", EVENTS)
def test_old_functions_answer_on_the_new_layer(old: Release, old_on_new: LambdaProcess, name: str) -> None:
    assert_answered(old, old_on_new, name)


@pytest.mark.parametrize("name", EVENTS)
def test_new_functions_answer_on_the_old_layer(old: Release, new_on_old: LambdaProcess, name: str) -> None:
    assert_answered(old, new_on_old, name)


def test_the_layers_are_those_of_the_versions(
    old: Release, old_on_new: LambdaProcess, new_on_old: LambdaProcess
) -> None:
    layers = [Path(process.invoke({}).payload) for process in (old_on_new, new_on_old)]
    assert layers == [this_release().layer, old.layer]


def test_the_event_files_are_about_every_function() -> None:
    assert set(EVENTS.values()) == this_release().jobs()
