"""Control endpoints under `/_sandbox`, for a sandbox that runs as a process of its own.

POST /_sandbox/messages  the arguments of `TwilioSandbox.add` as JSON, dates in ISO 8601; {"sids": […]}
POST /_sandbox/texts     the arguments of `TwilioSandbox.receive` as JSON, media as pairs of a content type and base64:
                         somebody sends a text; {"sid": …}
POST /_sandbox/hosts     the arguments of `TwilioSandbox.map_host` as JSON; 204
POST /_sandbox/webhook-rule  {"algorithm": …}: a shared key signs all webhooks from now on; {"id": …, "secret": …}
DELETE /_sandbox/webhook-rule  the auth token signs again; 204
PUT  /_sandbox/callback-faults  the fields of `CallbackFaults` as JSON, delay_seconds perhaps as "inf": these shares of
                         the status callbacks go astray from now on; 204
GET  /_sandbox/callback-faults  the callbacks that did: {"stray": [{"mishap": …, "sid": …, "status": …}]}
POST /_sandbox/callback-faults/release  delivers those that are held back; 204
GET  /_sandbox/counts    {"messages": …, "requests": …, "callbacks": …}

Any other argument is answered with 400 and the reason.
"""

from __future__ import annotations

from base64 import b64decode
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from local.twilio_sandbox.answers import json_answer
from local.twilio_sandbox.callback_faults import CallbackFaults

if TYPE_CHECKING:
    from local.twilio_sandbox.sandbox import TwilioSandbox


def control(sandbox: TwilioSandbox) -> Blueprint:
    """Build the control routes; they need no credentials and meet no faults."""
    routes = Blueprint("control", __name__, url_prefix="/_sandbox")

    @routes.post("/messages")
    def add() -> Response:
        arguments = request.get_json()
        if arguments.get("date_sent"):
            arguments["date_sent"] = datetime.fromisoformat(arguments["date_sent"])
        if "spacing" in arguments:
            arguments["spacing"] = timedelta(seconds=arguments["spacing"])
        return json_answer({"sids": sandbox.add(**arguments)}, 201)

    @routes.post("/texts")
    def receive() -> Response:
        arguments = request.get_json()
        media = [(content_type, b64decode(content)) for content_type, content in arguments.pop("media", [])]
        return json_answer({"sid": sandbox.receive(**arguments, media=media)}, 201)

    @routes.post("/hosts")
    def map_host() -> Response:
        sandbox.map_host(**request.get_json())
        return Response(status=204)

    @routes.post("/webhook-rule")
    def make_webhook_rule() -> Response:
        key = sandbox.account.make_webhook_rule(**request.get_json())
        return json_answer({"id": key.id, "secret": key.secret}, 201)

    @routes.delete("/webhook-rule")
    def delete_webhook_rule() -> Response:
        sandbox.account.delete_webhook_rule()
        return Response(status=204)

    @routes.put("/callback-faults")
    def disturb_callbacks() -> Response:
        arguments = request.get_json()
        if "delay_seconds" in arguments:
            arguments["delay_seconds"] = float(arguments["delay_seconds"])
        sandbox.disturb_callbacks(CallbackFaults(**arguments))
        return Response(status=204)

    @routes.get("/callback-faults")
    def stray_callbacks() -> Response:
        return json_answer({"stray": [asdict(callback) for callback in sandbox.stray_callbacks]})

    @routes.post("/callback-faults/release")
    def release_callbacks() -> Response:
        sandbox.release_callbacks()
        return Response(status=204)

    @routes.get("/counts")
    def counts() -> Response:
        return json_answer(
            {
                "messages": len(sandbox.messages),
                "requests": len(sandbox.requests),
                "callbacks": len(sandbox.callbacks),
            }
        )

    @routes.errorhandler(TypeError)
    @routes.errorhandler(ValueError)
    def refuse(error: Exception) -> Response:
        return Response(f"{error}\n", status=400, mimetype="text/plain")

    return routes
