"""The tests' own clients of moto's AWS: made once a process, because making one takes longer than most tests do."""

from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
import moto.core  # noqa: F401  # What moto answers through is in every client that is made after this.

REGION = "us-east-1"

if TYPE_CHECKING:
    moto_client = boto3.Session(region_name=REGION).client
else:

    @cache
    def moto_client(service: str) -> Any:
        """A client of *service*; outside ``mock_aws`` there is nobody to answer it."""
        session = boto3.Session("testing", "testing", region_name=REGION)
        return session.client(service)
