"""Parameters, outputs and folders: what users of the template rely on."""

import re
from pathlib import Path

import pytest

from local.sam import PROJECT_ROOT
from tests.support.template import FUNCTIONS, template
from twilio_connector import __version__

CONTRACT_DEFAULTS: dict[str, str | int] = {
    "ConnectionPrefix": "twilio/connections/",
    "SecretsKmsKeyArn": "",
    "TwilioApiUrl": "https://api.twilio.com",
    "EventBusName": "",
    "CustomEventBusArn": "",
    "PollEnabled": "true",
    "PollSchedule": "rate(5 minutes)",
    "PollConnection": "default",
    "PollFrom": "",
    "PollTo": "",
    "PollShowNewRecords": "true",
    "PollShowUpdatedRecords": "true",
    "PollOverlapSeconds": 300,
    "PollMaxMessages": 10000,
    "ReconcileEnabled": "false",
    "ReconcileSchedule": "rate(1 hour)",
    "ReconcileConnection": "default",
    "ReconcileLookBackHours": 48,
    "MaxMessagesPerEvent": 100,
    "WebhookBaseUrl": "",
    "PreviousTokenSeconds": 3600,
    "WebhookRateLimit": 1000,
    "WebhookBurstLimit": 2000,
    "WebhookConcurrency": 0,
    "StatusCallbacks": "true",
    "UnknownHoldSeconds": 900,
    "SendQueueConcurrency": 5,
    "SendsPerBatchAtOnce": 10,
    "DeletionProtection": "false",
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
        assert re.fullmatch(parameter["AllowedPattern"], parameter["Default"])
        assert parameter["ConstraintDescription"]


def test_every_parameter_stands_in_one_group_of_the_form() -> None:
    groups = template()["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    grouped = [name for group in groups for name in group["Parameters"]]
    assert sorted(grouped) == sorted(template()["Parameters"])


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


def test_the_application_repository_is_told_what_this_is() -> None:
    application = template()["Metadata"]["AWS::ServerlessRepo::Application"]
    # The limits: https://docs.aws.amazon.com/serverlessrepo/latest/devguide/applications.html
    assert re.fullmatch(r"[a-zA-Z0-9-]{1,140}", application["Name"])
    assert re.fullmatch(r"[a-z0-9](([a-z0-9]|-(?!-))*[a-z0-9])?", application["Author"])
    assert len(application["Description"]) <= 256
    assert 1 <= len(application["Labels"]) <= 10
    assert application["SpdxLicenseId"] == "MIT"
    assert "MIT License" in (PROJECT_ROOT / application["LicenseUrl"]).read_text()
    assert (PROJECT_ROOT / application["ReadmeUrl"]).exists()
    assert application["SemanticVersion"] == __version__
