"""Which answers of DynamoDB's are repeated.

==========================================  =========  ============================================================
answer                                      verdict    because
==========================================  =========  ============================================================
ProvisionedThroughputExceededException      AGAIN      throttled [1]
ThrottlingException                         AGAIN      throttled [1]
RequestLimitExceeded                        AGAIN      throttled: the account's quota [1]
LimitExceededException                      AGAIN      too many operations at once [1]
ItemCollectionSizeLimitExceededException    AGAIN      "OK to retry? Yes" [1]
UnrecognizedClientException                 AGAIN      "OK to retry? Yes" [1]: a role's new key is not known at once
TransactionConflictException                AGAIN      a transaction is at the item: it was rejected [2]
ReplicatedWriteConflictException            AGAIN      another Region is at the item: it was rejected [3]
InternalServerError                         LOST       HTTP 500: a write may have been carried out [1]
InternalFailure                             LOST       HTTP 500 [4]
ServiceUnavailable                          LOST       HTTP 503 [1]
any other answer with HTTP 5xx              LOST       "OK to retry? Yes" [1]
RequestTimeout                              LOST       HTTP 408; botocore repeats it, too
RequestTimeoutException                     LOST       the same [4]
TransactionInProgressException              LOST       the first try of the transaction has not ended [2]
ConditionalCheckFailedException             CONDITION  the caller's answer
TransactionCanceledException                --         by its reasons, below
IdempotentParameterMismatchException        REFUSED    a token of ours for two transactions would be a defect
ResourceNotFoundException                   REFUSED    there is no such table [1]
ResourceInUseException                      REFUSED    [1]
AccessDeniedException                       REFUSED    [1]
ExpiredTokenException                       REFUSED    [4]
IncompleteSignatureException                REFUSED    [1]
MissingAuthenticationTokenException         REFUSED    [1]
ValidationException                         REFUSED    [1]
anything else                               REFUSED    what is not known is not repeated
==========================================  =========  ============================================================

A canceled transaction was certainly not carried out. It has one reason [2] for each of its writes, ``None`` where one
was in order:

==========================================  =========  ============================================================
reasons other than ``None``                 verdict    because
==========================================  =========  ============================================================
ConditionalCheckFailed, alone or with       CONDITION  whatever else went wrong, that condition did not hold
any others
ThrottlingError,                            AGAIN      each of them passes
ProvisionedThroughputExceeded,
TransactionConflict,
ItemCollectionSizeLimitExceeded, alone or
with each other
ValidationError, or an unknown one, alone   REFUSED    that one will be there again
or with those above
none at all                                 AGAIN      nothing says that it will be there again
==========================================  =========  ============================================================

Sources:

1. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
2. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html and
   https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
3. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html and DynamoDB's model in botocore,
   which marks it as retryable
4. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/CommonErrors.html

Why: docs/decisions.md#2026-11-28-one-way-to-call-dynamodb
"""

from collections.abc import Iterable
from enum import Enum


class Verdict(Enum):
    """What an answer means for the next try."""

    AGAIN = "It was certainly not carried out, and may be when it is repeated."
    LOST = "It may have been carried out, and may be when it is repeated: each repeat has to be the very same."
    CONDITION = "A condition of the caller's did not hold: that is the answer."
    REFUSED = "It was not carried out, and a repeat would not be, either."


VERDICTS = {
    "ProvisionedThroughputExceededException": Verdict.AGAIN,
    "ThrottlingException": Verdict.AGAIN,
    "RequestLimitExceeded": Verdict.AGAIN,
    "LimitExceededException": Verdict.AGAIN,
    "ItemCollectionSizeLimitExceededException": Verdict.AGAIN,
    "UnrecognizedClientException": Verdict.AGAIN,
    "TransactionConflictException": Verdict.AGAIN,
    "ReplicatedWriteConflictException": Verdict.AGAIN,
    "InternalServerError": Verdict.LOST,
    "InternalFailure": Verdict.LOST,
    "ServiceUnavailable": Verdict.LOST,
    "RequestTimeout": Verdict.LOST,
    "RequestTimeoutException": Verdict.LOST,
    "TransactionInProgressException": Verdict.LOST,
    "ConditionalCheckFailedException": Verdict.CONDITION,
    "IdempotentParameterMismatchException": Verdict.REFUSED,
    "ResourceNotFoundException": Verdict.REFUSED,
    "ResourceInUseException": Verdict.REFUSED,
    "AccessDeniedException": Verdict.REFUSED,
    "ExpiredTokenException": Verdict.REFUSED,
    "IncompleteSignatureException": Verdict.REFUSED,
    "MissingAuthenticationTokenException": Verdict.REFUSED,
    "ValidationException": Verdict.REFUSED,
}
CANCELED = "TransactionCanceledException"
CONDITION_REASON, NO_REASON = "ConditionalCheckFailed", "None"
PASSING_REASONS = {
    "ThrottlingError",
    "ProvisionedThroughputExceeded",
    "TransactionConflict",
    "ItemCollectionSizeLimitExceeded",
}


def verdict_on(code: str, status: int, reasons: Iterable[str]) -> Verdict:
    """The verdict on an answer with the error *code* and HTTP *status*; *reasons* are a canceled transaction's."""
    if code == CANCELED:
        return _verdict_on_reasons(set(reasons) - {NO_REASON})
    return VERDICTS.get(code, Verdict.LOST if status >= 500 else Verdict.REFUSED)


def _verdict_on_reasons(reasons: set[str]) -> Verdict:
    if CONDITION_REASON in reasons:
        return Verdict.CONDITION
    return Verdict.AGAIN if reasons <= PASSING_REASONS else Verdict.REFUSED
