"""Who may do what: every verb that a role allows, on which resource, under which condition."""

import json

import pytest

from tests.unit.template import FUNCTIONS, of_type, referenced, statements

CONSUMER_VERBS = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
WRITER_VERBS = {"sqs:SendMessage", "sqs:SendMessageBatch"}

# Verb by verb, what each function's own statements allow, by the resource that they name.
GRANTS = {
    "WebhookFunction": {"EventBus": {"events:PutEvents"}, "UndeliveredQueue": WRITER_VERBS},
    "PollFunction": {
        "StateTable": {
            f"dynamodb:{verb}" for verb in ("UpdateItem", "Query", "PutItem", "BatchGetItem", "BatchWriteItem")
        },
        "EventBus": {"events:PutEvents"},
        "UndeliveredQueue": WRITER_VERBS,
        "PollDeadLetterQueue": {"sqs:SendMessage"},
    },
    "SendSmsFunction": {
        "StateTable": {f"dynamodb:{verb}" for verb in ("GetItem", "PutItem", "DeleteItem", "Query")},
        "EventBus": {"events:PutEvents"},
        "UndeliveredQueue": WRITER_VERBS,
        "SendQueue": CONSUMER_VERBS,
        "SendFailureQueue": {"sqs:SendMessage"},
    },
    "RedeliverFunction": {
        "EventBus": {"events:PutEvents"},
        "UndeliveredQueue": CONSUMER_VERBS | {"sqs:ChangeMessageVisibility", "sqs:ChangeMessageVisibilityBatch"},
    },
    "GetSmsFunction": {},
    "ListMessagesFunction": {},
    "RawRequestFunction": {},
    "SelectMessageFunction": {},
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_role_allows_its_verbs_on_named_resources_and_no_more(name: str) -> None:
    granted: dict[str, set[str]] = {}
    for statement in statements(of_type("AWS::IAM::Role")[f"{name}Role"]):
        assert statement["Effect"] == "Allow"
        verbs = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        granted.setdefault(referenced(statement["Resource"]), set()).update(verbs)
    assert granted == GRANTS[name]


def test_all_but_redeliver_may_read_the_connections_secrets_and_nothing_else_of_secrets_manager() -> None:
    readers = {
        name
        for name in FUNCTIONS
        if {"Ref": "ConnectionsPolicy"} in of_type("AWS::IAM::Role")[f"{name}Role"]["ManagedPolicyArns"]
    }
    assert readers == FUNCTIONS.keys() - {"RedeliverFunction"}
    read, decrypt = of_type("AWS::IAM::ManagedPolicy")["ConnectionsPolicy"]["PolicyDocument"]["Statement"]
    assert read["Action"] == "secretsmanager:GetSecretValue"
    assert read["Resource"]["Fn::Sub"].endswith(":secret:${ConnectionPrefix}*")
    condition, statement, otherwise = decrypt["Fn::If"]
    assert (condition, otherwise) == ("HasSecretsKey", {"Ref": "AWS::NoValue"})
    assert statement["Action"] == "kms:Decrypt"
    assert statement["Resource"] == {"Ref": "SecretsKmsKeyArn"}
    assert "kms:ViaService" in statement["Condition"]["StringEquals"]


@pytest.mark.parametrize(("name", "keys"), [("PollFunction", "poll#*"), ("SendSmsFunction", "send#*")])
def test_poll_and_send_see_only_their_own_items_of_the_state_table(name: str, keys: str) -> None:
    (statement,) = (
        each
        for each in statements(of_type("AWS::IAM::Role")[f"{name}Role"])
        if each["Resource"] == {"Fn::GetAtt": ["StateTable", "Arn"]}
    )
    assert statement["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": keys}}


def test_no_own_statement_allows_a_wildcard_resource_or_verb() -> None:
    documents = json.dumps([of_type("AWS::IAM::Role")[name].get("Policies", []) for name in of_type("AWS::IAM::Role")])
    assert '"*"' not in documents
    assert ":*" not in documents


def test_send_queue_takes_messages_of_rules_and_topics_of_this_account_alone() -> None:
    (policy,) = of_type("AWS::SQS::QueuePolicy").values()
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert policy["Queues"] == [{"Ref": "SendQueue"}]
    assert statement["Principal"] == {"Service": ["events.amazonaws.com", "sns.amazonaws.com"]}
    assert statement["Action"] == "sqs:SendMessage"
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_schedule_role_may_invoke_poll_and_write_its_dead_letters() -> None:
    allowed = {
        (statement["Action"], referenced(statement["Resource"]))
        for statement in statements(of_type("AWS::IAM::Role")["PollScheduleRole"])
    }
    assert allowed == {
        ("lambda:InvokeFunction", "PollFunction"),
        ("sqs:SendMessage", "PollScheduleDeadLetterQueue"),
    }
