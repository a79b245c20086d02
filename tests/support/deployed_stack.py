"""A deployed stack as the operators' commands see it: moto's AWS, with stand-ins for what moto cannot do."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import boto3

from operations.doctor.code import FUNCTIONS
from operations.findings import Finding
from operations.queues import DEAD_LETTER_QUEUES
from operations.stack import Stack
from tests.support.custom_bus import ARN
from tests.support.deployed_fakes import SCHEDULE, FakeCloudFormation, FakeCustomBus, FakeLambda
from tests.support.fakes import BUS
from tests.support.moto_clients import moto_client
from tests.support.world import REGION, TABLE, World

NAME = "stack"


def told(findings: list[Finding]) -> list[tuple[str, str]]:
    """Level and subject of each finding, all of which are in order."""
    for finding in findings:
        assert bool(finding.remedy) == (finding.level != "ok"), finding
    return [(str(finding.level), finding.subject) for finding in findings]


class DeployedStack:
    """The stack ``stack`` in front of *world*, whose queues, bus and table it has."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.functions = FakeLambda()
        self.custom_bus = FakeCustomBus(ARN, {"State": "ACTIVE", "StorageConfiguration": {"RetentionPeriodInDays": 14}})
        moto_client("events").create_event_bus(Name=BUS)
        names = ["SendQueue", *(queue.name for queue in DEAD_LETTER_QUEUES)]
        self.urls = {name: world.sqs.create_queue(QueueName=name)["QueueUrl"] for name in names}
        self.urls["UndeliveredQueue"] = world.undelivered_url
        self.outputs = {
            "WebhookUrl": "https://api.example.com/webhook/default",
            "EventBusName": BUS,
            "EventBusArn": f"arn:aws:events:{REGION}:123456789012:event-bus/{BUS}",
            "StateTableName": TABLE,
            "SendQueueArn": f"arn:aws:sqs:{REGION}:123456789012:SendQueue",
            **{f"{name}Url": url for name, url in self.urls.items()},
            **{output: output for output in FUNCTIONS.values()},
        }
        self.parameters = {
            "ConnectionPrefix": "twilio/connections/",
            "TwilioApiUrl": world.twilio.url,
            "PollEnabled": "true",
            "PollConnection": "default",
            "StatusCallbacks": "true",
            "CursorLagAlarmSeconds": "3600",
        }
        self.status = "UPDATE_COMPLETE"
        self.resources = {
            "AWS::Logs::LogGroup": [f"/aws/lambda/{NAME}-webhook", f"/aws/lambda/{NAME}-poll"],
            "AWS::CloudWatch::Alarm": [f"{NAME}-PollDeadLetterAlarm-1", f"{NAME}-UndeliveredEventsAlarm-1"],
        }
        for group in self.resources["AWS::Logs::LogGroup"]:
            moto_client("logs").create_log_group(logGroupName=group)
        # Exports of outputs, stacks that import them, and stacks that have made resources.
        self.exports: dict[str, str] = {}
        self.imports: dict[str, list[str]] = {}
        self.owners: dict[str, str] = {}

    def publish_in_order(self, arn: str = ARN) -> None:
        """Let the stack publish on a Custom Event Bus; its own bus stays."""
        self.parameters["CustomEventBusArn"] = self.outputs["EventBusArn"] = arn
        self.outputs["EventBusName"] = arn.split("/")[1]
        self.resources["AWS::Events::EventBus"] = [BUS]

    def schedule(self, *, state: str = "ENABLED", given: Mapping[str, Any] | None = None) -> None:
        """Make the schedule that polls."""
        moto_client("scheduler").create_schedule(
            Name=SCHEDULE,
            State=state,  # type: ignore[arg-type]  # a literal type of boto3's
            ScheduleExpression="rate(5 minutes)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={
                "Arn": f"arn:aws:lambda:{REGION}:123456789012:function:poll",
                "RoleArn": "arn:aws:iam::123456789012:role/schedule",
                "Input": json.dumps(given or {}),
            },
        )

    def replace_secret(self, name: str, secret: Mapping[str, object] | str) -> None:
        """Store another version of the secret of a connection."""
        text = secret if isinstance(secret, str) else json.dumps(secret)
        self.world.secrets.put_secret_value(SecretId=f"twilio/connections/{name}", SecretString=text)

    def put(self, queue: str, body: object) -> str:
        """Put a message, JSON unless it is a text, into a queue; returns its ID."""
        text = body if isinstance(body, str) else json.dumps(body)
        return self.world.sqs.send_message(QueueUrl=self.urls[queue], MessageBody=text)["MessageId"]

    def take(self, queue: str) -> list[str]:
        """Take all that is visible out of a queue."""
        bodies: list[str] = []
        url, sqs = self.urls[queue], self.world.sqs
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                bodies.append(message["Body"])
        return bodies

    @property
    def session(self) -> boto3.Session:
        """A session of moto's AWS, with the stand-ins."""
        described = {
            "StackName": NAME,
            "StackStatus": self.status,
            "Outputs": [
                {"OutputKey": key, "OutputValue": value}
                | ({"ExportName": self.exports[key]} if key in self.exports else {})
                for key, value in self.outputs.items()
            ],
            "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in self.parameters.items()],
        }
        return _Session(
            {
                "cloudformation": FakeCloudFormation(described, self.resources, self.imports, self.owners),
                "lambda": self.functions,
                "eventbridgev2": self.custom_bus,
            }
        )

    @property
    def stack(self) -> Stack:
        """What the commands are given, nothing of it cached."""
        return Stack.find(NAME, self.session)


class _Session(boto3.Session):
    def __init__(self, stand_ins: Mapping[str, object]) -> None:
        super().__init__(region_name=REGION)
        self._stand_ins = stand_ins

    if not TYPE_CHECKING:  # The stubs type each service's client by overloads, which an override would hide.

        def client(self, service_name: str, **arguments: Any) -> Any:
            """A stand-in, or moto's."""
            return self._stand_ins.get(service_name) or super().client(service_name, **arguments)
