"""Each finding of the doctor, provoked on the deployed stack; those of secrets and of health are in `test_doctor.py`.

Functions that Lambda could not set up, an account of few invocations at once, keys of topics, and a stack that is being
deployed or could not be, cannot be had of the local AWS: `tests/integration` has them.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from local.aws import LocalAws
from local.denial import denied
from local.twilio_sandbox import Fault, OwnedNumber, TwilioSandbox
from operations.doctor import credentials, round_trip
from operations.doctor.main import main
from operations.queues import QUEUES
from tests.support.deployed_breakages import (
    both,
    faulty,
    forbidden,
    hanging,
    late,
    other_code,
    owning,
    piled_up,
    without_logs,
)
from tests.support.deployed_commands import Operator
from tests.support.deployed_configuration import (
    configured,
    count_messages,
    parameters,
    redelivery_paused,
    scheduled,
    wait_until,
)

Breakage = Callable[[LocalAws, TwilioSandbox], AbstractContextManager[None]]

LATE, NEVER_POLLED = "+15557650201", "+15557650202"
GONE = "arn:aws:sns:us-east-1:123456789012:gone"
FORBIDDEN = {
    "code": "lambda:GetFunction",
    "log groups": "logs:DescribeLogGroups",
    "polling keyless": "scheduler:GetSchedule",
    "callbacks": "cloudwatch:GetMetricStatistics",
    "queues": "sqs:GetQueueAttributes",
    "deletion": "events:ListRules",
}


def _url(aws: LocalAws, connection: str) -> str:
    return f"{aws.outputs['WebhookUrl'].rpartition('/')[0]}/{connection}"


FINDINGS: dict[str, tuple[Breakage, list[str]]] = {
    "other code": (
        lambda aws, _: other_code(aws),
        ["warn  code: Deployed is version ", " differs in functions/select_message.\n"],
    ),
    "no log group": (
        lambda aws, _: without_logs(aws, "select-message"),
        ["FAIL  log groups: /aws/lambda/twilio-connector-select-message is missing: "],
    ),
    "alarms that nobody hears": (
        lambda aws, _: parameters(aws, AlarmTopicArn=GONE),
        [f"FAIL  alarms: Their topic {GONE} does not exist.\n"],
    ),
    "a consumer's rule": (
        lambda aws, _: hanging(aws, "of-a-consumer"),
        ["warn  deletion: The rule of-a-consumer hangs on the bus twilio-connector.\n"],
    ),
    "Twilio out of reach": (
        lambda _, twilio: faulty(twilio, Fault.ServerError(), "GET /Messages"),
        ["FAIL  credentials keyless: Twilio", "status.twilio.com"],
    ),
    "numbers hidden": (
        lambda _, twilio: faulty(twilio, Fault.Html(403), "/IncomingPhoneNumbers"),
        ["warn  numbers keyless: These credentials may not list the account's numbers."],
    ),
    "no numbers": (
        lambda _, twilio: owning(twilio),
        ["ok    numbers keyless: The account has no number of its own that can receive texts.\n"],
    ),
    "numbers elsewhere": (
        lambda _, twilio: owning(twilio, OwnedNumber("+15558675309", "https://other.example/sms")),
        ["warn  numbers keyless: 1 of 1 send inbound texts elsewhere: *5309 (to other.example).\n"],
    ),
    "numbers without repeats": (
        lambda aws, twilio: owning(twilio, OwnedNumber("+15558675309", _url(aws, "keyless"))),
        ["warn  numbers keyless: 1 of 1 lead to the stack, but not as they should: *5309 (without #rc=5&rp=all).\n"],
    ),
    "services hidden": (
        lambda _, twilio: faulty(twilio, Fault.Html(403), "/v1/Services"),
        ["warn  messaging services keyless: These credentials may not list the account's messaging services."],
    ),
    "schedule off by hand": (
        lambda aws, _: both(parameters(aws, PollEnabled="true"), scheduled(aws, state="DISABLED")),
        ["FAIL  polling keyless: The schedule was switched off by hand, though PollEnabled is true.\n"],
    ),
    "schedule of no connection": (
        lambda aws, _: scheduled(aws, {"connection": "nobody"}),
        ["FAIL  polling keyless: The schedule polls a connection that cannot be used."],
    ),
    "no cursor": (
        lambda aws, _: scheduled(aws, {"from": NEVER_POLLED}),
        ["warn  polling keyless: It has no cursor yet: no poll has succeeded.\n"],
    ),
    "late cursor": (
        lambda aws, _: late(aws, 2 * 3600, LATE),
        ["FAIL  polling keyless: The cursor is at ", "; CursorLagAlarmSeconds is 3600.\n"],
    ),
    "queues": (
        lambda aws, _: piled_up(aws),
        [
            "FAIL  SendQueueMapping: ",
            "FAIL  UndeliveredQueueMapping: ",
            *(f"{queue.name}: 1 waiting: {queue.means}.\n" for queue in QUEUES),
        ],
    ),
    "permissions": (
        lambda aws, _: forbidden(aws, *FORBIDDEN.values(), "secretsmanager:GetSecretValue"),
        [
            "FAIL  secret keyless: Secrets Manager denies the caller access to the secret 'twilio/connections/",
            *(
                f"FAIL  {subject}: Your AWS credentials may not call {action.partition(':')[2]} on this.\n"
                for subject, action in FORBIDDEN.items()
            ),
        ],
    ),
}
REFUSALS: dict[str, tuple[Breakage, str]] = {
    "403": (
        lambda aws, _: configured(aws, ["WebhookFunction"], WEBHOOK_BASE_URL="https://hooks.example.com"),
        "A properly signed callback was answered with 403, not 204.\n",
    ),
    "503": (
        lambda aws, _: denied(aws, "WebhookFunction", "events:PutEvents", "sqs:SendMessage*"),
        "A properly signed callback was answered with 503, not 204.\n",
    ),
    "a crash": (
        lambda aws, _: configured(aws, ["WebhookFunction"], PREVIOUS_TOKEN_SECONDS="some"),
        "A properly signed callback was answered with 502, not 204.\n",
    ),
    "no event": (
        lambda aws, _: both(redelivery_paused(aws), denied(aws, "WebhookFunction", "events:PutEvents")),
        "was accepted, but did not reach the bus in 1 s.\n",
    ),
}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails here fails at once."""
    monkeypatch.setattr(credentials, "TWILIO_SECONDS", 1.0)
    monkeypatch.setattr(round_trip, "PATIENCE_SECONDS", 1.0)


@pytest.mark.parametrize("broken", FINDINGS)
def test_what_is_broken_is_told(operator: Operator, aws: LocalAws, twilio: TwilioSandbox, broken: str) -> None:
    # Without an auth token there is no webhook to try.
    key = {"apiKeySid": twilio.api_key_sid, "apiKeySecret": twilio.api_key_secret}
    aws.put_connection("keyless", {"accountSid": twilio.account_sid, **key})
    breakage, expected = FINDINGS[broken]

    with parameters(aws, PollConnection="keyless"), breakage(aws, twilio):
        _, out = operator.run(main, "--connection", "keyless")

    assert [words for words in expected if words not in out] == [], out


@pytest.mark.parametrize("broken", REFUSALS)
def test_a_webhook_that_does_not_lead_to_the_bus_is_told(
    operator: Operator, aws: LocalAws, twilio: TwilioSandbox, broken: str
) -> None:
    breakage, expected = REFUSALS[broken]

    with breakage(aws, twilio):
        status, out = operator.run(main, "--deliver-to", aws.api_url)
    # The probe that did not reach the bus does so now, and not in another test.
    wait_until(lambda: count_messages(aws, "UndeliveredQueueUrl") == 0)

    assert status == 1
    (finding,) = (line for line in out.splitlines(keepends=True) if line.startswith("FAIL  webhook default: "))
    assert finding.endswith(expected)
