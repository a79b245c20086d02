"""A Lambda function's code that makes the calls to AWS that its event names, for tests of what a role allows.

Deployed alone, as one file, under the role of one of the stack's functions.
"""

from functools import cache
from typing import Any

import boto3
from botocore.exceptions import ClientError

Call = tuple[str, str, dict[str, Any]]


def handler(calls: list[Call], _context: object) -> list[str]:
    """Make each call (service, boto3's method, arguments); returns the error code of each, blank where it succeeded."""
    return [_outcome(*call) for call in calls]


def _outcome(service: str, method: str, arguments: dict[str, Any]) -> str:
    try:
        getattr(_client(service), method)(**arguments)
    except ClientError as exc:
        return str(exc.response["Error"]["Code"])
    return ""


@cache
def _client(service: str) -> Any:
    return boto3.client(service)  # type: ignore[call-overload]  # Any service, known when it is called.
