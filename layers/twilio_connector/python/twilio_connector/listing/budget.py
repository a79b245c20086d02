"""The time of a run that reads a list, and of what is remembered of messages, in seconds.

A run reads until the invocation is nearly over. A page is begun only with MIN_PAGE_SECONDS left, to read it, to publish
it and to save; nothing is published in the last QUIET_SECONDS. So of a function's 300 seconds the first 270 are for
beginning pages. PutEvents cannot be fenced, so the lease lasts LEASE_GRACE_SECONDS longer than the invocation,
300 + 30: what a run that is killed had sent to the bus has arrived by then.

Calls to the state table are repeated until STATE_RESERVE_SECONDS before the end. What then still takes time is the last
save and the release of the lease, tried once each, CALL_SECONDS of :mod:`..state.budget`, and what goes on between
them: 3 + 3 + 1 = 7.
"""

MIN_PAGE_SECONDS = 20.0
QUIET_SECONDS = 10.0
STATE_RESERVE_SECONDS = 7.0
LEASE_GRACE_SECONDS = 30

# A scheduled message gets its date 35 days after its creation at the latest; what has none by then never will.
UNDATED_SECONDS = 35 * 24 * 3600
# How long an undated message is remembered, counted from its creation.
UNDATED_MEMORY_SECONDS = UNDATED_SECONDS + 24 * 3600
# Chunks are deleted once they are out of reach; their expiry is for cursors that no longer move.
CHUNK_SECONDS = 36 * 24 * 3600
