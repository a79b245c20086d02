"""The time of a run, in seconds: :mod:`..listing.budget`, and what a page of up to a thousand events needs beyond it.

A page is begun with MIN_PAGE_SECONDS left until nothing may be sent any more, so that the first 300 - 10 - 30 = 260
seconds of a run are for beginning pages. What the bus has not taken by KEEP_SECONDS before that moment goes to the
undelivered queue: a hundred calls of ten events each.
"""

MIN_PAGE_SECONDS = 30.0
KEEP_SECONDS = 10.0
# The place is saved after each page of which something was published, and after so many of which nothing was.
SAVE_PAGES = 20

# The longest ValidityPeriod: what waits longer to be sent has failed, unless it is scheduled.
# https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource
WAITING_SECONDS = 36_000

# For each of the three calls to the state table that count how deliveries ended, its repeats among it. Counting is
# begun only with MIN_PAGE_SECONDS left, which is more than the three.
COUNT_SECONDS = 8.0
# What was counted is remembered as long as a send remembers its message.
COUNTED_SECONDS = 31 * 24 * 3600
# An end that comes later than that after the sending is none, and of older ones CloudWatch takes no count (two weeks).
OUTCOME_SECONDS = 24 * 3600
RECENT_SECONDS = 7 * 24 * 3600
# As fine as the dashboard draws.
PERIOD_SECONDS = 300
