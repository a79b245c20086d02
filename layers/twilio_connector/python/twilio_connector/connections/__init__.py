"""Connections: the Twilio account and its credentials that one secret in Secrets Manager holds.

Start with :mod:`.connection`, the shape of such a secret; :mod:`.store` reads secrets and keeps them for a while.
"""
