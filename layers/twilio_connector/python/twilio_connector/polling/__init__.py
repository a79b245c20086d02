"""Polling: the messages sent since the cursor become events on the bus, none of them lost.

Start with ``docs/polling.md``, then :mod:`.poller` (one poll), :mod:`.drain` (one window of it) and :mod:`.pages` (how
Twilio's list of a window is read).
"""
