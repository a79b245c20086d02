"""HTTP answers in two formats: JSON for paths that end in `.json` and for the products' APIs, XML for all others."""

from __future__ import annotations

import json
from collections.abc import Mapping

from flask import Response

from local.twilio_sandbox.errors import TwilioError
from local.twilio_sandbox.message import Message, to_xml


def json_answer(payload: Mapping[str, object], status: int = 200) -> Response:
    """Answer an object as JSON."""
    return Response(json.dumps(payload), status, mimetype="application/json")


def resource_answer(name: str, resource: Mapping[str, object], path: str, status: int = 200) -> Response:
    """Answer a resource of that name in the format that the path asks for."""
    if path.endswith(".json"):
        return json_answer(resource, status)
    return Response(to_xml(name, resource), status, mimetype="application/xml")


def message_answer(message: Message, path: str, status: int = 200) -> Response:
    """Answer a message in the format that the path asks for."""
    return resource_answer("Message", message.resource(), path, status)


def error_answer(error: TwilioError, path: str = ".json") -> Response:
    """Answer an error in the format that the path asks for; the products' own APIs only answer in JSON."""
    if path.endswith(".json") or path.startswith("/v1/"):
        response = json_answer(error.payload(), error.status)
    else:
        body = to_xml("RestException", error.payload())
        response = Response(body, error.status, mimetype="application/xml")
    if error.status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
    return response
