"""AWS services that refuse, or whose answers are lost: boto3's calls go as the service would let them go."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

Proper = Callable[[BaseClient, str, dict[str, Any]], Any]


@contextmanager
def refusing(operation: str, code: str, after: int = 0, message: str = "refused") -> Iterator[None]:
    """Let each call of *operation* (``PutItem``) but the first *after* fail with the error *code*."""
    calls = 0

    def call(proper: Proper, client: BaseClient, name: str, arguments: dict[str, Any]) -> Any:
        nonlocal calls
        if name == operation:
            calls += 1
            if calls > after:
                raise ClientError({"Error": {"Code": code, "Message": message}}, name)
        return proper(client, name, arguments)

    with _calling(call):
        yield


@contextmanager
def losing_answers(operation: str) -> Iterator[None]:
    """Let the first answer to each call of *operation* be lost, so that botocore makes it a second time."""

    def call(proper: Proper, client: BaseClient, name: str, arguments: dict[str, Any]) -> Any:
        if name == operation:
            proper(client, name, arguments)
        return proper(client, name, arguments)

    with _calling(call):
        yield


@contextmanager
def failing(
    operation: str,
    failure: Exception,
    *,
    calls: Collection[int] = (),
    takes_effect: bool = False,
    before: Callable[[], None] = lambda: None,
) -> Iterator[None]:
    """Let the *calls* of *operation*, counted from 1, or all of them, fail by *failure*.

    *takes_effect*: they are carried out all the same, so that only the answer is lost; and a transaction no second time
    under its token, as DynamoDB documents. *before* is called before each call that fails.
    """
    made, done = 0, set[str]()

    def call(proper: Proper, client: BaseClient, name: str, arguments: dict[str, Any]) -> Any:
        nonlocal made
        if name != operation:
            return proper(client, name, arguments)
        made += 1
        token = arguments.get("ClientRequestToken", "")
        if not calls or made in calls:
            before()
            if takes_effect and token not in done:
                # Refused requests are not reported, either.
                with suppress(ClientError):
                    proper(client, name, arguments)
                    done.add(token)
            raise failure
        return {} if token in done else proper(client, name, arguments)

    with _calling(call):
        yield


@contextmanager
def _calling(call: Callable[..., Any]) -> Iterator[None]:
    proper = BaseClient._make_api_call  # type: ignore[attr-defined]  # not in boto3's types
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(BaseClient, "_make_api_call", lambda *arguments: call(proper, *arguments))
        yield
