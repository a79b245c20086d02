"""Twilio's error answer: an HTTP status, a code of its dictionary, and one sentence.

The shape is that of https://www.twilio.com/docs/usage/twilios-response#response-formats-exceptions.
"""

from __future__ import annotations


class TwilioError(Exception):
    """An error that the API answers with; raised anywhere below a route."""

    def __init__(self, status: int, code: int, message: str) -> None:
        """`status` is the HTTP status, `code` Twilio's own number."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    def payload(self) -> dict[str, object]:
        """Return the body: `{code, message, more_info, status}`."""
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


def not_found(path: str) -> TwilioError:
    """404 20404 for a path of no resource."""
    return TwilioError(404, 20404, f"The requested resource {path} was not found")


def unauthenticated() -> TwilioError:
    """401 20003, for wrong credentials and for what a standard API key may not read."""
    return TwilioError(401, 20003, "Authenticate")
