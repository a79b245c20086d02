"""Reading Twilio's parameters, any of which may come more than once."""

from twilio_connector_events.v1 import Parameters


def first(parameters: Parameters, *names: str) -> str | None:
    """The first value that is not blank, of the first parameter of *names* that has one; None if none has."""
    for name in names:
        value = parameters.get(name, "")
        for each in [value] if isinstance(value, str) else value:
            if each.strip():
                return each
    return None
