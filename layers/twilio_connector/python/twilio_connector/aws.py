"""The AWS services that the connector uses: one session a process, each client built once.

The clients are boto3's, made by botocore itself: what boto3 would import as well (its resources, S3's transfers) is
not used here, and takes about 15 of the 210 ms that it and two clients need at a cold start.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import botocore
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.parsers import create_parser

from twilio_connector import USER_AGENT
from twilio_connector.aws_session import CUSTOM_BUS, ConnectorSession
from twilio_connector.errors import ServiceUnavailableError
from twilio_connector.trust import share

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

# What the Custom Event Bus speaks, all others being in JSON.
CBOR = "smithy-rpc-v2-cbor"
# Given whole: the one that botocore composes anew for each request takes a tenth of the processor time of PutEvents.
AWS_USER_AGENT = f"{USER_AGENT} Botocore/{botocore.__version__}"
# DynamoDB answers in milliseconds: what takes as long as this will not come.
DYNAMODB_CONNECT_SECONDS, DYNAMODB_READ_SECONDS = 1.0, 2.0
# A function of 30 seconds must have time to report an unreadable secret: three tries, and 3 seconds between them.
SECRETS_CONNECT_SECONDS, SECRETS_READ_SECONDS = 1.0, 4.0


class UnreadableAnswerError(HTTPClientError):
    """What answered with success is none of AWS's services, or was cut off: botocore may see an empty answer in it."""

    fmt = "The answer is not in the service's form."


class Aws:
    """Clients with one set of time-outs, except DynamoDB's, and where Secrets Manager's would be longer than its own.

    *connect* and *read* are seconds a try, *attempts* counts the first one.
    """

    def __init__(self, *, connect: float = 2.0, read: float = 10.0, attempts: int = 3) -> None:
        self._seconds = (connect, read)
        self._config = Config(
            user_agent=AWS_USER_AGENT,
            connect_timeout=connect,
            read_timeout=read,
            retries={"total_max_attempts": attempts, "mode": "standard"},
        )

    @cached_property
    def _session(self) -> ConnectorSession:
        return ConnectorSession()

    def _client(self, service: str, config: Config | None = None) -> BaseClient:
        client = self._session.create_client(service, config=self._config.merge(config) if config else self._config)
        share(client)
        client.meta.events.register("before-parse", _refuse_unreadable)
        return client

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """DynamoDB: the state table. It tries once: what is repeated, and when, is for the package ``state`` to say."""
        once = Config(
            connect_timeout=DYNAMODB_CONNECT_SECONDS,
            read_timeout=DYNAMODB_READ_SECONDS,
            retries={"total_max_attempts": 1, "mode": "standard"},
        )
        return cast("DynamoDBClient", self._client("dynamodb", once))

    @cached_property
    def events(self) -> "EventBridgeClient":
        """EventBridge: the bus."""
        return cast("EventBridgeClient", self._client("events"))

    @cached_property
    def custom_bus(self) -> Any:
        """EventBridge's Custom Event Bus, where events are published on one. botocore's types may not know it yet."""
        return self._client(CUSTOM_BUS)

    @cached_property
    def secrets(self) -> "SecretsManagerClient":
        """Secrets Manager: the connections."""
        connect, read = self._seconds
        brief = Config(
            connect_timeout=min(connect, SECRETS_CONNECT_SECONDS), read_timeout=min(read, SECRETS_READ_SECONDS)
        )
        return cast("SecretsManagerClient", self._client("secretsmanager", brief))

    @cached_property
    def sqs(self) -> "SQSClient":
        """SQS: the undelivered queue."""
        return cast("SQSClient", self._client("sqs"))


def _refuse_unreadable(response_dict: Any, operation_model: Any, **_: Any) -> None:
    """Raise :class:`UnreadableAnswerError` for what is not an answer of the service's.

    That is a success without the JSON object that a service in JSON owes, and, of a service in CBOR, what botocore
    cannot parse: it raises all kinds of errors then, which are none of its own.
    """
    service, body = operation_model.service_model, response_dict["body"]
    protocol = getattr(service, "resolved_protocol", None) or service.metadata.get("protocol")
    if protocol == "json" and response_dict["status_code"] < 300:
        body = body.strip()
        if body and not (body.startswith(b"{") and body.endswith(b"}")):
            raise UnreadableAnswerError
    elif protocol == CBOR and not _is_somebody_s_failure(response_dict):
        headers = response_dict["headers"]
        # Of what is in another form botocore would read lengths that it has not.
        if headers.get("smithy-protocol") != "rpc-v2-cbor" and headers.get("Content-Type") != "application/cbor":
            raise UnreadableAnswerError
        try:
            create_parser(protocol).parse(response_dict, operation_model.output_shape)
        except Exception as exc:
            raise UnreadableAnswerError from exc


def _is_somebody_s_failure(response_dict: Any) -> bool:
    """Whether it is a 5xx of something on the way, which botocore tells by itself, and makes the call again for."""
    body = response_dict["body"].strip()
    return response_dict["status_code"] >= 500 and (not body or body.startswith(b"<html>"))


def as_unavailable(service: str, failure: ClientError | BotoCoreError) -> ServiceUnavailableError:
    """The error for *failure*: *service* and the failure's code or kind."""
    if isinstance(failure, ClientError):
        return ServiceUnavailableError(f"{service} refused the request: {failure.response['Error']['Code']}.")
    return ServiceUnavailableError(f"{service} could not be reached: {type(failure).__name__}.")


@contextmanager
def translated_errors(service: str) -> Iterator[None]:
    """The boundary where botocore's errors become :class:`ServiceUnavailableError`.

    Codes that mean something to the caller (a secret that does not exist) are caught inside the block.
    """
    try:
        yield
    except (ClientError, BotoCoreError) as exc:
        raise as_unavailable(service, exc) from exc
