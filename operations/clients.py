"""The AWS clients of the operators' commands, each made when it is first used, with the caller's credentials."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

# Long polls of SQS take up to 20 seconds.
_CONFIG = Config(connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 3, "mode": "standard"})
# The longest wait for a function. It is not called again after that, because it may have sent a text.
_INVOCATIONS = Config(connect_timeout=5, read_timeout=45, retries={"total_max_attempts": 1})


class TopicsClient(Protocol):
    """What the commands ask SNS."""

    def get_topic_attributes(self, *, TopicArn: str) -> Mapping[str, Any]:  # noqa: N803  (boto3's names)
        """The topic's policy and key, among others."""


class CustomBusClient(Protocol):
    """What the commands ask EventBridge's second API, of Custom Event Buses."""

    def describe_event_bus(self, *, EventBusArn: str) -> Mapping[str, Any]:  # noqa: N803
        """Its state and how long it retains events."""


class KeysClient(Protocol):
    """What the commands ask KMS."""

    def describe_key(self, *, KeyId: str) -> Mapping[str, Any]:  # noqa: N803
        """Whose the key is, and its state."""

    def get_key_policy(self, *, KeyId: str, PolicyName: str) -> Mapping[str, Any]:  # noqa: N803
        """The key's policy, as JSON."""


class Clients:
    """The clients of *session*, in its account and region. Making one raises what boto3 raises."""

    def __init__(self, session: boto3.Session) -> None:
        self._session = session

    @property
    def region(self) -> str | None:
        """The region of all of them; None if the AWS configuration names none."""
        return self._session.region_name

    @cached_property
    def cloudformation(self) -> "CloudFormationClient":
        """CloudFormation: the stack and its resources."""
        return self._session.client("cloudformation", config=_CONFIG)

    @cached_property
    def cloudwatch(self) -> "CloudWatchClient":
        """CloudWatch: the metrics."""
        return self._session.client("cloudwatch", config=_CONFIG)

    @cached_property
    def custom_bus(self) -> CustomBusClient:
        """EventBridge's second API: the Custom Event Bus, if the stack publishes on one."""
        client: CustomBusClient = self._session.client("eventbridgev2", config=_CONFIG)
        return client

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """DynamoDB: the state table."""
        return self._session.client("dynamodb", config=_CONFIG)

    @cached_property
    def events(self) -> "EventBridgeClient":
        """EventBridge: the bus."""
        return self._session.client("events", config=_CONFIG)

    @cached_property
    def functions(self) -> "LambdaClient":
        """Lambda: the functions."""
        return self._session.client("lambda", config=_INVOCATIONS)

    @cached_property
    def keys(self) -> KeysClient:
        """KMS: the key of the alarms' topic."""
        client: KeysClient = self._session.client("kms", config=_CONFIG)
        return client

    @cached_property
    def logs(self) -> "CloudWatchLogsClient":
        """CloudWatch Logs: the log groups."""
        return self._session.client("logs", config=_CONFIG)

    @cached_property
    def scheduler(self) -> "EventBridgeSchedulerClient":
        """EventBridge Scheduler: the schedule that polls."""
        return self._session.client("scheduler", config=_CONFIG)

    @cached_property
    def secrets(self) -> "SecretsManagerClient":
        """Secrets Manager: the connections."""
        return self._session.client("secretsmanager", config=_CONFIG)

    @cached_property
    def sqs(self) -> "SQSClient":
        """SQS: the queues."""
        return self._session.client("sqs", config=_CONFIG)

    @cached_property
    def topics(self) -> TopicsClient:
        """SNS: the alarms' topic."""
        client: TopicsClient = self._session.client("sns", config=_CONFIG)
        return client
