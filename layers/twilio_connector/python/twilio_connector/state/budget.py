"""The time of calls to DynamoDB, in seconds.

A try takes at most CALL_SECONDS. A repeat is begun only where its pause and CALL_SECONDS fit before the deadline that
the caller has set, so that it has ended by then; and only in the first REPEAT_SECONDS of the call, after which AWS
advises to look for the cause (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html).
A first try is always made: what became of a send is written down even late. So a call ends by the deadline, or
CALL_SECONDS after it began.

The pauses are AWS's for DynamoDB, from the same page, with full jitter: up to 50 ms, then up to 100 ms, 200 ms, … and
PAUSE_MAX_SECONDS. A transaction whose answer was lost is settled by a repeat that comes five seconds after it
(https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html, under
TransactionInProgressException).
"""

from twilio_connector.aws import DYNAMODB_CONNECT_SECONDS, DYNAMODB_READ_SECONDS

CALL_SECONDS = DYNAMODB_CONNECT_SECONDS + DYNAMODB_READ_SECONDS
REPEAT_SECONDS = 60.0
PAUSE_SECONDS, PAUSE_MAX_SECONDS = 0.05, 5.0
