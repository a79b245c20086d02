"""get_sms: the layer's :mod:`twilio_connector.handlers.get_sms`."""

try:
    from twilio_connector.handlers.get_sms import handler
except ModuleNotFoundError as exc:
    if exc.name != "twilio_connector.handlers":
        raise
    # For the seconds of an upgrade, on a layer that has no handlers yet: what app.py did with that one.
    import os
    from typing import Any

    from twilio_connector.invocation.deadline import LambdaContext
    from twilio_connector.invocation.entrypoint import entrypoint
    from twilio_connector.reading import get_sms
    from twilio_connector.wiring import Services

    services = Services(os.environ)

    @entrypoint
    def handler(event: Any, context: LambdaContext) -> dict[str, Any]:
        """Lambda handler."""
        return get_sms.get_sms(event, services.client_of(context))
