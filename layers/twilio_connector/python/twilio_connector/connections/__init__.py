"""Connections: the Twilio account and its credentials that one secret in Secrets Manager holds.

Start with :mod:`.connection`, the shape of such a secret; :mod:`.store` reads connections by name, :mod:`.secret_cache`
their secrets, which it keeps for a while.
"""
