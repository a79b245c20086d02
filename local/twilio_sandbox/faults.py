"""Faults that the sandbox injects into its answers.

A fault with `accepted=True` happens after the request was carried out: the message exists, and its creator
does not know. Otherwise the request never reaches the account.
"""

from __future__ import annotations

import os
import socket
import struct
import threading
from dataclasses import dataclass
from typing import NoReturn

from flask import Request, Response

from local.twilio_sandbox.answers import error_answer
from local.twilio_sandbox.errors import TwilioError
from local.twilio_sandbox.pages import invalid_page_token


@dataclass(frozen=True, kw_only=True)
class InjectedFault:
    """What all faults share. With a `body` they meet only the creation of the message with that text."""

    accepted: bool = False
    body: str = ""

    def concerns(self, request: Request) -> bool:
        """Whether this request can have the fault."""
        return not self.body or request.form.get("Body") == self.body

    def answer(self, request: Request, planned: Response | None, stopping: threading.Event) -> Response:
        """Return the faulty answer, or raise one; `planned` is the proper one of an accepted request.

        `stopping` is set when the sandbox stops: a fault that waits has to wait on it.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class Throttle(InjectedFault):
    """429 20429, with a `Retry-After` of that many seconds unless None."""

    retry_after: float | None = None

    def answer(self, request: Request, planned: Response | None, stopping: threading.Event) -> Response:
        """Answer 429."""
        response = error_answer(TwilioError(429, 20429, "Too Many Requests"))
        if self.retry_after is not None:
            response.headers["Retry-After"] = f"{self.retry_after:g}"
        return response


@dataclass(frozen=True)
class ServerError(InjectedFault):
    """A 5xx in Twilio's error shape."""

    status: int = 500

    def answer(self, request: Request, planned: Response | None, stopping: threading.Event) -> Response:
        """Answer 5xx."""
        return error_answer(TwilioError(self.status, 20000 + self.status, "Internal Server Error"))


@dataclass(frozen=True)
class Html(InjectedFault):
    """A proxy's HTML page instead of Twilio's answer."""

    status: int = 502

    def answer(self, request: Request, planned: Response | None, stopping: threading.Event) -> Response:
        """Answer HTML."""
        return Response("<html><body><h1>Bad Gateway</h1></body></html>", self.status, mimetype="text/html")


@dataclass(frozen=True)
class Garbage(InjectedFault):
    """A success whose JSON is cut short."""

    def answer(self, request: Request, planned: Response | None, stopping: threading.Event) -> Response:
        """Answer 200 with half an object."""
        return Response('{"sid": "SM', 200, mimetype="application/json")


@dataclass(frozen=True)
class Reset(InjectedFault):
    """A TCP reset in place of an answer."""

    def answer(self, request: Request, planned: Response | None, stopping: threading.Event) -> NoReturn:
        """Reset the connection: closed with a linger of zero, the kernel sends RST."""
        connection: socket.socket = request.environ["werkzeug.socket"]
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # close() would wait for the server's own file objects; the descriptor has to go now.
        os.close(connection.detach())
        raise ConnectionResetError("injected reset")


@dataclass(frozen=True)
class Hang(InjectedFault):
    """Silence for that many seconds; then the proper answer if accepted, else 503."""

    seconds: float

    def answer(self, request: Request, planned: Response | None, stopping: threading.Event) -> Response:
        """Answer late, or at once when the sandbox stops."""
        stopping.wait(self.seconds)
        return planned or error_answer(TwilioError(503, 20503, "Service Unavailable"))


@dataclass(frozen=True)
class RefusePageToken(InjectedFault):
    """400 21481 to a listing that continues from a page token."""

    def concerns(self, request: Request) -> bool:
        """Only requests with a page token."""
        return "PageToken" in request.args

    def answer(self, request: Request, planned: Response | None, stopping: threading.Event) -> Response:
        """Answer 400."""
        return error_answer(invalid_page_token())


class Fault:
    """The faults by their names: `Fault.Throttle(retry_after=2)`."""

    Throttle = Throttle
    ServerError = ServerError
    Html = Html
    Garbage = Garbage
    Reset = Reset
    Hang = Hang
    RefusePageToken = RefusePageToken
