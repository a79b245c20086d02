"""The events of the Twilio connector for AWS, typed, and the inputs and results of its functions.

    event = parse_event(given)
    match event["detail-type"]:
        case "Message Received":
            print(event["detail"]["body"]["data"])
        case _:
            pass  # Not for us, or from a newer connector.

`v1` has the types of version 1 of the connector's contract; this package hands out the newest ones.
"""

from twilio_connector_events import v1
from twilio_connector_events.parameters import first
from twilio_connector_events.parsing import NotAConnectorEventError, parse_event
from twilio_connector_events.v1 import *  # noqa: F403 -- all of it, by its own list

__version__ = "1.0.0"
__all__ = ["NotAConnectorEventError", "first", "parse_event"]
__all__ += v1.__all__
