"""The time of the limits' calls to the state table, in seconds.

A place is taken before anything is sent, and given back after a failure whose caller is waiting: either is repeated for
a short time only, and a first try takes at most ``CALL_SECONDS`` of :mod:`..state.budget`.
"""

TAKE_SECONDS = 6.5
GIVE_BACK_SECONDS = 10.0
