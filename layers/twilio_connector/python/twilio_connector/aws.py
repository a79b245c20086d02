"""The AWS services that the connector uses: one session a process, each client built once and on first use.

The clients are boto3's, made by botocore itself: what boto3 would import beside them (its resources, S3's transfers) is
for nothing here, and takes about 15 of the 210 ms that it and two clients need at a cold start.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, cast

import botocore
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.loaders import Loader
from botocore.session import Session

from twilio_connector import USER_AGENT
from twilio_connector.errors import ServiceUnavailableError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

SERVICES = ["dynamodb", "events", "secretsmanager", "sqs"]
# Given whole: the one that botocore composes anew for each request takes a tenth of the processor time of PutEvents.
AWS_USER_AGENT = f"{USER_AGENT} Botocore/{botocore.__version__}"


class _KnownServices(Loader):
    """Does not look through all of botocore's four hundred services for these, 15 ms of a cold start."""

    def list_available_services(self, type_name: str) -> list[str]:
        return SERVICES


class Aws:
    """Clients with one set of time-outs. *connect* and *read* are seconds a try, *attempts* counts the first one."""

    def __init__(self, *, connect: float = 2.0, read: float = 10.0, attempts: int = 3) -> None:
        self._config = Config(
            user_agent=AWS_USER_AGENT,
            connect_timeout=connect,
            read_timeout=read,
            retries={"total_max_attempts": attempts, "mode": "standard"},
        )

    @cached_property
    def _session(self) -> Session:
        session = Session()
        session.register_component("data_loader", _KnownServices())
        return session

    def _client(self, service: str) -> BaseClient:
        return self._session.create_client(service, config=self._config)

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """DynamoDB: the state table."""
        return cast("DynamoDBClient", self._client("dynamodb"))

    @cached_property
    def events(self) -> "EventBridgeClient":
        """EventBridge: the bus."""
        return cast("EventBridgeClient", self._client("events"))

    @cached_property
    def secrets(self) -> "SecretsManagerClient":
        """Secrets Manager: the connections."""
        return cast("SecretsManagerClient", self._client("secretsmanager"))

    @cached_property
    def sqs(self) -> "SQSClient":
        """SQS: the undelivered queue."""
        return cast("SQSClient", self._client("sqs"))


@contextmanager
def translated_errors(service: str) -> Iterator[None]:
    """The boundary where botocore's errors become :class:`ServiceUnavailableError`: *service* and the error's code.

    Codes that mean something to the caller (a condition that did not hold, a secret that does not exist) are caught
    inside the block.
    """
    try:
        yield
    except ClientError as exc:
        raise ServiceUnavailableError(f"{service} refused the request: {exc.response['Error']['Code']}.") from exc
    except BotoCoreError as exc:
        raise ServiceUnavailableError(f"{service} could not be reached: {type(exc).__name__}.") from exc
