"""reconcile: the layer's :mod:`twilio_connector.handlers.reconcile`."""

from twilio_connector.handlers.reconcile import handler as handler
