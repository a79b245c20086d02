"""Calls of AWS that end before they are sent, so that the first one that is sent is not a client's first.

A client's first call takes the rules of endpoints, the signature and the shapes of its operation into use: 2 to 4 ms of
processor, and 1 ms for each further operation.
"""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FunctionType
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.client import BaseClient
from botocore.compat import HTTPHeaders


@contextmanager
def rehearsed(client: BaseClient, answer: bytes = b"{}", headers: Mapping[str, str] | None = None) -> Iterator[Any]:
    """The *client*, whose calls are answered with *headers* and *answer*, a body in JSON, and leave nothing behind.

    By botocore's event for answers in the service's place. Should that not come, the call meets no connection, but
    an error. Where the client has no session to take away, or where somebody watches what clients call, there is no
    rehearsal: AttributeError.
    """
    endpoint = client._endpoint  # type: ignore[attr-defined]  # there is no public way to it
    session, events = endpoint.http_session, client.meta.events
    if not (_is_botocore_s(BaseClient) and _is_botocore_s(type(endpoint))):
        raise AttributeError("A tracer would report a call that was never made.")

    def respond(request: Any, **_: Any) -> Any:
        return AWSResponse(request.url, 200, HTTPHeaders.from_dict(headers or {}), _Body(answer))

    endpoint.http_session = None
    events.register_first("before-send", respond)
    try:
        yield client
    finally:
        events.unregister("before-send", respond)
        endpoint.http_session = session


def _is_botocore_s(cls: type) -> bool:
    """Whether all that *cls* does is botocore's own, and nothing is wrapped around it, as tracers do."""
    return all(
        # Not isinstance: tracers' wrappers say of themselves that they are functions.
        type(function) is FunctionType and function.__globals__["__name__"].partition(".")[0] == "botocore"
        for function in vars(cls).values()
        if callable(function)
    )


class _Body(io.BytesIO):
    def stream(self) -> Iterator[bytes]:
        """All of it, as urllib3's answers give theirs."""
        yield self.read()
