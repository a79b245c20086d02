"""The webhook: an HTTP request from Twilio, verified by its signature, becomes events on the bus.

Start with :mod:`.receiver`, whose ``receive`` is the whole way of a request.
"""
