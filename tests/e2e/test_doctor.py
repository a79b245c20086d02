"""The doctor examines the deployed stack: in health, with each part broken, and interrupted."""

import signal
import threading

import pytest

from local.aws import LocalAws
from local.bus import BusWatcher
from local.twilio_sandbox import OwnedNumber, TwilioSandbox
from operations.doctor.account import ENOUGH
from operations.doctor.main import main
from tests.support.deployed_breakages import owning
from tests.support.deployed_commands import Operator, start
from tests.support.deployed_configuration import scheduled
from tests.support.scripted_server import Exchange, ScriptedServer


def left_behind(aws: LocalAws) -> list[str]:
    rules = aws.events.list_rules(EventBusName=aws.outputs["EventBusName"], NamePrefix="twilio-connector-")["Rules"]
    queues = aws.sqs.list_queues(QueueNamePrefix="twilio-connector-probe").get("QueueUrls", [])
    return [*(rule["Name"] for rule in rules), *queues]


def most_at_once(aws: LocalAws) -> int:
    return aws.lambda_.get_account_settings()["AccountLimit"]["ConcurrentExecutions"]


def test_a_healthy_stack_is_ok_in_every_part(
    operator: Operator, aws: LocalAws, watcher: BusWatcher, twilio: TwilioSandbox
) -> None:
    aws.invoke("PollFunction", {})
    before = len(watcher.drain())
    with scheduled(aws), owning(twilio, OwnedNumber("+15558675309", f"{aws.outputs['WebhookUrl']}#rc=5&rp=all")):
        status, out = operator.run(main, "--deliver-to", aws.api_url)

    assert status == 0, out
    told = [line.split(":")[0].split(maxsplit=1) for line in out.splitlines()[:-2] if not line.startswith(" ")]
    assert told == [
        ["ok", "stack"],
        ["ok", "code"],
        # What the local AWS runs at once is a matter of this machine's memory.
        ["ok" if most_at_once(aws) >= ENOUGH else "warn", "account"],
        ["ok", "log groups"],
        ["ok", "alarms"],
        ["ok", "secret default"],
        ["ok", "credentials default"],
        ["ok", "numbers default"],
        ["ok", "messaging services default"],
        ["ok", "auth token default"],
        ["ok", "webhook default"],
        ["ok", "polling default"],
        ["ok", "polling default"],
        ["ok", "reconciling"],
        ["ok", "callbacks"],
        ["ok", "queues"],
        # The test's own, which a deletion would have to mention.
        ["warn", "deletion"],
    ]
    warned = len([level for level, _ in told if level == "warn"])
    assert out.endswith(f"\n0 failed, {warned} to look at, {len(told) - warned} ok.\n")
    assert not [secret for secret in (twilio.auth_token, twilio.api_key_secret, "8675309") if secret in out]
    # On the bus, the probe is nothing that a consumer's rule for messages or webhooks would match.
    [probe] = [event for event in watcher.drain()[before:] if event.detail_type == "Connector Probe"]
    assert probe.detail["body"]["data"]["ConnectorProbe"] == probe.detail["id"]
    assert left_behind(aws) == []


def test_each_broken_part_is_told_with_its_remedy(operator: Operator, aws: LocalAws, twilio: TwilioSandbox) -> None:
    key = {"accountSid": twilio.account_sid, "apiKeySid": twilio.api_key_sid}
    aws.put_connection("mistyped", {**key, "apiKeySecret": "mistyped-secret"})
    aws.put_connection("malformed", {"accountSid": twilio.account_sid})
    aws.put_connection("mixed", {**key, "apiKeySecret": twilio.api_key_secret})
    aws.put_connection("mixed/auth-token", {"accountSid": f"AC{0:032}", "authToken": "of-another-account"})
    aws.sqs.send_message(QueueUrl=aws.outputs["SendDeadLetterQueueUrl"], MessageBody='{"message": "private"}')

    names = ("mistyped", "malformed", "nobody", "mixed")
    with owning(twilio):
        status, out = operator.run(main, *(word for name in names for word in ("--connection", name)))

    assert status == 1
    failures = {line.removeprefix("FAIL  ").partition(":")[0] for line in out.splitlines() if line.startswith("FAIL")}
    assert failures == {
        "credentials mistyped",
        "secret malformed",
        "secret nobody",
        "auth token mixed",
        "SendDeadLetterQueue",
    }
    warnings = {line.removeprefix("warn  ").partition(":")[0] for line in out.splitlines() if line.startswith("warn")}
    # Rules of other tests are on the bus, or none.
    assert warnings - {"deletion"} == {"auth token mistyped", *(f"polling {name}" for name in names)}
    assert "create-secret --name twilio/connections/nobody --secret-string file://connection.json" in out
    assert f"make replay STACK={aws.stack_name}\n" in out
    assert not [secret for secret in ("mistyped-secret", "of-another-account", "private", "Traceback") if secret in out]


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("{api}/elsewhere", "A properly signed callback was answered with 404, not 204.\n"),
        ("http://127.0.0.1:9", "/webhook/default does not answer from here (NewConnectionError).\n"),
    ],
)
def test_a_webhook_that_leads_elsewhere_or_nowhere_fails(
    operator: Operator, aws: LocalAws, address: str, told: str
) -> None:
    status, out = operator.run(main, "--deliver-to", address.format(api=aws.api_url))

    assert status == 1
    (failure,) = (line for line in out.splitlines(keepends=True) if line.startswith("FAIL"))
    assert failure.startswith("FAIL  webhook default: ")
    assert failure.endswith(told)
    assert left_behind(aws) == []


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
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


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("another", "There is no stack 'another' in us-east-1"),
        # Where SAM CLI puts what it deploys.
        (
            "aws-sam-cli-managed-default",
            "The stack 'aws-sam-cli-managed-default' is CREATE_COMPLETE and has no outputs",
        ),
    ],
)
def test_a_stack_that_is_not_there_or_another_is_a_sentence(aws: LocalAws, name: str, told: str) -> None:
    with start(aws, "doctor", "--stack", name) as doctor:
        out, errors = doctor.communicate(timeout=30)

    assert (doctor.returncode, out) == (1, "")
    assert errors.startswith(f"FAIL  {told}")
    assert "Traceback" not in errors
