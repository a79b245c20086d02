"""What the template, the examples and the pages write for IAM is something that IAM knows."""

import re
from typing import Any

import pytest

from local.sam import PROJECT_ROOT
from tests.support.iam import GLOBAL_KEYS, SERVICE_KEYS, SERVICES, Action, objections, statements
from tests.support.template import expanded, load_template

DECISIONS = PROJECT_ROOT / "docs" / "decisions.md"
TEMPLATES: dict[str, dict[str, Any]] = {
    "template": expanded(),
    **{
        path.stem: load_template(path)["Resources"]
        for path in sorted((PROJECT_ROOT / "docs" / "examples").glob("*.yaml"))
    },
}
# Decisions also mention what was not taken.
PAGES = [PROJECT_ROOT / "README.md", *sorted({*(PROJECT_ROOT / "docs").glob("*.md")} - {DECISIONS})]
QUEUE = {"Queue": {"Type": "AWS::SQS::Queue"}, "Table": {"Type": "AWS::DynamoDB::Table"}}


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_statement_names_actions_resources_and_keys_that_there_are(name: str) -> None:
    resources = TEMPLATES[name]
    assert [each for statement in statements(resources) for each in objections(statement, resources)] == []


def test_the_statements_are_found() -> None:
    found = [statement for resources in TEMPLATES.values() for statement in statements(resources)]
    assert len(found) > 30
    assert {"sqs:SendMessage", "sts:AssumeRole"} < {str(each["Action"]) for each in found}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_action_that_a_page_names_is_one(page: Any) -> None:
    named = re.findall(r"(?<![\w/.:-])([a-z][a-z0-9-]+):([A-Z][A-Za-z]+)(?![\w*])", page.read_text())
    actions = {f"{service}:{action}" for service, action in named if service in SERVICES} - SERVICE_KEYS - GLOBAL_KEYS
    assert {action for action in actions if not Action(action).exists} == set()


@pytest.mark.parametrize(
    ("change", "objection"),
    [
        ({"Action": "sqs:SendMessageBatch"}, "sqs:SendMessageBatch is no action"),
        ({"Action": "sqs:Sent*"}, "sqs:Sent* is no action"),
        ({"Action": ["sqs:SendMessage", "sqz:SendMessage"]}, "sqz:SendMessage is no action"),
        ({"Action": "sqs:SendMessage", "Resource": {"Fn::GetAtt": ["Table", "Arn"]}}, "is not for"),
        ({"Resource": {"Fn::Sub": "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:queue"}}, "is not for"),
        ({"Resource": "*"}, "is not for"),
        ({"Condition": {"StringEquals": {"aws:SourceAcount": "1"}}}, "aws:SourceAcount is no key"),
    ],
    ids=[
        "a call that is no action",
        "no pattern of actions",
        "no service",
        "another resource",
        "another ARN",
        "everything",
        "no key",
    ],
)
def test_what_iam_does_not_know_is_told(change: dict[str, Any], objection: str) -> None:
    statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": {"Fn::GetAtt": ["Queue", "Arn"]}}
    assert list(objections(statement, QUEUE)) == []
    (found,) = objections({**statement, **change}, QUEUE)
    assert objection in found
