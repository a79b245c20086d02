"""Connections: the Twilio account and its credentials that one secret in Secrets Manager holds.

Start with :mod:`.connection`, the shape of such a secret. :mod:`.store` gives connections by name, with credentials
that Twilio takes; :mod:`.secret_value` reads their secrets, and :mod:`.secret_cache` keeps them for a while.
"""
