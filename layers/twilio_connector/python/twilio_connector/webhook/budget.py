"""The time of a webhook, in seconds.

Event Streams wait five seconds for an answer, everything else of Twilio's fifteen: it is due in ANSWER_SECONDS. After
LATEST_START_SECONDS no secret is read again and the bus is not called. What then may still take time is the call that
is under way, CALL_SECONDS, one to the undelivered queue, CALL_SECONDS again, and what goes on between them,
SLACK_SECONDS: 1.4 + 1.2 + 1.2 + 0.2 = 4. A first call that is not answered leaves time for a second.
"""

ANSWER_SECONDS = 4.0

# Of one call to AWS, which is not repeated by its client.
AWS_CONNECT_SECONDS, AWS_READ_SECONDS = 0.3, 0.9
CALL_SECONDS = AWS_CONNECT_SECONDS + AWS_READ_SECONDS
SLACK_SECONDS = 0.2
LATEST_START_SECONDS = ANSWER_SECONDS - 2 * CALL_SECONDS - SLACK_SECONDS
# After LATEST_START_SECONDS, until when a call to the undelivered queue may begin.
KEEP_SECONDS = CALL_SECONDS + SLACK_SECONDS

# A signature that does not match makes the secrets be read again at most this often, by connection and process.
REFRESH_SECONDS = 30.0
