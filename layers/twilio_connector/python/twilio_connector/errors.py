"""Every error that a function of the connector can end with.

The class name is Lambda's ``errorType``: Step Functions can ``Catch`` and ``Retry`` by it. Retry those marked *.

::

    TwilioConnectorError
    ├── InvalidInputError              the caller's input; nothing was sent
    ├── ConnectionConfigError          the connection's secret is missing, malformed or unusable for this
    ├── TwilioAuthenticationError      401, 403
    ├── TwilioNotFoundError            404
    ├── TwilioRejectedError            any other 4xx but 408: permanent
    │   └── TwilioOptedOutError        the recipient replied STOP (21610)
    ├── TwilioResponseError            a redirect without an address, an unreadable or a too large answer
    ├── RecipientNotAllowedError       the stack's AllowedCountries; nothing was sent
    ├── SendLimitError                 the stack's MaxSends…; nothing was sent: repeat in the next hour or day
    ├── TwilioThrottledError *         429 after our own retries
    ├── TwilioUnavailableError *       5xx, 408 or network, and repeating is known to be safe
    ├── OutcomeUnknownError            it may or may not have happened: repeat only with the same idempotencyKey
    ├── SendInProgressError *          the same idempotencyKey is in flight
    ├── IdempotencyConflictError       the same idempotencyKey came with another request
    ├── ServiceUnavailableError *      Secrets Manager, DynamoDB, SQS or the event bus
    └── UnexpectedError                a defect of ours

A broken deployment ends with :class:`~twilio_connector.settings.SettingsError`. What else derives from these, such as
``EventsRefusedError``, stays inside.
"""

from twilio_connector.masking import mask_numbers

MAX_MESSAGE_LENGTH = 1_000


class TwilioConnectorError(Exception):
    """Base of all errors of the connector.

    *message* is one readable sentence; phone numbers in it are masked and it is cut at ``MAX_MESSAGE_LENGTH``.
    *status* is Twilio's HTTP status, *code* Twilio's error code, where Twilio gave them.
    """

    def __init__(self, message: str, *, status: int | None = None, code: int | None = None) -> None:
        # Half a surrogate pair, as JSON can hold it, would be the end of the runtime that writes the error.
        super().__init__(mask_numbers(message)[:MAX_MESSAGE_LENGTH].encode(errors="replace").decode())
        self.status = status
        self.code = code


class InvalidInputError(TwilioConnectorError):
    """The caller's input is not acceptable; nothing was sent."""


class ConnectionConfigError(TwilioConnectorError):
    """The connection's secret is missing, malformed, or unusable for what was asked. Names fields, never values."""


class TwilioAuthenticationError(TwilioConnectorError):
    """Twilio refused the credentials (401) or what they may do (403)."""


class TwilioNotFoundError(TwilioConnectorError):
    """Twilio knows no such resource (404)."""


class TwilioRejectedError(TwilioConnectorError):
    """Twilio refused the request for good (any other 4xx but 408)."""


class TwilioOptedOutError(TwilioRejectedError):
    """The recipient has opted out of messages from this sender (code 21610)."""


class TwilioResponseError(TwilioConnectorError):
    """Twilio's answer was a redirect without an address, unreadable or too large."""


class RecipientNotAllowedError(TwilioConnectorError):
    """The stack does not text to the recipient's country (``AllowedCountries``); nothing was sent."""


class SendLimitError(TwilioConnectorError):
    """As many texts as the stack allows in an hour or a day have been sent (``MaxSends…``); this one was not."""


class TwilioThrottledError(TwilioConnectorError):
    """Twilio answered 429 until our own retries ended. Repeat later."""


class TwilioUnavailableError(TwilioConnectorError):
    """Twilio failed (5xx, 408) or could not be reached, and repeating the request is known to be safe."""


class OutcomeUnknownError(TwilioConnectorError):
    """The request may or may not have happened. Repeat it only with the same ``idempotencyKey``."""


class SendInProgressError(TwilioConnectorError):
    """Another send with the same ``idempotencyKey`` is in flight. Repeat later."""


class IdempotencyConflictError(TwilioConnectorError):
    """The ``idempotencyKey`` was used before with a different request."""


class ServiceUnavailableError(TwilioConnectorError):
    """An AWS service that the connector needs refused or failed. Repeat later."""


class UnexpectedError(TwilioConnectorError):
    """A defect of the connector: says the kind and the place of the original exception, never its text."""
