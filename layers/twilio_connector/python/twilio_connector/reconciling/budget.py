"""The time of a run, in seconds: :mod:`..listing.budget`, and what a page of up to a thousand events needs beyond it.

A page is begun with MIN_PAGE_SECONDS left until nothing may be sent any more, so that the first 300 - 10 - 30 = 260
seconds of a run are for beginning pages. What the bus has not taken by KEEP_SECONDS before that moment goes to the
undelivered queue: a hundred calls of ten events each.
"""

MIN_PAGE_SECONDS = 30.0
KEEP_SECONDS = 10.0
# The place is saved after each page of which something was published, and after so many of which nothing was.
SAVE_PAGES = 20
