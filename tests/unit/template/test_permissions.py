"""Who may do what: every verb that a role allows, on which resource, under which condition."""

import json
import re

import pytest

from local.publishers import PUBLISHERS
from local.sam import PROJECT_ROOT
from tests.support.template import FUNCTIONS, of_type, referenced, statements

CONSUMER_VERBS = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
PUBLISHING = {
    "EventBus": {"events:PutEvents"},
    "UndeliveredQueue": {"sqs:SendMessage*"},
}

# Action by action, what each function's role allows besides reading connections, by the resource that is named.
GRANTS = {
    "WebhookFunction": PUBLISHING,
    "PollFunction": {
        **PUBLISHING,
        "StateTable": {
            f"dynamodb:{verb}" for verb in ("UpdateItem", "Query", "PutItem", "BatchGetItem", "BatchWriteItem")
        },
        "PollDeadLetterQueue": {"sqs:SendMessage"},
    },
    "ReconcileFunction": {
        **PUBLISHING,
        "StateTable": {
            f"dynamodb:{verb}" for verb in ("UpdateItem", "Query", "PutItem", "BatchGetItem", "BatchWriteItem")
        },
        "ReconcileDeadLetterQueue": {"sqs:SendMessage"},
    },
    "SendSmsFunction": {
        **PUBLISHING,
        "StateTable": {f"dynamodb:{verb}" for verb in ("GetItem", "PutItem", "DeleteItem", "Query", "UpdateItem")},
        "SendQueue": CONSUMER_VERBS,
        "SendFailureQueue": {"sqs:SendMessage"},
    },
    "RedeliverFunction": {
        "EventBus": {"events:PutEvents"},
        "UndeliveredQueue": CONSUMER_VERBS | {"sqs:ChangeMessageVisibility*"},
    },
    "GetSmsFunction": {},
    "ListMessagesFunction": {},
    "RawRequestFunction": {"StateTable": {"dynamodb:UpdateItem"}},
    "SelectMessageFunction": {},
    "UpdateMessageFunction": {},
}

# The items of the state table that each may touch.
LEADING_KEYS = {
    "PollFunction": ["poll#*"],
    "ReconcileFunction": ["reconcile#*", "send#*"],
    "SendSmsFunction": ["send#*", "limit#*"],
    "RawRequestFunction": ["limit#*"],
}


def managed_policies(name: str) -> set[str]:
    """The stack's own managed policies that a function's role has, but not those that SAM attaches to all."""
    attached = of_type("AWS::IAM::Role")[f"{name}Role"]["ManagedPolicyArns"]
    return {policy["Ref"] for policy in attached if isinstance(policy, dict) and "Ref" in policy}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_role_allows_its_verbs_on_named_resources_and_no_more(name: str) -> None:
    shared = [
        statement
        for policy in managed_policies(name) - {"ConnectionsPolicy", "LogGroupsPolicy"}
        for statement in of_type("AWS::IAM::ManagedPolicy")[policy]["PolicyDocument"]["Statement"]
    ]
    granted: dict[str, set[str]] = {}
    for statement in [*statements(of_type("AWS::IAM::Role")[f"{name}Role"]), *shared]:
        assert statement["Effect"] == "Allow"
        verbs = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        granted.setdefault(referenced(statement["Resource"]), set()).update(verbs)
    assert granted == GRANTS[name]


def test_who_publishes_may_do_so_on_the_bus_that_is_published_on_and_on_no_other() -> None:
    publishing = [
        statement["Resource"]
        for role in (*of_type("AWS::IAM::Role").values(), *of_type("AWS::IAM::ManagedPolicy").values())
        for statement in [*statements(role), *role.get("PolicyDocument", {}).get("Statement", [])]
        if statement.get("Action") == "events:PutEvents"
    ]
    assert len(publishing) == 2
    for resource in publishing:
        condition, custom, otherwise = resource["Fn::If"]
        assert (condition, custom) == ("PublishesOnCustomBus", {"Ref": "CustomEventBusArn"})
        assert otherwise["Fn::If"][0] == "CreatesEventBus"
    # The functions know both, and use the one that the policy is for.
    publishers = [
        each["Environment"]["Variables"]
        for each in of_type("AWS::Lambda::Function").values()
        if "EVENT_BUS_NAME" in each.get("Environment", {}).get("Variables", {})
    ]
    assert len(publishers) == 5
    assert all(each["CUSTOM_EVENT_BUS_ARN"] == {"Ref": "CustomEventBusArn"} for each in publishers)


def test_tests_and_the_page_keep_all_from_the_bus_who_may_publish() -> None:
    assert set(PUBLISHERS) == {
        name for name, grants in GRANTS.items() if "events:PutEvents" in grants.get("EventBus", ())
    }


def test_the_page_says_what_each_role_may_do() -> None:
    page = (PROJECT_ROOT / "docs" / "security.md").read_text()
    rows = re.findall(r"^\| (\w+) \| [^|]+ \| (yes|no) \|([^|]*)\|$", page, re.MULTILINE)
    told: dict[str, dict[str, set[str]]] = {job: {} for job, *_ in rows}
    for job, _, grants in rows:
        for *verbs, resource in (re.findall(r"`([\w:*]+)`", part) for part in grants.split(";") if part.strip()):
            told[job].setdefault(resource, set()).update(verbs)
    assert told == {job: GRANTS[name] for name, job in FUNCTIONS.items()}
    reading = {job for job, reads, _ in rows if reads == "yes"}
    assert reading == {job for name, job in FUNCTIONS.items() if "ConnectionsPolicy" in managed_policies(name)}
    assert all(f"items `{key}` of `StateTable`" in page for keys in LEADING_KEYS.values() for key in keys)


def test_all_but_redeliver_may_read_the_connections_secrets_and_nothing_else_of_secrets_manager() -> None:
    readers = {name for name in FUNCTIONS if "ConnectionsPolicy" in managed_policies(name)}
    assert readers == FUNCTIONS.keys() - {"RedeliverFunction"}
    read, decrypt = of_type("AWS::IAM::ManagedPolicy")["ConnectionsPolicy"]["PolicyDocument"]["Statement"]
    assert read["Action"] == "secretsmanager:GetSecretValue"
    assert read["Resource"]["Fn::Sub"].endswith(":secret:${ConnectionPrefix}*")
    # Versions of every staging label are read.
    assert "Condition" not in read
    condition, statement, otherwise = decrypt["Fn::If"]
    assert (condition, otherwise) == ("HasSecretsKey", {"Ref": "AWS::NoValue"})
    assert statement["Action"] == "kms:Decrypt"
    assert statement["Resource"] == {"Ref": "SecretsKmsKeyArn"}
    assert "kms:ViaService" in statement["Condition"]["StringEquals"]


@pytest.mark.parametrize(("name", "keys"), LEADING_KEYS.items())
def test_each_sees_only_its_own_items_of_the_state_table(name: str, keys: list[str]) -> None:
    conditions = [
        each["Condition"]
        for each in statements(of_type("AWS::IAM::Role")[f"{name}Role"])
        if each["Resource"] == {"Fn::GetAtt": ["StateTable", "Arn"]}
    ]
    assert conditions == [{"ForAllValues:StringLike": {"dynamodb:LeadingKeys": each}} for each in keys]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_function_may_make_its_log_group_anew_after_the_stack_is_deleted(name: str) -> None:
    """https://github.com/aws-solutions-library-samples/accelerated-intelligent-document-processing-on-aws/issues/564"""
    assert "LogGroupsPolicy" in managed_policies(name)
    (statement,) = of_type("AWS::IAM::ManagedPolicy")["LogGroupsPolicy"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Deny", "logs:CreateLogGroup")
    arn = statement["Resource"]["Fn::Sub"]
    assert arn.startswith("arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:")
    denied = arn.partition(":log-group:")[2].removesuffix("*")
    group = of_type("AWS::Lambda::Function")[name]["LoggingConfig"]["LogGroup"]["Ref"]
    assert of_type("AWS::Logs::LogGroup")[group]["LogGroupName"]["Fn::Sub"].startswith(denied)
    # Lambda's own, of functions whose name begins with the stack's, not another stack's.
    assert denied == "/aws/lambda/${AWS::StackName}-"


def test_no_verb_is_one_that_iam_does_not_know() -> None:
    """Batches are allowed by the verb of one message, and Access Analyzer refuses other names:
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
    """
    text = json.dumps([of_type(kind) for kind in ("AWS::IAM::Role", "AWS::IAM::ManagedPolicy")])
    assert "sqs:SendMessage*" in text
    assert not re.search(r"sqs:\w+Batch", text)


def test_no_own_statement_allows_a_wildcard_resource_or_verb() -> None:
    documents = json.dumps(
        [
            *(role.get("Policies", []) for role in of_type("AWS::IAM::Role").values()),
            *(policy["PolicyDocument"] for policy in of_type("AWS::IAM::ManagedPolicy").values()),
        ]
    )
    assert '"*"' not in documents
    assert ":*" not in documents


def test_send_queue_takes_messages_of_rules_and_topics_of_this_account_alone() -> None:
    rules, topics, _without_tls = of_type("AWS::SQS::QueuePolicy")["SendQueuePolicy"]["PolicyDocument"]["Statement"]
    for statement in (rules, topics):
        assert (statement["Effect"], statement["Action"]) == ("Allow", "sqs:SendMessage")
        assert referenced(statement["Resource"]) == "SendQueue"
    assert rules["Principal"] == {"Service": "events.amazonaws.com"}
    assert rules["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    assert topics["Principal"] == {"Service": "sns.amazonaws.com"}
    # The key that SNS documents for queues; aws:SourceAccount it does not.
    assert topics["Condition"] == {
        "ArnLike": {"aws:SourceArn": {"Fn::Sub": "arn:${AWS::Partition}:sns:*:${AWS::AccountId}:*"}}
    }


@pytest.mark.parametrize("queue", of_type("AWS::SQS::Queue"))
def test_every_queue_refuses_whoever_comes_without_tls_but_from_this_very_machine(queue: str) -> None:
    (policy,) = [each for each in of_type("AWS::SQS::QueuePolicy").values() if each["Queues"] == [{"Ref": queue}]]
    *allowing, refusing = policy["PolicyDocument"]["Statement"]
    assert bool(allowing) == (queue == "SendQueue")
    assert (refusing["Effect"], refusing["Principal"], refusing["Action"]) == ("Deny", "*", "sqs:*")
    assert referenced(refusing["Resource"]) == queue
    # What AWS sees never comes from loopback, where a local AWS speaks plain http.
    assert refusing["Condition"] == {
        "Bool": {"aws:SecureTransport": "false"},
        "NotIpAddress": {"aws:SourceIp": "127.0.0.0/8"},
    }


@pytest.mark.parametrize("job", ["Poll", "Reconcile"])
def test_a_schedule_role_may_invoke_its_function_and_write_its_dead_letters(job: str) -> None:
    allowed = {
        (statement["Action"], referenced(statement["Resource"]))
        for statement in statements(of_type("AWS::IAM::Role")[f"{job}ScheduleRole"])
    }
    assert allowed == {
        ("lambda:InvokeFunction", f"{job}Function"),
        ("sqs:SendMessage", f"{job}ScheduleDeadLetterQueue"),
    }
