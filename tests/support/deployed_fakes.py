"""Stand-ins for CloudFormation and Lambda, of a stack that was deployed from this checkout."""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError

from local.sam import PROJECT_ROOT
from operations.doctor.code import FUNCTIONS, PACKAGE_IN_LAYER, package_files
from tests.support.aws_models import judged

LAYER = "arn:aws:lambda:us-east-1:123456789012:layer:stack:1"
# Nothing listens there.
DOWNLOADS = "http://127.0.0.1:9/"
SCHEDULE = "stack-PollingSchedule-1"


@judged("eventbridgev2")
@dataclass
class FakeCustomBus:
    """EventBridge's second API, with one bus, or the *failure* that it answers with."""

    arn: str
    described: dict[str, Any] = field(default_factory=dict)
    failure: Exception | None = None

    def describe_event_bus(self, *, EventBusArn: str) -> dict[str, Any]:  # noqa: N803  (boto3's names)
        """As the client of boto3."""
        if self.failure:
            raise self.failure
        if EventBusArn != self.arn:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": ""}}, "DescribeEventBus")
        return {"EventBusArn": self.arn, **self.described}


@judged("cloudformation")
@dataclass
class FakeCloudFormation:
    """CloudFormation's descriptions of one stack, *described*, and of its resources, names by type.

    *imports* are the stacks that import an export, and *owners* the stacks that have made resources, by physical ID.
    """

    described: dict[str, Any]
    resources: Mapping[str, list[str]] = field(default_factory=dict)
    imports: Mapping[str, list[str]] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803  (boto3's names)
        """As the client of boto3."""
        if StackName != self.described["StackName"]:
            raise ClientError({"Error": {"Code": "ValidationError", "Message": "no such stack"}}, "DescribeStacks")
        return {"Stacks": [self.described]}

    def describe_stack_resource(self, *, StackName: str, LogicalResourceId: str) -> dict[str, Any]:  # noqa: N803
        """As the client of boto3."""
        assert StackName == self.described["StackName"]
        assert LogicalResourceId in ("PollingSchedule", "ReconcilingSchedule")
        return {"StackResourceDetail": {"PhysicalResourceId": SCHEDULE}}

    def get_paginator(self, operation: str) -> "FakeCloudFormation":
        """As the client of boto3, of the one operation that pages here."""
        assert operation == "list_stack_resources"
        return self

    def paginate(self, *, StackName: str) -> Iterator[dict[str, Any]]:  # noqa: N803
        """As the paginator of boto3, with a page for each type."""
        assert StackName == self.described["StackName"]
        for kind, names in self.resources.items():
            yield {
                "StackResourceSummaries": [
                    {"ResourceType": kind, "PhysicalResourceId": name, "ResourceStatus": "CREATE_COMPLETE"}
                    for name in names
                ]
            }

    def list_imports(self, *, ExportName: str) -> dict[str, Any]:  # noqa: N803
        """As the client of boto3."""
        if ExportName not in self.imports:
            message = f"Export '{ExportName}' is not imported by any stack."
            raise ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "ListImports")
        return {"Imports": self.imports[ExportName]}

    def describe_stack_resources(self, *, PhysicalResourceId: str) -> dict[str, Any]:  # noqa: N803
        """As the client of boto3."""
        if PhysicalResourceId not in self.owners:
            message = f"Stack for {PhysicalResourceId} does not exist"
            raise ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "DescribeStackResources")
        return {"StackResources": [{"StackName": self.owners[PhysicalResourceId]}]}


@judged("lambda")
@dataclass
class FakeLambda:
    """Lambda with the functions of this checkout; *archives* hold their code, which :meth:`fetch` downloads.

    *results* are the answers to invocations, by function; a string means the error that the function raises.
    """

    configuration: dict[str, Any] = field(default_factory=lambda: {"State": "Active", "Runtime": "python3.13"})
    mapping_state: str = "Enabled"
    results: dict[str, Any] = field(default_factory=dict)
    payloads: list[dict[str, Any]] = field(default_factory=list)
    concurrency: int = 1000

    @cached_property
    def archives(self) -> dict[str, bytes]:
        """Zip files: of each function, by its folder's name, and of the layer."""
        apps = {job: (PROJECT_ROOT / "functions" / job / "app.py").read_bytes() for job in FUNCTIONS}
        return {
            **{job: zipped({"app.py": app}) for job, app in apps.items()},
            "layer": zipped({**layer_files(), "python/urllib3/__init__.py": b""}),
        }

    def fetch(self, url: str) -> bytes:
        """Download an archive."""
        return self.archives[url.removeprefix(DOWNLOADS)]

    def get_function(self, *, FunctionName: str) -> dict[str, Any]:  # noqa: N803  (boto3's names)
        """As the client of boto3."""
        job = next(job for job, output in FUNCTIONS.items() if output == FunctionName)
        configuration = {"FunctionName": FunctionName, "Layers": [{"Arn": LAYER}], **self.configuration}
        return {"Configuration": configuration, "Code": {"Location": f"{DOWNLOADS}{job}"}}

    def get_layer_version_by_arn(self, *, Arn: str) -> dict[str, Any]:  # noqa: N803
        """As the client of boto3."""
        assert Arn == LAYER
        return {"Content": {"Location": f"{DOWNLOADS}layer"}}

    def get_account_settings(self) -> dict[str, Any]:
        """As the client of boto3."""
        return {"AccountLimit": {"ConcurrentExecutions": self.concurrency}}

    def list_event_source_mappings(self, *, FunctionName: str) -> dict[str, Any]:  # noqa: N803
        """As the client of boto3."""
        return {"EventSourceMappings": [{"UUID": f"uuid-of-{FunctionName}", "State": self.mapping_state}]}

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        """As the client of boto3."""
        self.payloads.append(json.loads(Payload))
        result = self.results[FunctionName]
        failed = isinstance(result, str)
        body = {"errorType": result, "errorMessage": "It failed."} if failed else result
        return {"Payload": io.BytesIO(json.dumps(body).encode())} | ({"FunctionError": "Unhandled"} if failed else {})


def layer_files() -> dict[str, bytes]:
    """The package of this checkout as the layer carries it."""
    return {str(PACKAGE_IN_LAYER / path): content for path, content in package_files().items()}


def zipped(files: Mapping[str, bytes]) -> bytes:
    """An archive of *files*."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        for name, content in files.items():
            opened.writestr(name, content)
    return archive.getvalue()
