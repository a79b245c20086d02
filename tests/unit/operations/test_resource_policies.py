"""Policies of topics and keys as people write them, and what they say to CloudWatch's alarms."""

from typing import Any

import pytest

from operations.doctor.resource_policies import Verdict, verdict

SERVICE, ACTION = "cloudwatch.amazonaws.com", "sns:Publish"
ACCOUNT = "123456789012"
CONTEXT = {
    "aws:sourceaccount": ACCOUNT,
    "aws:sourcearn": f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:twilio-connector-PollDeadLetterAlarm-1",
    "aws:securetransport": "true",
}
TO_ALARMS = {"Effect": "Allow", "Principal": {"Service": SERVICE}, "Action": ACTION, "Resource": "*"}
TO_ALL = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["SNS:Subscribe", "SNS:Publish"], "Resource": "*"}
DENIAL = {"Effect": "Deny", "Principal": "*", "Action": "sns:*", "Resource": "*"}


def on(statement: dict[str, Any], **condition: dict[str, Any]) -> dict[str, Any]:
    return {**statement, "Condition": condition}


OURS = {"aws:SourceArn": f"arn:aws:cloudwatch:*:{ACCOUNT}:alarm:twilio-connector-*"}
CASES = {
    "the service": ([TO_ALARMS], Verdict.ALLOWED),
    "the service among others": (
        [{**TO_ALARMS, "Principal": {"Service": ["events.amazonaws.com", SERVICE]}}],
        Verdict.ALLOWED,
    ),
    "everyone": ([{**TO_ALARMS, "Principal": "*"}], Verdict.ALLOWED),
    "a pattern of actions": ([{**TO_ALARMS, "Action": "SNS:*"}], Verdict.ALLOWED),
    "all but another action": (
        [{k: v for k, v in TO_ALARMS.items() if k != "Action"} | {"NotAction": "sns:Subscribe"}],
        Verdict.ALLOWED,
    ),
    "our account": ([on(TO_ALL, StringEquals={"AWS:SourceAccount": ACCOUNT})], Verdict.ALLOWED),
    "our alarms": ([on(TO_ALARMS, ArnLike=OURS)], Verdict.ALLOWED),
    "one of two accounts": ([on(TO_ALARMS, StringEquals={"aws:SourceAccount": ["1", ACCOUNT]})], Verdict.ALLOWED),
    "not another account": ([on(TO_ALARMS, StringNotEquals={"aws:SourceAccount": "1"})], Verdict.ALLOWED),
    "a denial without TLS": ([TO_ALARMS, on(DENIAL, Bool={"aws:SecureTransport": "false"})], Verdict.ALLOWED),
    "a denial to others": (
        [TO_ALARMS, {**DENIAL, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}],
        Verdict.ALLOWED,
    ),
    "nothing": ([], Verdict.REFUSED),
    "another service": ([{**TO_ALARMS, "Principal": {"Service": "events.amazonaws.com"}}], Verdict.REFUSED),
    "the account's principals": (
        [{**TO_ALARMS, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}],
        Verdict.REFUSED,
    ),
    "another action": ([{**TO_ALARMS, "Action": "sns:Subscribe"}], Verdict.REFUSED),
    "all but this action": (
        [{k: v for k, v in TO_ALARMS.items() if k != "Action"} | {"NotAction": "sns:P*"}],
        Verdict.REFUSED,
    ),
    "another account": ([on(TO_ALL, StringEquals={"aws:SourceAccount": "999999999999"})], Verdict.REFUSED),
    "other alarms": (
        [on(TO_ALARMS, ArnLike={"aws:SourceArn": "arn:aws:cloudwatch:*:*:alarm:other-*"})],
        Verdict.REFUSED,
    ),
    "a denial": ([TO_ALARMS, DENIAL], Verdict.REFUSED),
    "a denial of one condition of two": (
        [TO_ALARMS, on(DENIAL, StringNotEquals={"aws:SourceAccount": "1"}, ArnLike=OURS)],
        Verdict.REFUSED,
    ),
    "an organization": ([on(TO_ALARMS, StringEquals={"aws:SourceOrgID": "o-1"})], Verdict.UNDECIDED),
    "an operator of its own": ([on(TO_ALARMS, DateLessThan={"aws:CurrentTime": "2030-01-01"})], Verdict.UNDECIDED),
    "perhaps denied": ([TO_ALARMS, on(DENIAL, StringNotEquals={"aws:PrincipalOrgID": "o-1"})], Verdict.UNDECIDED),
    "neither allowed nor certainly denied": ([on(DENIAL, StringEquals={"aws:SourceOrgID": "o-1"})], Verdict.REFUSED),
    "all but some principals": (
        [{"Effect": "Allow", "NotPrincipal": {"AWS": "1"}, "Action": "*", "Resource": "*"}],
        Verdict.UNDECIDED,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_policy_says_what_aws_makes_of_it(name: str) -> None:
    statements, expected = CASES[name]
    assert verdict({"Statement": statements}, SERVICE, ACTION, CONTEXT) is expected


def test_a_single_statement_needs_no_list() -> None:
    assert verdict({"Statement": TO_ALARMS}, SERVICE, ACTION, CONTEXT) is Verdict.ALLOWED
