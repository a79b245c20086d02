"""Twilio's sandbox without a server, for a simulated network."""

import json
from base64 import b64encode
from typing import Any

from local.twilio_sandbox import TwilioSandbox
from tests.support.simulated_network import Answer, Request
from tests.support.simulated_time import SimulatedTime

# Shorter pages than are asked for, so that a few messages make several.
PAGE_SIZE = 3


class SimulatedTwilio:
    """The sandbox, without changes of statuses and without callbacks. It refuses *revoked* passwords."""

    def __init__(self, clock: SimulatedTime) -> None:
        self.sandbox = TwilioSandbox(status_delay=None, clock=clock.utc, seed=7, null_dates_match_filters=True)
        self.sandbox._main.callbacks.stop()
        self._client = self.sandbox._app().test_client()
        self.clock = clock
        self.revoked: set[str] = set()

    @property
    def messages(self) -> list[Any]:
        """All messages of the account."""
        return self.sandbox.messages

    def __call__(self, request: Request) -> Answer:
        """The answer to *request*."""
        refused = [f"{self.sandbox.account_sid}:{each}" for each in self.revoked]
        if request.headers.get("authorization", "").removeprefix("Basic ") in [
            b64encode(each.encode()).decode() for each in refused
        ]:
            return _error(401, 20003)
        target = request.target.replace("PageSize=1000", f"PageSize={PAGE_SIZE}")
        answer = self._client.open(target, method=request.method, headers=dict(request.headers), data=request.body)
        return Answer(answer.status_code, {"Content-Type": answer.content_type or "text/plain"}, answer.data)

    def failed(self, _: Request) -> Answer:
        """What Twilio says of a failure of its own."""
        return _error(503, 20503)

    def throttled(self, _: Request) -> Answer:
        """What it says of too many requests."""
        return _error(429, 20429)


def _error(status: int, code: int) -> Answer:
    body = {
        "code": code,
        "message": "failed",
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return Answer(status, {"Content-Type": "application/json"}, json.dumps(body).encode())
