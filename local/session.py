"""A boto3 session whose clients all talk to one local endpoint."""

from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from local.ministack import ACCOUNT_ID, REGION

# To MiniStack, a key of twelve digits with this secret is that account's root user.
ACCESS_KEY_ID = ACCOUNT_ID
SECRET_ACCESS_KEY = "test"

# A poll may take its function's five minutes, and an invocation that times out here must not be repeated.
# Tests call from many threads at once.
_CONFIG = Config(read_timeout=310, retries={"total_max_attempts": 1}, max_pool_connections=64)


class LocalSession(boto3.Session):
    """`boto3.Session` with a fixed `endpoint_url`."""

    def __init__(self, endpoint_url: str) -> None:
        super().__init__(aws_access_key_id=ACCESS_KEY_ID, aws_secret_access_key=SECRET_ACCESS_KEY, region_name=REGION)
        self.endpoint_url = endpoint_url

    if not TYPE_CHECKING:  # The stubs type each service's client by overloads, which an override would hide.

        def client(self, service_name: str, **arguments: Any) -> Any:
            """Makes a client of the local endpoint."""
            return super().client(service_name, **{"endpoint_url": self.endpoint_url, "config": _CONFIG, **arguments})
