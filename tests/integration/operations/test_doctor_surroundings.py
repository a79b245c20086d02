"""What the doctor says of the account around a stack: concurrency, log groups, and the topic of the alarms."""

import json
from typing import Any

import pytest

from operations.doctor.account import check_account
from operations.doctor.alarm_topic import check_alarm_topic
from operations.doctor.log_groups import check_log_groups
from operations.findings import Finding
from tests.support.deployed_stack import DeployedStack, told
from tests.support.moto_clients import moto_client
from tests.support.world import REGION

ACCOUNT = "123456789012"
ALARMS = "cloudwatch.amazonaws.com"


@pytest.mark.parametrize("most", [50, 1000])
def test_an_account_with_room_is_ok(deployed: DeployedStack, most: int) -> None:
    deployed.functions.concurrency = most
    assert told(list(check_account(deployed.stack))) == [("ok", "account")]


@pytest.mark.parametrize("most", [10, 49])
def test_an_account_as_new_ones_often_are_is_told_with_the_command_that_asks_for_more(
    deployed: DeployedStack, most: int
) -> None:
    deployed.functions.concurrency = most
    [finding] = check_account(deployed.stack)
    assert told([finding]) == [("warn", "account")]
    assert f"at most {most} functions" in finding.text
    assert "aws service-quotas request-service-quota-increase --service-code lambda" in finding.remedy


def test_log_groups_that_are_there_are_ok(deployed: DeployedStack) -> None:
    assert told(list(check_log_groups(deployed.stack))) == [("ok", "log groups")]


def test_each_log_group_that_is_missing_is_told_by_its_name(deployed: DeployedStack) -> None:
    deployed.parameters["LogRetentionDays"] = "7"
    missing, *_ = deployed.resources["AWS::Logs::LogGroup"]
    logs = moto_client("logs")
    logs.delete_log_group(logGroupName=missing)
    # One whose name goes on is another.
    logs.create_log_group(logGroupName=f"{missing}-again")
    [finding] = check_log_groups(deployed.stack)
    assert told([finding]) == [("FAIL", "log groups")]
    assert finding.text.startswith(f"{missing} is missing")
    assert f"create-log-group --log-group-name {missing} " in finding.remedy
    assert f"put-retention-policy --log-group-name {missing} --retention-in-days 7 " in finding.remedy


def allowing(*actions: str, **condition: Any) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": ALARMS}, "Action": actions, "Resource": "*", **condition}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def make_topic(deployed: DeployedStack, policy: str = "", key: str = "") -> str:
    sns = moto_client("sns")
    topic: str = sns.create_topic(Name="alarms")["TopicArn"]
    for name, value in {"Policy": policy, "KmsMasterKeyId": key}.items():
        if value:
            sns.set_topic_attributes(TopicArn=topic, AttributeName=name, AttributeValue=value)
    deployed.parameters["AlarmTopicArn"] = topic
    return topic


def make_key(policy: str = "") -> str:
    kms = moto_client("kms")
    key: str = kms.create_key(**({"Policy": policy} if policy else {}))["KeyMetadata"]["KeyId"]
    return key


def told_of(deployed: DeployedStack) -> Finding:
    [finding] = check_alarm_topic(deployed.stack)
    assert told([finding])[0][1] == "alarms"
    return finding


def test_alarms_without_a_topic_are_told_to_notify_nobody(deployed: DeployedStack) -> None:
    assert told_of(deployed).level == "ok"
    assert "notify nobody" in told_of(deployed).text


def test_a_topic_as_it_is_made_hears_the_account_s_alarms(deployed: DeployedStack) -> None:
    topic = make_topic(deployed)
    finding = told_of(deployed)
    assert (finding.level, topic in finding.text) == ("ok", True)


def test_a_topic_and_a_key_that_let_alarms_are_ok(deployed: DeployedStack) -> None:
    key = make_key(allowing("kms:Decrypt", "kms:GenerateDataKey*"))
    make_topic(deployed, allowing("sns:Publish"), key)
    assert told_of(deployed).level == "ok"


def test_a_topic_of_another_region_fails(deployed: DeployedStack) -> None:
    deployed.parameters["AlarmTopicArn"] = f"arn:aws:sns:eu-west-1:{ACCOUNT}:alarms"
    assert told_of(deployed).level == "FAIL"
    assert "eu-west-1" in told_of(deployed).text


def test_a_topic_that_is_gone_fails(deployed: DeployedStack) -> None:
    deployed.parameters["AlarmTopicArn"] = f"arn:aws:sns:{REGION}:{ACCOUNT}:gone"
    assert told_of(deployed).level == "FAIL"
    assert "create-topic --name gone" in told_of(deployed).remedy


@pytest.mark.parametrize(
    "policy",
    [
        allowing("sns:Subscribe"),
        allowing("sns:Publish", Condition={"StringEquals": {"aws:SourceAccount": "999999999999"}}),
        # Of the two alarms the one may, and the other not.
        allowing("sns:Publish", Condition={"ArnLike": {"aws:SourceArn": "*:alarm:stack-Poll*"}}),
    ],
    ids=["another action", "another account", "one alarm"],
)
def test_a_topic_whose_policy_leaves_alarms_out_fails(deployed: DeployedStack, policy: str) -> None:
    make_topic(deployed, policy)
    finding = told_of(deployed)
    assert finding.level == "FAIL"
    assert " of the 2 alarms" in finding.text


def test_a_policy_that_cannot_be_judged_is_to_be_tried(deployed: DeployedStack) -> None:
    make_topic(deployed, allowing("sns:Publish", Condition={"StringEquals": {"aws:SourceOrgID": "o-1"}}))
    finding = told_of(deployed)
    assert finding.level == "warn"
    assert "aws cloudwatch set-alarm-state --alarm-name stack-PollDeadLetterAlarm-1 " in finding.remedy


@pytest.mark.parametrize("key", ["alias/aws/sns", f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/aws/sns"])
def test_the_key_that_sns_makes_for_itself_fails(deployed: DeployedStack, key: str) -> None:
    make_topic(deployed, allowing("sns:Publish"), key)
    assert told_of(deployed).level == "FAIL"
    assert "aws/sns" in told_of(deployed).text


@pytest.mark.parametrize("policy", ["", allowing("kms:Decrypt")], ids=["as it is made", "half"])
def test_a_key_that_alarms_may_not_use_fails(deployed: DeployedStack, policy: str) -> None:
    make_topic(deployed, allowing("sns:Publish"), make_key(policy))
    finding = told_of(deployed)
    assert finding.level == "FAIL"
    assert "the key of their topic" in finding.text


def test_a_key_that_is_disabled_fails(deployed: DeployedStack) -> None:
    key = make_key(allowing("kms:Decrypt", "kms:GenerateDataKey*"))
    moto_client("kms").disable_key(KeyId=key)
    make_topic(deployed, allowing("sns:Publish"), key)
    assert told_of(deployed).level == "FAIL"
    assert "Disabled" in told_of(deployed).text
