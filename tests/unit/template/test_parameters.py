"""What the parameters let in and keep out. CloudFormation matches a pattern against the whole value."""

import json
import re

import pytest

from local.sam import PROJECT_ROOT
from tests.support.template import load_template, template
from twilio_connector.polling.inputs import PollInputs

KMS_KEY = "arn:aws:kms:eu-west-1:123456789012:key/"
CUSTOM_BUS = "arn:aws:events:eu-west-1:123456789012:event-busv2/"
TOPIC = "arn:aws-cn:sns:cn-north-1:123456789012:"

ALLOWED = {
    "ConnectionPrefix": ["a/", "my/app/", "A" * 199 + "/"],
    "SecretsKmsKeyArn": ["", f"{KMS_KEY}mrk-{'0' * 32}"],
    "TwilioApiUrl": [
        "https://api.dublin.ie1.twilio.com",
        "http://127.0.0.1:8080",
        "http://localhost",
        "http://[::1]:1",
    ],
    "EventBusName": ["", "default", "team/bus-1.a_b", "b" * 256],
    "CustomEventBusArn": [
        "",
        f"{CUSTOM_BUS}twilio/abcdefghijklmnopqrstuvwxy",
        f"{CUSTOM_BUS.replace('aws', 'aws-us-gov')}T.w-i_1/0123456789012345678901234",
        f"{CUSTOM_BUS}{'b' * 256}/{'a' * 25}",
    ],
    "ReconcileSchedule": ["rate(1 hour)", "cron(0 3 * * ? *)"],
    "ReconcileConnection": ["d", "Marketing_EU-2", "c" * 64],
    "PollSchedule": ["rate(1 minute)", "rate(90 days)", "cron(0/10 * ? * MON-FRI *)"],
    "PollConnection": ["d", "Marketing_EU-2", "c" * 64],
    "PollFrom": [
        *("", "+15551234567", "5551234567", "(555) 123-4567", "+1 (555) 123-4567", "011 49 30 1234567", "555.123.4567"),
        *(
            "12345",
            "ACME",
            "Box 12+&_-x",
            "A" * 11,
            "whatsapp:+15551234567",
            "messenger:1234567890",
            f"rcs:{'b' * 240}",
        ),
    ],
    "PollSince": ["", "2026-03-15", "2026-12-31T23:59", "2026-03-15T14:32:10Z", "2026-03-15T14:32:10+05:30"],
    "WebhookBaseUrl": ["", "https://h", "https://hooks.example.com:8443", "https://hooks.example.com/twilio/v1.0"],
    "AllowedCountries": ["", "US", "US,CA", "US, CA, GB", ",".join(["DE"] * 250)],
    "AlarmTopicArn": ["", f"{TOPIC}alarms", f"{TOPIC}{'t' * 256}"],
}

REFUSED = {
    "ConnectionPrefix": ["", "/", "/a/", "my/app", "*/", "a b/", "A" * 200 + "/"],
    "SecretsKmsKeyArn": ["alias/mine", KMS_KEY, f"{KMS_KEY}{'0' * 65}", f"{KMS_KEY.replace('key', 'alias')}mine"],
    "TwilioApiUrl": [
        *(
            "",
            "http://api.twilio.com",
            "http://127.0.0.1.example.com",
            "https://user@api.twilio.com",
            "https://.twilio.com",
        ),
        *(
            "https://api.twilio.com/",
            "https://api.twilio.com:0",
            "https://api.twilio.com:123456",
            f"https://{'a' * 254}",
        ),
    ],
    "CustomEventBusArn": [
        f"{CUSTOM_BUS}twilio",
        f"{CUSTOM_BUS}twilio/abc",
        f"{CUSTOM_BUS}twilio/{'A' * 25}",
        f"{CUSTOM_BUS}-twilio/{'a' * 25}",
        f"{CUSTOM_BUS}*/{'a' * 25}",
        f"{CUSTOM_BUS.replace('event-busv2', 'event-bus')}twilio/{'a' * 25}",
        f"{CUSTOM_BUS}twilio/{'a' * 25}\n",
        "twilio",
        "*",
    ],
    "EventBusName": ["b" * 257, "my bus", "arn:aws:events:eu-west-1:123456789012:event-bus/mine", "*"],
    "ReconcileSchedule": ["", "1 hour", "rate(0 hours)", "at(2026-03-15T14:32:10)"],
    "ReconcileConnection": ["", "c" * 65, "a/auth-token", 'd"', "ü"],
    "PollSchedule": [
        "",
        "every day",
        "rate(0 minutes)",
        "rate(5)",
        "rate(5 minutes) ",
        "cron(* * * *)",
        "at(2026-03-15)",
        # Over, it would make every later change of the schedule fail.
        "at(2026-03-15T14:32:10)",
    ],
    "PollConnection": ["", "c" * 65, "a/auth-token", 'd"', "ü"],
    "PollFrom": [
        *(" ", "A" * 12, "1" * 2, "+1555123456789012345678901234567890123456789", "555-1234\n", f"rcs:{'b' * 241}"),
        *('", "since": "2020-01-01', "\\u0022", 'whatsapp:"', "whatsapp:\\", "whatsapp:+1 555"),
    ],
    "PollSince": [
        "yesterday",
        "2026-13-01",
        "2026-03-32",
        "2026-03-15T24:00Z",
        "2026-03-15 14:32",
        '2026-03-15"',
        "2026",
    ],
    "WebhookBaseUrl": [
        *("https://hooks.example.com/", "http://hooks.example.com", "https://user@hooks.example.com", "https://"),
        *("https://h.example.com/a?b", "https://h.example.com/a#b", "https://h/a//b", 'https://h"', "https://h/a b"),
    ],
    "AllowedCountries": ["us", "USA", "US,", ",US", "US;CA", "US,,CA", " US", "U1", ",".join(["DE"] * 251)],
    "AlarmTopicArn": ["alarms", f"{TOPIC}alarms.fifo", f"{TOPIC}{'t' * 257}", TOPIC],
}


def matches(name: str, value: str) -> bool:
    return bool(re.fullmatch(template()["Parameters"][name]["AllowedPattern"], value))


def test_the_cases_cover_every_pattern() -> None:
    patterns = {name for name, each in template()["Parameters"].items() if "AllowedPattern" in each}
    assert patterns - {"PollTo"} == ALLOWED.keys() == REFUSED.keys()
    assert (
        template()["Parameters"]["PollTo"]["AllowedPattern"] == template()["Parameters"]["PollFrom"]["AllowedPattern"]
    )


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in ALLOWED.items() for value in values])
def test_pattern_lets_in_what_works(name: str, value: str) -> None:
    assert matches(name, value)


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in REFUSED.items() for value in values])
def test_pattern_keeps_out_what_would_not_work(name: str, value: str) -> None:
    assert not matches(name, value)


@pytest.mark.parametrize("address", [each for each in ALLOWED["PollFrom"] if each])
def test_every_address_that_the_pattern_lets_in_is_a_filter_of_the_poll_function(address: str) -> None:
    inputs = PollInputs.parse(json.loads(f'{{"connection": "default", "from": "{address}", "to": "{address}"}}'))
    filters = inputs.filters("US")
    assert filters.sender
    assert filters.recipient


@pytest.mark.parametrize("since", [each for each in ALLOWED["PollSince"] if each])
def test_every_instant_that_the_pattern_lets_in_is_one_to_the_poll_function(since: str) -> None:
    assert PollInputs.parse({"since": since}).since


def test_the_schedule_of_a_further_connection_takes_what_the_stack_itself_takes() -> None:
    schedule = load_template(PROJECT_ROOT / "docs" / "examples" / "poll-schedule.yaml")
    own = template()["Parameters"]
    parameters = {name: each for name, each in schedule["Parameters"].items() if name != "ConnectorStack"}
    assert parameters.keys() == {"PollConnection", "PollSchedule", "PollFrom", "PollTo", "PollSince"}
    for name, parameter in parameters.items():
        assert parameter["AllowedPattern"] == own[name]["AllowedPattern"]
        assert parameter["ConstraintDescription"] == own[name]["ConstraintDescription"]
    (resource,) = schedule["Resources"].values()
    written = resource["Properties"]["Target"]["Input"]["Fn::Sub"]
    assert json.loads(written) == {
        "connection": "${PollConnection}",
        "from": "${PollFrom}",
        "to": "${PollTo}",
        "since": "${PollSince}",
    }


def test_the_stack_exports_what_that_schedule_imports() -> None:
    schedule = json.dumps(load_template(PROJECT_ROOT / "docs" / "examples" / "poll-schedule.yaml")["Resources"])
    exported = {
        output["Export"]["Name"]["Fn::Sub"].removeprefix("${AWS::StackName}-")
        for output in template()["Outputs"].values()
        if "Export" in output
    }
    assert exported == set(re.findall(r"\$\{ConnectorStack\}-(\w+)", schedule))
