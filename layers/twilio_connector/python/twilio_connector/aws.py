"""The AWS services that the connector uses: one session a process, each client built once and on first use."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from twilio_connector.errors import ServiceUnavailableError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient


class Aws:
    """Clients with one set of time-outs. *connect* and *read* are seconds a try, *attempts* counts the first one."""

    def __init__(self, *, connect: float = 2.0, read: float = 10.0, attempts: int = 3) -> None:
        self._config = Config(
            connect_timeout=connect,
            read_timeout=read,
            retries={"total_max_attempts": attempts, "mode": "standard"},
        )

    @cached_property
    def _session(self) -> boto3.session.Session:
        return boto3.session.Session()

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """DynamoDB: the state table."""
        return self._session.client("dynamodb", config=self._config)

    @cached_property
    def events(self) -> "EventBridgeClient":
        """EventBridge: the bus."""
        return self._session.client("events", config=self._config)

    @cached_property
    def secrets(self) -> "SecretsManagerClient":
        """Secrets Manager: the connections."""
        return self._session.client("secretsmanager", config=self._config)

    @cached_property
    def sqs(self) -> "SQSClient":
        """SQS: the undelivered queue."""
        return self._session.client("sqs", config=self._config)


@contextmanager
def calling(service: str) -> Iterator[None]:
    """The boundary where boto3's errors become :class:`ServiceUnavailableError`: *service* and the error's code.

    Codes that mean something to the caller (a condition that did not hold, a secret that does not exist) are caught
    inside the block.
    """
    try:
        yield
    except ClientError as exc:
        raise ServiceUnavailableError(f"{service} refused the request: {exc.response['Error']['Code']}.") from exc
    except BotoCoreError as exc:
        raise ServiceUnavailableError(f"{service} could not be reached: {type(exc).__name__}.") from exc
