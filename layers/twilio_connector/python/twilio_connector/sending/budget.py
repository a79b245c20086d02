"""The time of a send and of what is remembered of it, in seconds.

A call to AWS takes at most CALL_SECONDS with its repeat: 2 * (1 + 3) = 8. To store the outcomes of sends from the queue
takes a call to the bus and, if that fails, one to the undelivered queue: 8 + 8 = 16, for one as for a batch. With fewer
than these MIN_PUBLISH_SECONDS left, an outcome goes to the undelivered queue at once. A record is begun only with
MIN_SEND_SECONDS left: those 16, and 9 for the send itself. A message that may have been sent is searched for during
MAX_QUEUE_SEARCH_SECONDS, because its record comes again and its batch is waiting.

A batch of ten is begun at once, if SendsPerBatchAtOnce is ten: of the function's 45 seconds its sends may take 29,
which is 45 - 16, before their outcomes miss the bus. With fewer at once records wait for each other, and have for that
the 20 seconds in which one may be begun, 45 - 25: two at once come to ten in five rounds of 4 seconds, and so does one
at once, whose batch is of five. So Twilio may take seconds for each, and none goes back that was not tried.

An outcome waits for others of its batch, to be published with them in one call: for GATHER_SECONDS, and not beyond the
moment after which the bus is not called. So a send that hangs keeps back no other's outcome. It ends by itself
``wiring.RESERVE_SECONDS`` before Lambda ends the invocation. If its own outcome cannot be stored any more by then, its
record comes again, and is answered with what was sent.

A direct caller is answered within ANSWER_SECONDS, whatever happens: AWS's SDKs stop waiting after 50 s (Java) or 60 s
(Python) and silently invoke again. So no request to Twilio lasts longer than DIRECT_SECONDS, which are
for sending and for searching: what is left are 8 for a secret that is read again, because Twilio refused what it held,
and 3 each to record that nothing was sent and to give back its place in the owner's limits.

The event of an opt-out that a direct caller's send met is published until MIN_TELL_SECONDS before the end, and kept, if
the bus does not take it, until MIN_KEEP_SECONDS before it. So what has been begun is over SPARE_SECONDS before Lambda
ends the invocation.

Calls to the state table are repeated until STATE_RESERVE_SECONDS before the end: one that is then tried once, 3 as
CALL_SECONDS of :mod:`..state.budget` has it, and one to the undelivered queue, 8, still fit. Before a send has left,
they are repeated for MAX_CLAIM_SECONDS only, so that time is left for the send: 5, as long as DynamoDB may take to
settle a transaction whose answer was lost, 2 for the pause after that, and 3 for a call. To give back what may have
been taken takes GIVE_BACK_SECONDS: a call and one more, if the first is not a lost one.

A send stays claimed for SETTLE_SECONDS after the last moment at which its invocation may call Twilio, which is
``wiring.RESERVE_SECONDS`` before Lambda ends it: 2 to write down what became of it, and 2 for clocks that disagree.
"""

# Of one call to AWS, and how often it is made.
AWS_CONNECT_SECONDS, AWS_READ_SECONDS = 1.0, 3.0
AWS_ATTEMPTS = 2
CALL_SECONDS = AWS_ATTEMPTS * (AWS_CONNECT_SECONDS + AWS_READ_SECONDS)

MIN_PUBLISH_SECONDS = 2 * CALL_SECONDS
MIN_SEND_SECONDS = MIN_PUBLISH_SECONDS + 9.0
GATHER_SECONDS = 2.0
SPARE_SECONDS = 3.0
MIN_KEEP_SECONDS = CALL_SECONDS + SPARE_SECONDS
MIN_TELL_SECONDS = MIN_PUBLISH_SECONDS + SPARE_SECONDS
STATE_RESERVE_SECONDS = 11.0
MAX_CLAIM_SECONDS, GIVE_BACK_SECONDS = 10.0, 4.0

MAX_QUEUE_SEARCH_SECONDS = 10.0
ANSWER_SECONDS, DIRECT_SECONDS = 42.0, 28.0
# A search that has less time than this is not begun.
MIN_SEARCH_SECONDS = 2.0
# Between searches for a message that may be listed late; the last one repeats.
SEARCH_PAUSES = (1.0, 2.0, 4.0, 8.0)

SETTLE_SECONDS = 4
# How far Twilio's clock and this one may be apart.
CLOCK_SECONDS = 10

SENT_SECONDS = 24 * 3600
# Longer than any queue keeps a message that may come again.
UNKNOWN_SECONDS = 15 * 24 * 3600
# As long as a send that is still unknown could take the message for its own: its two last attempts are so far back.
CLAIMED_SECONDS = 2 * UNKNOWN_SECONDS + 24 * 3600
