"""A deployed stack, as CloudFormation describes it."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Self

import boto3
from botocore.exceptions import ClientError

from operations.clients import Clients
from operations.progress import SILENT, Progress
from twilio_connector.connections.secret_cache import SecretCache
from twilio_connector.connections.store import ConnectionStore
from twilio_connector.settings import TWILIO_API_URL, ConnectionSettings

if TYPE_CHECKING:
    from mypy_boto3_sqs.literals import QueueAttributeNameType

_COUNTS: "tuple[QueueAttributeNameType, ...]" = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


class StackError(Exception):
    """Something about the stack keeps a command from its work; *remedy* says what to do."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


@dataclass(frozen=True)
class Stack:
    """The stack *name*: its CloudFormation *status*, its outputs and parameters by key, and the *clients* for it.

    *exports* are the names under which outputs are exported. *progress* shows what is being done with it.
    """

    name: str
    status: str
    outputs: Mapping[str, str]
    parameters: Mapping[str, str]
    clients: Clients = field(repr=False)
    exports: Sequence[str] = ()
    progress: Progress = field(default=SILENT, repr=False, compare=False)

    @classmethod
    def find(cls, name: str, session: boto3.Session, progress: Progress = SILENT) -> Self:
        """Look the stack up in the account and region of *session*.

        Raises :class:`StackError`, and what boto3 raises.
        """
        clients = Clients(session)
        try:
            described = clients.cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        except ClientError as exc:
            if exc.response["Error"]["Code"] == "ValidationError":
                raise StackError(
                    f"There is no stack '{name}' in {clients.region}, in the account of your credentials.",
                    "Check STACK, REGION and AWS_PROFILE.",
                ) from exc
            raise
        outputs = {one["OutputKey"]: one["OutputValue"] for one in described.get("Outputs", [])}
        if not {"WebhookUrl", "EventBusArn", "StateTableName", "SendQueueUrl"} <= outputs.keys():
            raise StackError(
                f"The stack '{name}' is {described['StackStatus']} and has no outputs of the connector.",
                "Check STACK; if it is this bundle's, finish its deployment: make deploy",
            )
        parameters = {one["ParameterKey"]: one.get("ParameterValue", "") for one in described.get("Parameters", [])}
        exports = [one["ExportName"] for one in described.get("Outputs", []) if "ExportName" in one]
        return cls(name, described["StackStatus"], outputs, parameters, clients, exports, progress)

    @property
    def custom_bus_arn(self) -> str:
        """The Custom Event Bus that it publishes on; empty where it publishes on a bus with rules."""
        return self.parameters.get("CustomEventBusArn", "")

    def resources(self, kind: str) -> list[str]:
        """The names of the stack's resources of the type *kind*, without deleted ones."""
        pages = self.clients.cloudformation.get_paginator("list_stack_resources").paginate(StackName=self.name)
        return [
            resource["PhysicalResourceId"]
            for page in pages
            for resource in page["StackResourceSummaries"]
            if resource["ResourceType"] == kind and resource["ResourceStatus"] != "DELETE_COMPLETE"
        ]

    def physical_id(self, logical_id: str) -> str:
        """The name of the resource that the template calls *logical_id*."""
        answer = self.clients.cloudformation.describe_stack_resource(StackName=self.name, LogicalResourceId=logical_id)
        return answer["StackResourceDetail"]["PhysicalResourceId"]

    def webhook_url(self, connection: str) -> str:
        """Where Twilio reaches the webhook of *connection*."""
        return f"{self.outputs['WebhookUrl'].rpartition('/')[0]}/{connection}"

    def secret_name(self, name: str) -> str:
        """The secret of the connection *name*."""
        return self.parameters["ConnectionPrefix"] + name

    def waiting(self, output: str) -> int:
        """About how many messages are in the queue whose URL is the *output*, those in flight included."""
        answer = self.clients.sqs.get_queue_attributes(QueueUrl=self.outputs[output], AttributeNames=_COUNTS)
        return sum(int(answer["Attributes"].get(count, "0")) for count in _COUNTS)

    def aws_command(self, *arguments: str) -> str:
        """A command of the AWS CLI, for this stack's region, to be pasted into a shell."""
        return f"{shlex.join(['aws', *arguments])} --region {self.clients.region}"

    def logs_command(self, function: str) -> str:
        """The command that shows what *function*, by its folder's name with hyphens, has logged lately."""
        return self.aws_command("logs", "tail", f"/aws/lambda/{self.name}-{function}", "--since", "1h")

    @cached_property
    def connections(self) -> ConnectionStore:
        """The connections, read with the caller's credentials."""
        settings = ConnectionSettings(
            self.parameters["ConnectionPrefix"], self.parameters.get("TwilioApiUrl", TWILIO_API_URL)
        )
        return ConnectionStore(self.secret_cache, settings)

    @cached_property
    def secret_cache(self) -> SecretCache:
        """The secrets of the connections, each read once."""
        return SecretCache(self.clients.secrets, self.parameters["ConnectionPrefix"])
