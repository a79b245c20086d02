"""Polling: the messages sent since the cursor become events on the bus, none of them lost.

Start with ``docs/polling.md``, then :mod:`.poller` (one poll) and :mod:`.drain` (one window of it).
"""
