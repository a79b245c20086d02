"""A webhook endpoint for the sandbox to call, and what it makes of the calls."""

from __future__ import annotations

from flask import Flask, Response, request
from twilio.request_validator import RequestValidator

from local.twilio_sandbox import Callback, TwilioSandbox
from local.twilio_sandbox.server import LoopbackServer

HOST = "hooks.example.com"
URL = f"https://{HOST}/webhook/default"
INBOUND = {"from_": "+15558675309", "to": "+15551234567", "body": "Hi & bye"}


class Receiver:
    """A webhook endpoint that answers the statuses it is given, then 204, and keeps what it got."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.hosts: list[str] = []
        self.paths: list[str] = []
        self.forms: list[dict[str, str]] = []
        app = Flask(__name__)
        app.add_url_rule("/<path:path>", view_func=self._receive, methods=["GET", "POST"])
        self._server = LoopbackServer(app, 0)
        self.url = self._server.url

    def __enter__(self) -> Receiver:
        self._server.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.stop()

    def _receive(self, path: str) -> Response:
        self.hosts.append(request.host)
        self.paths.append(request.full_path)
        self.forms.append(request.form.to_dict())
        return Response("noted", self.statuses.pop(0) if self.statuses else 200, mimetype="text/xml")


def wait_for_callbacks(twilio: TwilioSandbox, count: int) -> list[Callback]:
    """The callbacks, once there are as many."""
    twilio.wait_until(lambda: len(twilio.callbacks) >= count)
    return twilio.callbacks


def is_genuine(twilio: TwilioSandbox, callback: Callback, url: str | None = None) -> bool:
    """Check a signature as the receiver of the request would, with the vendor's validator."""
    params = callback.params if callback.method == "POST" else {}
    signature = callback.request_headers["X-Twilio-Signature"]
    return bool(RequestValidator(twilio.auth_token).validate(url or callback.url, params, signature))
