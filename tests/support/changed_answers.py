"""A proper answer of the sandbox, but for what a test changes in it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import Any

from flask import Request, Response

from local.twilio_sandbox.faults import InjectedFault


@dataclass(frozen=True, kw_only=True)
class ChangedAnswer(InjectedFault):
    """Answers as the account does, with *change* applied to the JSON; what UTF-8 cannot hold is escaped."""

    change: Callable[[dict[str, Any]], object]
    accepted: bool = True

    def answer(self, request: Request, planned: Response | None, stopping: Event) -> Response:
        """Answer with the changed JSON."""
        assert planned is not None
        body = json.loads(planned.get_data())
        self.change(body)
        return Response(json.dumps(body), planned.status_code, mimetype="application/json")


def change_messages(**fields: Any) -> ChangedAnswer:
    """The same *fields* in each message of the answer, whether it is one or a list."""
    return ChangedAnswer(
        change=lambda body: [message.update(fields) for message in body.get("messages", [body])],
    )
