"""What the webhook answers, in the form that API Gateway and Function URLs take."""

from http import HTTPStatus
from typing import Any

Response = dict[str, Any]

EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


def no_content() -> Response:
    """The event is stored, and Twilio waits for nothing."""
    return {"statusCode": int(HTTPStatus.NO_CONTENT), "headers": {}, "body": ""}


def empty_twiml() -> Response:
    """Text nothing back, and say nothing on the phone: https://www.twilio.com/docs/messaging/twiml"""
    return {"statusCode": int(HTTPStatus.OK), "headers": {"content-type": "text/xml"}, "body": EMPTY_TWIML}


def refusal(status: int) -> Response:
    """An answer that says no more than its status."""
    headers = {"content-type": "text/plain"}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["retry-after"] = "5"
    return {"statusCode": int(status), "headers": headers, "body": HTTPStatus(status).phrase}
