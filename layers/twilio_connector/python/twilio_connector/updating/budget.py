"""The time of a change, in seconds.

A change whose answer is lost is read back, so each request leaves READ_BACK_SECONDS for that. The function has 30, of
which ``wiring.RESERVE_SECONDS`` are its own. So after a request that waits in vain, ``twilio.request.READ_SECONDS``,
the message can be read and, where the change is not there, asked for once more: 15 + 8 + 5 = 28.
"""

READ_BACK_SECONDS = 5.0
# A repeat that has less time than this for its request is not begun.
MIN_REQUEST_SECONDS = 2.0
# How often a change is asked for.
ATTEMPTS = 4
