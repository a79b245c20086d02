"""Sending: one message per idempotency key, for a direct caller or for the send queue.

Start with ``docs/sending.md``, then :mod:`.sender`; :mod:`.records` draws the states that a send goes through.
"""
