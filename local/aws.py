"""A local AWS with the connector deployed in it by the real `sam build` and `sam deploy`.

with LocalAws() as aws:
    aws.deploy({"TwilioApiUrl": "http://127.0.0.1:8080"})
    aws.put_connection("default", {"accountSid": "AC…", "authToken": "…"})
    watcher = aws.watch()
    message = aws.invoke("SendSmsFunction", {"to": "+1…", "from": "+1…", "message": "Hello"})["data"]
    watcher.wait_for(lambda event: event.detail.get("id") == f"{message['sid']}:delivered")
"""

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from local import sam
from local.bus import BusWatcher
from local.ministack import REGION, MiniStack
from local.session import ACCESS_KEY_ID, SECRET_ACCESS_KEY, LocalSession

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

DEFAULT_CONNECTION_PREFIX = "twilio/connections/"


class FunctionError(Exception):
    """An invoked function raised; `error_type` is the class of what it raised."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(f"{error_type}: {message}")
        self.error_type = error_type
        self.message = message


class LocalAws:
    """MiniStack with one stack of the connector, its clients, and what a user of the stack does by hand.

    `project` is the checkout that the next `deploy` builds. Replace it to upgrade the stack.
    """

    def __init__(self, project: Path = sam.PROJECT_ROOT, stack_name: str = "twilio-connector") -> None:
        self.project = project
        self.stack_name = stack_name
        self.outputs: dict[str, str] = {}
        self._parameters: dict[str, str] = {}
        self._ministack = MiniStack()

    def __enter__(self) -> Self:
        self._ministack.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ministack.__exit__(kind, error, trace)

    @property
    def url(self) -> str:
        """The endpoint of every service."""
        return self._ministack.url

    @property
    def environment(self) -> dict[str, str]:
        """What any AWS tool needs to reach this AWS instead of the real one."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
            "AWS_DEFAULT_REGION": REGION,
        }

    def deploy(self, parameters: Mapping[str, str] | None = None) -> dict[str, str]:
        """Builds (a project once per process) and deploys the stack with these parameters; returns its outputs.

        A second call updates the stack; parameters that it does not name keep their values. Raises SamError.
        """
        self._parameters |= parameters or {}
        sam.deploy(sam.build(self.project), self.stack_name, self._parameters, self.environment)
        return self.adopt()

    def adopt(self) -> dict[str, str]:
        """Uses the stack that somebody else has deployed here, and returns its outputs."""
        stacks = self.cloudformation.describe_stacks(StackName=self.stack_name)["Stacks"]
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in stacks[0]["Outputs"]}
        self._mend_concurrency()
        return self.outputs

    def _mend_concurrency(self) -> None:
        # MiniStack keeps a referenced MaximumConcurrency as a string, and then polls no event source at all.
        for mapping in self.lambda_.list_event_source_mappings()["EventSourceMappings"]:
            maximum = int(mapping["ScalingConfig"]["MaximumConcurrency"])
            self.lambda_.update_event_source_mapping(
                UUID=mapping["UUID"], ScalingConfig={"MaximumConcurrency": maximum}
            )

    def put_connection(self, name: str, secret: Mapping[str, object]) -> str:
        """Stores a connection (`name` or `name/auth-token`), or its new version; returns the secret's name."""
        secret_id = self._parameters.get("ConnectionPrefix", DEFAULT_CONNECTION_PREFIX) + name
        value = json.dumps(dict(secret))
        try:
            self.secretsmanager.create_secret(Name=secret_id, SecretString=value)
        except self.secretsmanager.exceptions.ResourceExistsException:
            self.secretsmanager.put_secret_value(SecretId=secret_id, SecretString=value)
        return secret_id

    def watch(self) -> BusWatcher:
        """Watches the stack's bus from now on."""
        return BusWatcher(self.events, self.sqs, self.outputs["EventBusName"])

    def invoke(self, function: str, payload: Any) -> Any:
        """Invokes a function, by the name of its output (`SendSmsFunction`), and returns its result.

        Raises FunctionError if the function did.
        """
        answer = self.lambda_.invoke(FunctionName=self.outputs[function], Payload=json.dumps(payload).encode())
        result = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise FunctionError(result.get("errorType", ""), result.get("errorMessage", ""))
        return result

    def kill_at_work(self, function: str, word: str) -> None:
        """Kills the process of a function, by the name of its output, that handles an event with this word in it."""
        settings = self.lambda_.get_function_configuration(FunctionName=self.outputs[function])
        self._ministack.kill_at_work(settings["FunctionName"], word)

    def schedule_poll(self, payload: Mapping[str, Any], delay_seconds: float, like: str = "") -> None:
        """Lets EventBridge Scheduler poll once, with target and role of the schedule `like`, else the stack's own."""
        scheduler = self.session.client("scheduler")
        target = scheduler.get_schedule(Name=like or self.physical_id("PollingSchedule"))["Target"]
        soon = datetime.now(UTC) + timedelta(seconds=delay_seconds)
        scheduler.create_schedule(
            Name=f"once-{uuid.uuid4().hex}",
            ScheduleExpression=f"at({soon:%Y-%m-%dT%H:%M:%S})",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={**target, "Input": json.dumps(payload)},
        )

    def physical_id(self, logical_id: str) -> str:
        """The name of the resource that the template calls `logical_id`."""
        found = self.cloudformation.describe_stack_resource(StackName=self.stack_name, LogicalResourceId=logical_id)
        return found["StackResourceDetail"]["PhysicalResourceId"]

    def logs(self, function: str) -> list[str]:
        """Everything that a function has logged, line by line."""
        settings = self.lambda_.get_function_configuration(FunctionName=self.outputs[function])
        paginator = self.session.client("logs").get_paginator("filter_log_events")
        pages = paginator.paginate(logGroupName=settings["LoggingConfig"]["LogGroup"])
        return [event["message"].rstrip("\n") for page in pages for event in page["events"]]

    @property
    def api_host(self) -> str:
        """The public host name of the stack's API, from `WebhookUrl`; it does not resolve."""
        return f"{self._api_id}.execute-api.{REGION}.amazonaws.com"

    @property
    def api_host_header(self) -> str:
        """The `Host` under which the API answers at `url`."""
        return f"{self._api_id}.execute-api.localhost:{urlsplit(self.url).port}"

    @property
    def api_url(self) -> str:
        """The base URL at which the API answers here under any `Host`: the public name does not resolve."""
        return f"{self.url}/_aws/execute-api/{self._api_id}/$default"

    @property
    def _api_id(self) -> str:
        return self.physical_id("WebhookApi")

    @cached_property
    def session(self) -> LocalSession:
        """Makes clients of any service: `aws.session.client("dynamodb")`."""
        return LocalSession(self.url)

    @cached_property
    def cloudformation(self) -> "CloudFormationClient":
        """The client for CloudFormation."""
        return self.session.client("cloudformation")

    @cached_property
    def events(self) -> "EventBridgeClient":
        """The client for EventBridge."""
        return self.session.client("events")

    @cached_property
    def lambda_(self) -> "LambdaClient":
        """The client for Lambda."""
        return self.session.client("lambda")

    @cached_property
    def secretsmanager(self) -> "SecretsManagerClient":
        """The client for Secrets Manager."""
        return self.session.client("secretsmanager")

    @cached_property
    def sqs(self) -> "SQSClient":
        """The client for SQS."""
        return self.session.client("sqs")
