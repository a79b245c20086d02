"""raw_request: the layer's :mod:`twilio_connector.handlers.raw_request`."""

try:
    from twilio_connector.handlers.raw_request import handler
except ModuleNotFoundError as exc:
    if exc.name != "twilio_connector.handlers":
        raise
    # For the seconds of an upgrade, on a layer that has no handlers yet: what app.py did with that one.
    import os
    from typing import Any

    from twilio_connector.invocation.deadline import LambdaContext
    from twilio_connector.invocation.entrypoint import entrypoint
    from twilio_connector.raw_request import request
    from twilio_connector.wiring import Services

    services = Services(os.environ)

    @entrypoint
    def handler(event: Any, context: LambdaContext) -> dict[str, Any]:
        """Lambda handler."""
        return request.raw_request(event, services.client_of(context))
