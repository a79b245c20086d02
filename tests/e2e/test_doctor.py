"""The doctor examines the deployed stack: in health, with each part broken, and interrupted."""

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from scripts.doctor.__main__ import main
from tests.e2e.operating import Operator, start
from tests.local.aws import LocalAws
from tests.local.bus import BusWatcher
from tests.local.twilio_sandbox import OwnedNumber, TwilioSandbox
from tests.scripted_server import Exchange, ScriptedServer


@contextmanager
def schedule_on(aws: LocalAws) -> Iterator[None]:
    """The shipped schedule, switched on by hand."""
    scheduler = aws.session.client("scheduler")
    shipped = next(one for one in scheduler.list_schedules()["Schedules"] if aws.stack_name in one["Target"]["Arn"])
    described = scheduler.get_schedule(Name=shipped["Name"])
    switch = partial(
        scheduler.update_schedule,
        Name=described["Name"],
        ScheduleExpression=described["ScheduleExpression"],
        FlexibleTimeWindow=described["FlexibleTimeWindow"],
        Target=described["Target"],
    )
    switch(State="ENABLED")
    aws.invoke("PollFunction", json.loads(described["Target"]["Input"]))
    try:
        yield
    finally:
        switch(State="DISABLED")


def left_behind(aws: LocalAws) -> list[str]:
    rules = aws.events.list_rules(EventBusName=aws.outputs["EventBusName"], NamePrefix="twilio-connector-")["Rules"]
    queues = aws.sqs.list_queues(QueueNamePrefix="twilio-connector-probe").get("QueueUrls", [])
    return [*(rule["Name"] for rule in rules), *queues]


def test_a_healthy_stack_is_ok_in_every_part(
    operator: Operator, aws: LocalAws, watcher: BusWatcher, twilio: TwilioSandbox
) -> None:
    twilio.owned_numbers[:] = [OwnedNumber("+15558675309", aws.outputs["WebhookUrl"])]
    with schedule_on(aws):
        status, out = operator.run(main, "--deliver-to", aws.api_url)

    assert status == 0, out
    told = [line.split(":")[0].split(maxsplit=1) for line in out.splitlines()[:-2]]
    assert told == [
        ["ok", "stack"],
        ["ok", "code"],
        ["ok", "secret default"],
        ["ok", "credentials default"],
        ["ok", "numbers default"],
        ["ok", "auth token default"],
        ["ok", "webhook default"],
        ["ok", "polling"],
        ["ok", "polling"],
        ["ok", "queues"],
    ]
    assert out.endswith("\n0 failed, 0 to look at, 10 ok.\n")
    assert not [secret for secret in (twilio.auth_token, twilio.api_key_secret, "8675309") if secret in out]
    # On the bus, the probe is nothing that a consumer's rule for messages or webhooks would match.
    [probe] = [event for event in watcher.drain() if event.detail_type == "Connector Probe"]
    assert probe.detail["body"]["data"]["ConnectorProbe"] == probe.detail["id"]
    assert left_behind(aws) == []


def test_each_broken_part_is_told_with_its_remedy(operator: Operator, aws: LocalAws, twilio: TwilioSandbox) -> None:
    key = {"accountSid": twilio.account_sid, "apiKeySid": twilio.api_key_sid}
    aws.put_connection("mistyped", {**key, "apiKeySecret": "mistyped-secret"})
    aws.put_connection("malformed", {"accountSid": twilio.account_sid})
    aws.sqs.send_message(QueueUrl=aws.outputs["SendDeadLetterQueueUrl"], MessageBody='{"message": "private"}')

    names = ("mistyped", "malformed", "nobody")
    status, out = operator.run(main, *(word for name in names for word in ("--connection", name)))

    assert status == 1
    failures = {line.removeprefix("FAIL  ").partition(":")[0] for line in out.splitlines() if line.startswith("FAIL")}
    assert failures == {"credentials mistyped", "secret malformed", "secret nobody", "SendDeadLetterQueue"}
    warnings = {line.removeprefix("warn  ").partition(":")[0] for line in out.splitlines() if line.startswith("warn")}
    assert warnings == {"auth token mistyped", "polling"}
    assert "create-secret --name twilio/connections/nobody --secret-string file://connection.json" in out
    assert f"make replay STACK={aws.stack_name}\n" in out
    assert not [secret for secret in ("mistyped-secret", "private", "Traceback") if secret in out]


def test_a_webhook_that_leads_elsewhere_fails(operator: Operator, aws: LocalAws) -> None:
    status, out = operator.run(main, "--deliver-to", f"{aws.api_url}/elsewhere")

    assert status == 1
    assert "FAIL  webhook default: A properly signed callback was answered with 404, not 204.\n" in out
    assert left_behind(aws) == []


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_doctor_removes_its_rule_and_its_queue(
    aws: LocalAws, number: signal.Signals, status: int
) -> None:
    posted = threading.Event()

    def hang(exchange: Exchange) -> None:
        posted.set()
        exchange.stopping.wait()

    with ScriptedServer(hang) as server, start(aws, "doctor", "--deliver-to", server.url) as doctor:
        assert posted.wait(30), doctor.communicate()
        assert len(left_behind(aws)) == 2
        doctor.send_signal(number)
        _, errors = doctor.communicate(timeout=30)

    assert doctor.returncode == status
    assert "Traceback" not in errors
    assert left_behind(aws) == []


def test_a_stack_that_does_not_exist_is_a_sentence(aws: LocalAws) -> None:
    with start(aws, "doctor", "--stack", "another") as doctor:
        out, errors = doctor.communicate(timeout=30)

    assert (doctor.returncode, out) == (1, "")
    assert errors.startswith("FAIL  There is no stack 'another' in us-east-1")
    assert "Traceback" not in errors
