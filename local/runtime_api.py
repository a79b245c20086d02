"""The Lambda Runtime API on loopback, for one runtime.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import json
import sys
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self, cast

from local.invocation_slot import Answer, Invocation, InvocationSlot
from local.ministack import HOST

NEXT_PATH = "/2018-06-01/runtime/invocation/next"
TRACE_ID = "Root=1-67891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8;Sampled=0"

_STOP_POLL_SECONDS = 0.05


class RuntimeApi:
    """A context manager that hands out the invocations of its `slot`, and saves the answers there, while it is open."""

    def __init__(self) -> None:
        self.slot = InvocationSlot()
        self._server = _Server((HOST, 0), _Handler)
        self._server.slot = self.slot
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_STOP_POLL_SECONDS,), daemon=True)

    @property
    def address(self) -> str:
        """The value for `AWS_LAMBDA_RUNTIME_API`: `127.0.0.1:<port>`."""
        return f"{HOST}:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.slot.end()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    slot: InvocationSlot

    def handle_error(self, request: object, client_address: object) -> None:
        """Report errors as usual, but not the lost connections of a runtime that was stopped."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Otherwise a body waits for its headers to be acknowledged: 40 ms that are not the function's.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """`…/invocation/next`."""
        if self.path != NEXT_PATH:
            self.send_error(HTTPStatus.NOT_FOUND)
        elif invocation := self._slot.next():
            self._reply(HTTPStatus.OK, invocation.event, _headers(invocation))
        else:
            self.close_connection = True

    def do_POST(self) -> None:
        """`…/invocation/<request ID>/response`, `…/invocation/<request ID>/error` and `…/init/error`."""
        document = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = Answer(document, failed=self.path.endswith("/error"), came=time.monotonic())
        # This comes first: the caller may stop the runtime as soon as it has the answer.
        self._reply(HTTPStatus.ACCEPTED, b'{"status": "OK"}', {"Content-Type": "application/json"})
        self._slot.answer(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing: the terminal belongs to the tests."""

    @property
    def _slot(self) -> InvocationSlot:
        return cast("_Server", self.server).slot

    def _reply(self, status: HTTPStatus, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _headers(invocation: Invocation) -> dict[str, str]:
    """The Runtime API's headers for an invocation that it hands out now."""
    return {
        "Content-Type": "application/json",
        "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
        "Lambda-Runtime-Deadline-Ms": str(time.time_ns() // 1_000_000 + invocation.timeout_ms),
        "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
        "Lambda-Runtime-Trace-Id": TRACE_ID,
    }
