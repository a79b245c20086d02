"""What the role of each deployed function lets it do, and that everything else is denied.

In the role of a function runs a probe, which makes every call of a list. The account's root user makes them all, too:
so a denial is one, and no mistake in the call. `dynamodb:LeadingKeys` is unknown to the local AWS: that polls and sends
see only their own items is asserted on the template.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from local.aws import LocalAws
from tests.support import role_probe
from tests.support.deployed_roles import call_as
from tests.support.template import FUNCTIONS

DENIALS = {"AccessDenied", "AccessDeniedException"}
OTHER_SECRET = "another-application/database"
CONNECTION = "twilio/connections/probed"
KEY = {"pk": {"S": "probe"}, "sk": {"S": "probe"}}

READ_CONNECTION, PUBLISH, KEEP_EVENT = "read a connection", "publish", "keep an event for redelivery"
READ_STATE, WRITE_STATE, DELETE_STATE = "query the state", "write the state", "delete an item of the state"
UPDATE_STATE = "update the state"
EVERYONE = {READ_CONNECTION}
PUBLISHER = {READ_CONNECTION, PUBLISH, KEEP_EVENT}

ALLOWED = {
    "WebhookFunction": PUBLISHER,
    "PollFunction": PUBLISHER | {READ_STATE, WRITE_STATE, UPDATE_STATE, "leave a failed poll"},
    "ReconcileFunction": PUBLISHER | {READ_STATE, WRITE_STATE, UPDATE_STATE, "leave a failed reconciliation"},
    "SendSmsFunction": PUBLISHER
    | {READ_STATE, WRITE_STATE, DELETE_STATE, UPDATE_STATE, "get an item"}
    | {"take from the send queue", "leave a failed send"},
    "RedeliverFunction": {PUBLISH, "take kept events"},
    "GetSmsFunction": EVERYONE,
    "ListMessagesFunction": EVERYONE,
    # Counters of the owner's limits, as send_sms has them.
    "RawRequestFunction": EVERYONE | {UPDATE_STATE},
    "SelectMessageFunction": EVERYONE,
    "UpdateMessageFunction": EVERYONE,
}


def calls(aws: LocalAws) -> dict[str, role_probe.Call]:
    """Calls that succeed for those who may make them, and change nothing that another test sees."""
    table = {"TableName": aws.outputs["StateTableName"]}
    query = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": KEY["pk"]}}
    entry = {"Source": "a.probe", "DetailType": "Probe", "Detail": "{}"}

    def put(output: str) -> role_probe.Call:
        return "sqs", "send_message", {"QueueUrl": aws.outputs[output], "MessageBody": "probe", "DelaySeconds": 900}

    def take(output: str) -> role_probe.Call:
        return "sqs", "receive_message", {"QueueUrl": aws.outputs[output], "VisibilityTimeout": 0}

    return {
        READ_CONNECTION: ("secretsmanager", "get_secret_value", {"SecretId": CONNECTION}),
        "read a secret of another prefix": ("secretsmanager", "get_secret_value", {"SecretId": OTHER_SECRET}),
        "list secrets": ("secretsmanager", "list_secrets", {}),
        "change a connection": ("secretsmanager", "put_secret_value", {"SecretId": CONNECTION, "SecretString": "{}"}),
        PUBLISH: ("events", "put_events", {"Entries": [{**entry, "EventBusName": aws.outputs["EventBusName"]}]}),
        "publish on another bus": ("events", "put_events", {"Entries": [{**entry, "EventBusName": "default"}]}),
        "look at rules": ("events", "list_rules", {"EventBusName": aws.outputs["EventBusName"]}),
        READ_STATE: ("dynamodb", "query", {**table, **query}),
        WRITE_STATE: ("dynamodb", "put_item", {**table, "Item": KEY}),
        UPDATE_STATE: ("dynamodb", "update_item", {**table, "Key": KEY}),
        "get an item": ("dynamodb", "get_item", {**table, "Key": KEY}),
        DELETE_STATE: ("dynamodb", "delete_item", {**table, "Key": KEY}),
        "scan the state": ("dynamodb", "scan", table),
        KEEP_EVENT: put("UndeliveredQueueUrl"),
        "take kept events": take("UndeliveredQueueUrl"),
        "queue a send": put("SendQueueUrl"),
        "take from the send queue": take("SendQueueUrl"),
        "leave a failed send": put("SendFailureQueueUrl"),
        "leave a failed poll": put("PollDeadLetterQueueUrl"),
        "leave a failed reconciliation": put("ReconcileDeadLetterQueueUrl"),
        "take failed polls": take("PollDeadLetterQueueUrl"),
        "invoke a function": (
            "lambda",
            "invoke",
            {"FunctionName": aws.outputs["GetSmsFunction"], "InvocationType": "DryRun"},
        ),
        # Which the logging policy that SAM attaches would allow.
        "make a log group": ("logs", "create_log_group", {"logGroupName": f"/aws/lambda/{aws.stack_name}-again"}),
        "look at roles": ("iam", "list_roles", {}),
        "look at buckets": ("s3", "list_buckets", {}),
    }


@pytest.fixture(scope="module")
def outcomes(aws: LocalAws) -> Iterator[dict[str, list[str]]]:
    """The error codes of all calls, in their order, by the function in whose role they were made; root's under ''."""
    aws.put_connection("probed", {})
    aws.secretsmanager.create_secret(Name=OTHER_SECRET, SecretString="{}")
    made = list(calls(aws).values())

    def ask(function: str) -> list[str]:
        role = aws.lambda_.get_function_configuration(FunctionName=aws.outputs[function])["Role"]
        return call_as(aws, f"probe-{function}", role, made)

    with ThreadPoolExecutor(len(FUNCTIONS)) as askers:
        asked = dict(zip(FUNCTIONS, askers.map(ask, FUNCTIONS), strict=True))
    with pytest.MonkeyPatch.context() as monkeypatch:
        for name, value in aws.environment.items():
            monkeypatch.setenv(name, value)
        asked[""] = role_probe.handler(made, None)
    yield asked
    queues = ("UndeliveredQueue", "SendQueue", "SendFailureQueue", "PollDeadLetterQueue", "ReconcileDeadLetterQueue")
    for output in (f"{queue}Url" for queue in queues):
        aws.sqs.purge_queue(QueueUrl=aws.outputs[output])
    aws.session.client("logs").delete_log_group(logGroupName=f"/aws/lambda/{aws.stack_name}-again")
    for secret in (CONNECTION, OTHER_SECRET):
        aws.secretsmanager.delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)


def test_every_call_is_one_that_succeeds_for_who_may_make_it(aws: LocalAws, outcomes: dict[str, list[str]]) -> None:
    assert dict(zip(calls(aws), outcomes[""], strict=True)) == dict.fromkeys(calls(aws), "")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_role_lets_the_function_do_its_job_and_denies_the_rest(
    aws: LocalAws, outcomes: dict[str, list[str]], function: str
) -> None:
    found = dict(zip(calls(aws), outcomes[function], strict=True))
    assert {name for name, code in found.items() if not code} == ALLOWED[function]
    assert {code for code in found.values() if code} <= DENIALS


@pytest.mark.parametrize("loopback_is_exempt", [True, False])
def test_a_queue_takes_nothing_without_tls_but_from_this_very_machine(aws: LocalAws, loopback_is_exempt: bool) -> None:
    """The local AWS speaks plain http: without the exemption it would be refused, as plain http is on AWS."""
    url = aws.outputs["UndeliveredQueueUrl"]
    deployed = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"]
    (statement,) = json.loads(deployed)["Statement"]
    condition = {key: value for key, value in statement["Condition"].items() if loopback_is_exempt or key == "Bool"}
    other = aws.sqs.create_queue(QueueName=f"plain-http-{loopback_is_exempt}")["QueueUrl"]
    arn = aws.sqs.get_queue_attributes(QueueUrl=other, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    # One verb alone: the queue has to be deleted again.
    refusing = {**statement, "Action": "sqs:SendMessage", "Resource": arn, "Condition": condition}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [refusing]})
    aws.sqs.set_queue_attributes(QueueUrl=other, Attributes={"Policy": policy})
    try:
        if loopback_is_exempt:
            aws.sqs.send_message(QueueUrl=other, MessageBody="over plain http")
            return
        with pytest.raises(ClientError, match="AccessDenied"):
            aws.sqs.send_message(QueueUrl=other, MessageBody="over plain http")
    finally:
        aws.sqs.delete_queue(QueueUrl=other)
