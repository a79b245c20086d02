"""AWS services that refuse: boto3's calls fail as the service would let them fail."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError


@contextmanager
def refusing(operation: str, code: str, after: int = 0) -> Iterator[None]:
    """Let each call of *operation* (``PutItem``) but the first *after* fail with the error *code*."""
    calls = 0
    proper = BaseClient._make_api_call  # type: ignore[attr-defined]  # not in boto3's types

    def call(client: BaseClient, name: str, arguments: dict[str, Any]) -> Any:
        nonlocal calls
        if name == operation:
            calls += 1
            if calls > after:
                raise ClientError({"Error": {"Code": code, "Message": "refused"}}, name)
        return proper(client, name, arguments)

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(BaseClient, "_make_api_call", call)
        yield
