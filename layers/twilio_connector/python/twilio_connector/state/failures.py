"""What botocore raises of DynamoDB, read: the verdict on it, and the connector's error for it."""

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ProxyConnectionError,
)

from twilio_connector.aws import as_unavailable
from twilio_connector.errors import ServiceUnavailableError
from twilio_connector.state.verdicts import NO_REASON, Verdict, verdict_on

Failure = ClientError | BotoCoreError
FAILURES = (ClientError, BotoCoreError)


def verdict_of(failure: Failure) -> Verdict:
    """The verdict on *failure*: by :mod:`.verdicts` where DynamoDB answered.

    Where it did not, the request was certainly not carried out if no connection was made, and else may have been.
    """
    if isinstance(failure, ClientError):
        status = failure.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return verdict_on(failure.response["Error"]["Code"], status, _reasons(failure))
    if isinstance(failure, EndpointConnectionError | ConnectTimeoutError | ProxyConnectionError):
        return Verdict.AGAIN
    return Verdict.LOST if isinstance(failure, ConnectionError | HTTPClientError) else Verdict.REFUSED


def error_of(failure: Failure) -> ServiceUnavailableError:
    """The error for *failure*, with DynamoDB's code, and the reasons of a canceled transaction."""
    if isinstance(failure, ClientError) and (reasons := set(_reasons(failure)) - {NO_REASON}):
        return ServiceUnavailableError(f"DynamoDB canceled the transaction: {', '.join(sorted(reasons))}.")
    return as_unavailable("DynamoDB", failure)


def _reasons(failure: ClientError) -> list[str]:
    reasons = failure.response.get("CancellationReasons", [])
    return [str(reason.get("Code", NO_REASON)) for reason in reasons]
