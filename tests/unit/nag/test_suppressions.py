"""What `make nag` lets pass, and that every suppression in a template has its reason."""

import re

import pytest

from local.sam import PROJECT_ROOT
from tests.nag.suppressions import Finding, Suppression, as_written, judge, suppressions
from tests.nag.templates import ONLY_IN, TEMPLATES
from tests.support.template import load_template, transformed

MAPPING = Finding("template.yaml", "Mapping", "ES1001", "", "no destination")
POLICY = Finding("template.yaml", "FunctionRole", "AwsSolutions-IAM4", "Policy::logs", "a managed policy")
SOURCE = {
    "Metadata": {"cdk_nag": {"rules_to_suppress": [{"id": "AwsSolutions-L1", "reason": "..."}]}},
    "Resources": {
        "Function": {
            "Metadata": {
                "BuildMethod": "makefile",
                "cdk_nag": {"rules_to_suppress": [{"id": "AwsSolutions-IAM4", "applies_to": ["logs", "traces"]}]},
            },
        },
        "Mapping": {"Metadata": {"cfn-lint": {"config": {"ignore_checks": ["ES1001", "W"]}}}},
        "Queue": {},
    },
}


def test_suppressions_are_read_from_the_template_and_from_its_resources() -> None:
    assert list(suppressions("template.yaml", SOURCE)) == [
        Suppression("template.yaml", "", "AwsSolutions-L1"),
        Suppression("template.yaml", "Function", "AwsSolutions-IAM4", "logs"),
        Suppression("template.yaml", "Function", "AwsSolutions-IAM4", "traces"),
        Suppression("template.yaml", "Mapping", "ES1001"),
        Suppression("template.yaml", "Mapping", "W"),
    ]


@pytest.mark.parametrize(
    "suppression",
    [
        Suppression("template.yaml", "FunctionRole", "AwsSolutions-IAM4", "Policy::logs"),
        Suppression("template.yaml", "FunctionRole", "AwsSolutions-IAM4"),
        Suppression("template.yaml", "", "AwsSolutions-IAM4", "Policy::logs"),
    ],
    ids=str,
)
def test_a_suppression_explains_its_finding(suppression: Suppression) -> None:
    assert judge([POLICY], [suppression]) == ([], [])


@pytest.mark.parametrize(
    "suppression",
    [
        Suppression("text-at.yaml", "", "AwsSolutions-IAM4"),
        Suppression("template.yaml", "Function", "AwsSolutions-IAM4"),
        Suppression("template.yaml", "FunctionRole", "AwsSolutions-IAM5"),
        Suppression("template.yaml", "FunctionRole", "AwsSolutions-IAM"),
        Suppression("template.yaml", "FunctionRole", "AwsSolutions-IAM4", "Policy::log"),
    ],
    ids=str,
)
def test_a_suppression_of_something_else_explains_nothing_and_is_told(suppression: Suppression) -> None:
    assert judge([POLICY], [suppression]) == ([POLICY], [suppression])


def test_findings_and_idle_suppressions_are_told_once_each() -> None:
    idle = Suppression("template.yaml", "Mapping", "ES1002")
    assert judge([POLICY, MAPPING, MAPPING], [idle]) == ([POLICY, MAPPING], [idle])


def test_what_sam_makes_of_a_function_belongs_to_it() -> None:
    source = load_template(PROJECT_ROOT / "template.yaml")
    made = {name: as_written(name, source) for name in transformed(source)["Resources"]}
    assert made["WebhookFunctionRole"] == "WebhookFunction"
    assert made["PollFunctionEventInvokeConfig"] == "PollFunction"
    assert set(made.values()) == set(source["Resources"])
    assert {name: made[name] for name in source["Resources"] if name in made and made[name] != name} == {}


def test_a_place_that_is_no_resource_stays_what_it_is() -> None:
    assert as_written("Outputs/FunctionArn", SOURCE) == "Outputs/FunctionArn"


@pytest.mark.parametrize(("region", "partition"), [("us-gov-west-1", "aws-us-gov"), ("cn-north-1", "aws-cn")])
def test_the_template_is_transformed_for_each_partition(region: str, partition: str) -> None:
    resources = transformed(load_template(PROJECT_ROOT / "template.yaml"), region)["Resources"]
    policies = [
        each for each in resources["PollFunctionRole"]["Properties"]["ManagedPolicyArns"] if isinstance(each, str)
    ]
    assert {arn.split(":")[1] for arn in policies} == {partition}


@pytest.mark.parametrize("name", [*TEMPLATES, *ONLY_IN])
def test_every_suppression_says_why(name: str) -> None:
    text = (PROJECT_ROOT / name).read_text()
    source = load_template(PROJECT_ROOT / name)
    for holder in [source, *source["Resources"].values()]:
        metadata = holder.get("Metadata", {})
        for entry in metadata.get("cdk_nag", {}).get("rules_to_suppress", []):
            assert re.fullmatch(r"\w.{15,}\.", entry["reason"]), entry
        for rule in metadata.get("cfn-lint", {}).get("config", {}).get("ignore_checks", []):
            lines = re.findall(rf"^ +- {rule}\b(.*)$", text, re.MULTILINE)
            assert lines
            assert all(re.fullmatch(r" # \w.{15,}\.", line) for line in lines), (rule, lines)
