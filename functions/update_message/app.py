"""update_message: the layer's :mod:`twilio_connector.handlers.update_message`."""

from twilio_connector.handlers.update_message import handler as handler
