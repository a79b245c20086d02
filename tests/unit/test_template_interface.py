"""Parameters, outputs and folders: what users of the template rely on."""

import re
from pathlib import Path

import pytest

from tests.local.sam import PROJECT_ROOT
from tests.unit.template import FUNCTIONS, template

CONTRACT_DEFAULTS: dict[str, str | int] = {
    "ConnectionPrefix": "twilio/connections/",
    "SecretsKmsKeyArn": "",
    "TwilioApiUrl": "https://api.twilio.com",
    "EventBusName": "",
    "PollEnabled": "true",
    "PollSchedule": "rate(5 minutes)",
    "PollConnection": "default",
    "PollFrom": "",
    "PollTo": "",
    "PollShowNewRecords": "true",
    "PollShowUpdatedRecords": "true",
    "PollOverlapSeconds": 300,
    "PollMaxMessages": 10000,
    "MaxMessagesPerEvent": 100,
    "WebhookBaseUrl": "",
    "PreviousTokenSeconds": 3600,
    "StatusCallbacks": "true",
    "UnknownHoldSeconds": 900,
    "SendQueueConcurrency": 5,
    "LogLevel": "INFO",
    "LogRetentionDays": 30,
    "AlarmTopicArn": "",
}

CONTRACT_OUTPUTS = {
    *FUNCTIONS,
    *("WebhookUrl", "EventBusName", "EventBusArn", "StateTableName", "SendQueueUrl", "SendQueueArn"),
    *("SendDeadLetterQueueUrl", "UndeliveredQueueUrl", "UndeliveredDeadLetterQueueUrl"),
    "PollDeadLetterQueueUrl",
}


@pytest.mark.parametrize(("name", "default"), CONTRACT_DEFAULTS.items())
def test_parameter_has_its_promised_default(name: str, default: str | int) -> None:
    assert template()["Parameters"][name]["Default"] == default


@pytest.mark.parametrize("name", template()["Parameters"])
def test_parameter_is_described_and_bounded(name: str) -> None:
    parameter = template()["Parameters"][name]
    assert len(parameter["Description"]) > 20
    if parameter["Type"] == "Number" and "AllowedValues" not in parameter:
        assert {"MinValue", "MaxValue"} <= parameter.keys()
    else:
        assert {"AllowedPattern", "AllowedValues"} & parameter.keys()
    if "AllowedPattern" in parameter:
        assert re.search(parameter["AllowedPattern"], parameter["Default"])
        assert parameter["ConstraintDescription"]


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("TwilioApiUrl", "http://127.0.0.1:8080", True),
        ("TwilioApiUrl", "http://localhost:8080", True),
        ("TwilioApiUrl", "http://api.twilio.com", False),
        ("TwilioApiUrl", "http://127.0.0.1.example.com", False),
        ("TwilioApiUrl", "https://user@api.twilio.com", False),
        ("TwilioApiUrl", "https://api.twilio.com/", False),
        ("ConnectionPrefix", "my/app/", True),
        ("ConnectionPrefix", "my/app", False),
        ("ConnectionPrefix", "*/", False),
        ("ConnectionPrefix", "/", False),
        ("PollFrom", "(555) 123-4567", True),
        ("PollFrom", "whatsapp:+15551234567", True),
        ("PollFrom", '", "since": "2020-01-01', False),
        ("PollFrom", "\\u0022", False),
        ("WebhookBaseUrl", "https://hooks.example.com/twilio", True),
        ("WebhookBaseUrl", "https://hooks.example.com/", False),
        ("WebhookBaseUrl", "http://hooks.example.com", False),
        ("PollSchedule", "cron(0/10 * * * ? *)", True),
        ("PollSchedule", "every day", False),
    ],
)
def test_pattern_keeps_out_what_would_not_work(name: str, value: str, allowed: bool) -> None:
    assert bool(re.search(template()["Parameters"][name]["AllowedPattern"], value)) is allowed


def test_outputs_are_the_promised_ones() -> None:
    assert template()["Outputs"].keys() >= CONTRACT_OUTPUTS
    for name in FUNCTIONS:
        assert template()["Outputs"][name]["Value"] == {"Ref": name}


def test_each_function_has_a_folder_and_each_folder_a_function() -> None:
    uris = {
        name: Path(each["Properties"]["CodeUri"]).name
        for name, each in template()["Resources"].items()
        if each["Type"] == "AWS::Serverless::Function"
    }
    assert uris == FUNCTIONS
    assert {path.parent.name for path in PROJECT_ROOT.glob("functions/*/app.py")} == set(FUNCTIONS.values())
