"""What IAM knows: actions with the resources that they are for, by the list that cfn-lint keeps of AWS's own.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

import fnmatch
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cfnlint.data import AdditionalSpecs
from cfnlint.helpers import load_resource

SERVICES: dict[str, Any] = load_resource(AdditionalSpecs, "Policies.json")

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
GLOBAL_KEYS = {"aws:PrincipalServiceName", "aws:SecureTransport", "aws:SourceAccount", "aws:SourceArn", "aws:SourceIp"}
# Of single services: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html,
# https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
SERVICE_KEYS = {"dynamodb:LeadingKeys", "kms:ViaService"}

# CloudFormation's types of what statements name, in the words of that list.
KINDS = {
    "AWS::DynamoDB::Table": {"table"},
    "AWS::Events::EventBus": {"event-bus"},
    "AWS::Lambda::Function": {"function"},
    # Its ARN ends in `:*`, which are its streams.
    "AWS::Logs::LogGroup": {"log-group", "log-stream"},
    "AWS::S3::Bucket": {"bucket"},
    "AWS::SQS::Queue": {"queue"},
}


@dataclass(frozen=True)
class Action:
    """An action of a service, as policies write it: ``sqs:SendMessage``."""

    name: str

    @property
    def _known(self) -> list[dict[str, Any]]:
        """All that it matches, as ``sqs:SendMessage*`` matches one."""
        service, _, action = self.name.partition(":")
        there: dict[str, dict[str, Any]] = SERVICES.get(service, {}).get("Actions", {})
        return [there[name] for name in fnmatch.filter(there, action.lower())]

    @property
    def exists(self) -> bool:
        """Whether IAM knows it."""
        return bool(self._known)

    def kinds(self) -> set[str]:
        """The kinds of resources that it is for; of none, if it takes ``*`` alone."""
        return {kind.lower() for known in self._known for kind in known.get("Resources", [])}

    def arns(self) -> Iterator[re.Pattern[str]]:
        """What the ARNs of those look like."""
        resources = SERVICES[self.name.partition(":")[0]]["Resources"]
        for kind in self.kinds():
            for form in resources[kind]["ARNFormats"]:
                yield re.compile(re.sub(r"\$\{\w+\}", "[^:]*", form))


def statements(part: Any) -> Iterator[dict[str, Any]]:
    """The statements of policies in a part of a template, wherever they are."""
    if isinstance(part, dict):
        if "Effect" in part and "Action" in part:
            yield part
        else:
            for each in part.values():
                yield from statements(each)
    elif isinstance(part, list):
        for each in part:
            yield from statements(each)


def listed(value: Any) -> list[Any]:
    """A value, alone or in a list, as a list, in every branch of its conditions."""
    match value:
        case list():
            return [each for member in value for each in listed(member)]
        case {"Fn::If": [_, one, other]}:
            return listed(one) + listed(other)
        case {"Ref": "AWS::NoValue"}:
            return []
    return [value]


def objections(statement: dict[str, Any], resources: dict[str, Any]) -> Iterator[str]:
    """What IAM has against a statement of a template with these *resources*."""
    for name in listed(statement["Action"]):
        action = Action(name)
        if not action.exists:
            yield f"{name} is no action"
        elif statement["Effect"] == "Allow" or "Resource" in statement:
            for resource in listed(statement.get("Resource", [])):
                if not _is_of(action, resource, resources):
                    yield f"{name} is not for {resource}"
    for operator in statement.get("Condition", {}).values():
        for key in operator:
            if key not in GLOBAL_KEYS | SERVICE_KEYS:
                yield f"{key} is no key of a condition"


def _is_of(action: Action, resource: Any, resources: dict[str, Any]) -> bool:
    """Whether an action is for a resource, as far as the template says what that is."""
    match resource:
        case {"Fn::GetAtt": [name, "Arn"] | [name, "EventSourceArn"]}:
            return bool(KINDS[resources[name]["Type"]] & action.kinds())
        case {"Ref": _}:
            return True
        case {"Fn::Sub": str(form)}:
            return any(arn.fullmatch(_filled_in(form, resources)) for arn in action.arns())
        case "*":
            return not action.kinds()
    return any(arn.fullmatch(str(resource)) for arn in action.arns())


def _filled_in(form: str, resources: dict[str, Any]) -> str:
    """What ``Fn::Sub`` may make of *form*: ARNs of resources are like those of their types, anything else is `x`."""

    def value(match: re.Match[str]) -> str:
        name, _, attribute = match[1].partition(".")
        if attribute != "Arn":
            return "x"
        _, service, _ = resources[name]["Type"].lower().split("::")
        kind = min(KINDS[resources[name]["Type"]])
        arn: str = SERVICES[service]["Resources"][kind]["ARNFormats"][0]
        return re.sub(r"\$\{\w+\}|\.\*", "x", arn)

    return re.sub(r"\$\{([\w:.]+)\}", value, form)
