"""What keeps a command from doing its work, in plain words: credentials, permissions, the network."""

from typing import NamedTuple

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
)
from botocore.exceptions import (
    ConnectionError as AwsConnectionError,
)

from operations.stack import StackError
from twilio_connector.connections.secret_value import explained
from twilio_connector.errors import ServiceUnavailableError, TwilioConnectorError

PROBLEMS = (BotoCoreError, ClientError, StackError, TwilioConnectorError)

LOG_IN = "Log in: aws configure, aws sso login, or set AWS_PROFILE."
_NO_CREDENTIALS = (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError, SSOError)
_REFUSED_CREDENTIALS = {
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}


class Problem(NamedTuple):
    """A sentence, and what to do."""

    text: str
    remedy: str


def problem_of(exc: Exception) -> Problem:
    """What *exc*, one of ``PROBLEMS``, means to the user of the command."""
    if isinstance(exc, ServiceUnavailableError) and isinstance(exc.__cause__, BotoCoreError | ClientError):
        if _is_explained(exc.__cause__):
            return Problem(
                str(exc), "Here the caller is you, with your AWS credentials: ask your administrator for it."
            )
        # The layer's sentence is for a function's caller. The user of a command can do something else.
        exc = exc.__cause__
    if isinstance(exc, ClientError):
        return _refusal(exc)
    if isinstance(exc, BotoCoreError):
        return _obstacle(exc)
    if isinstance(exc, StackError):
        return Problem(str(exc), exc.remedy)
    return Problem(str(exc), "Twilio's page on the error explains it; https://status.twilio.com shows outages.")


def _is_explained(exc: Exception) -> bool:
    """Whether the layer's error on a secret that cannot be read names a remedy already."""
    return isinstance(exc, ClientError) and exc.operation_name == "GetSecretValue" and bool(explained(exc))


def _refusal(exc: ClientError) -> Problem:
    code, operation = exc.response["Error"]["Code"], exc.operation_name
    if code in _REFUSED_CREDENTIALS:
        return Problem(f"AWS does not accept your credentials ({code}).", LOG_IN)
    if code.startswith(("AccessDenied", "UnauthorizedOperation", "AuthorizationError")):
        return Problem(
            f"Your AWS credentials may not call {operation} on this.", f"Have your administrator allow {operation}."
        )
    return Problem(f"AWS refused {operation}: {code}.", "Try again; AWS's documentation explains the code.")


def _obstacle(exc: BotoCoreError) -> Problem:
    kind = type(exc).__name__
    if isinstance(exc, _NO_CREDENTIALS):
        return Problem(f"There are no AWS credentials to use ({kind}).", LOG_IN)
    if isinstance(exc, ProfileNotFound):
        return Problem("There is no AWS profile with the name in AWS_PROFILE.", LOG_IN)
    if isinstance(exc, NoRegionError):
        return Problem("No AWS region is set.", "Add REGION=..., or set AWS_REGION.")
    if isinstance(exc, AwsConnectionError | HTTPClientError):
        return Problem(f"AWS could not be reached ({kind}).", "Check the network, a proxy or VPN, and REGION.")
    return Problem(f"The AWS client failed ({kind}).", "Check the AWS configuration: aws configure list.")
