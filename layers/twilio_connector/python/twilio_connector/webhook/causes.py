"""Why a webhook is refused, and whom each cause concerns."""

from enum import StrEnum


class Cause(StrEnum):
    """Every cause of a refusal, as logs and metrics have it."""

    # Of the headers alone.
    MISSING = "missing"
    MALFORMED = "malformed"
    LENGTH = "length"
    SETTINGS = "settings"
    ALGORITHM = "algorithm"
    # Of the connection.
    UNKNOWN_CONNECTION = "unknown_connection"
    NOT_LOOKED_UP = "not_looked_up"
    CONNECTION = "connection"
    NO_TOKEN = "no_token"
    UNKNOWN_KEY = "unknown_key"
    # Of the signature.
    BODY_HASH = "body_hash"
    MISMATCH = "mismatch"
    ACCOUNT = "account"
    # Of the request itself.
    METHOD = "method"
    CONTENT_TYPE = "content_type"
    BODY = "body"
    PARAMETERS = "parameters"
    TOO_LARGE = "too_large"
    QUERY = "query"
    BASE64 = "base64"


# What a mistake of the owner, or a change at Twilio, can bring about. A request comes as far as any of them only with a
# signature that may be one. Each is counted as WebhooksRefused, but what has an alarm of its own.
OWNERS = frozenset(
    {
        Cause.LENGTH,
        Cause.SETTINGS,
        Cause.ALGORITHM,
        Cause.UNKNOWN_CONNECTION,
        Cause.NOT_LOOKED_UP,
        Cause.CONNECTION,
        Cause.NO_TOKEN,
        Cause.UNKNOWN_KEY,
        Cause.BODY_HASH,
        Cause.MISMATCH,
        Cause.ACCOUNT,
        Cause.METHOD,
        Cause.CONTENT_TYPE,
        Cause.BODY,
        Cause.PARAMETERS,
        Cause.TOO_LARGE,
    }
)
# Twilio signs everything, in base64. No front door of AWS passes on a query string as long as that, nor says of a body
# that it is base64 which is none.
STRANGERS = frozenset({Cause.MISSING, Cause.MALFORMED, Cause.QUERY, Cause.BASE64})


# CONNECTION rings at once, and what is too large by the API's answers, among them API Gateway's own.
ALARMED_APART = frozenset({Cause.CONNECTION, Cause.TOO_LARGE})


def rings(cause: str) -> bool:
    """Whether *cause* counts for the alarm on refused webhooks; an unknown one does."""
    return cause not in STRANGERS | ALARMED_APART
