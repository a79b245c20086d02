"""The webhook: what Twilio sends is verified, stored, and only then acknowledged."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from twilio_connector.auth_tokens import AuthTokens
from twilio_connector.connection_store import ConnectionStore
from twilio_connector.connections import CONNECTION_NAME, Connection
from twilio_connector.deadline import Deadline
from twilio_connector.errors import ConnectionConfigError, ServiceUnavailableError
from twilio_connector.http_events import HttpRequest, RefusedError, parse_request
from twilio_connector.observability import count, logger
from twilio_connector.publishing import EventTooLargeError, Publisher, UndeliveredQueue, publish_or_keep
from twilio_connector.settings import WebhookSettings
from twilio_connector.signature import HEADER, Cause, verify
from twilio_connector.signed_urls import signed_urls
from twilio_connector.webhook_events import expects_twiml, webhook_events
from twilio_connector.webhook_payload import Payload, parse_payload

Response = dict[str, Any]

EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>'

# Event Streams wait five seconds; the answer is due in four. A call to AWS takes at most one. So no secret is read
# again and no bus called after two: there remain a second for the call under way and one for the undelivered queue.
CALL_SECONDS = 1.0
START_SECONDS = 4.0 - 2 * CALL_SECONDS


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Webhook:
    """Receives webhooks. *clock* tells when one arrived, *timer*, monotonic and in seconds, how long it takes."""

    connections: ConnectionStore
    tokens: AuthTokens
    publisher: Publisher
    undelivered: UndeliveredQueue
    settings: WebhookSettings
    clock: Callable[[], datetime] = _utc_now
    timer: Callable[[], float] = time.monotonic

    def receive(self, event: Any) -> Response:
        """The answer to the HTTP request that *event* holds, as API Gateway and Function URLs take it.

        Whatever is wrong with the request or with its surroundings is an answer, too; the only error raised is
        :class:`InvalidInputError`, for an event that is no HTTP request.
        """
        try:
            response = self._accept(parse_request(event))
            cause = "none"
        except RefusedError as exc:
            response, cause = _refusal(exc.status), exc.cause
        except EventTooLargeError:
            response, cause = _refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE), "too_large"
        except ServiceUnavailableError as exc:
            logger.warning("A webhook could not be handled", extra={"reason": str(exc)})
            response, cause = _refusal(HTTPStatus.SERVICE_UNAVAILABLE), "unavailable"
        count("WebhookAnswers", answer=str(response["statusCode"]))
        logger.info("Webhook answered", extra={"answer": response["statusCode"], "cause": cause})
        return response

    def _accept(self, request: HttpRequest) -> Response:
        deadline = Deadline.after(START_SECONDS, self.timer)
        connection = self._connection(request.connection)
        payload = parse_payload(request)
        try:
            self._verify(connection, request, payload, deadline)
        except ConnectionConfigError as exc:
            raise _unusable(exc) from exc
        events = webhook_events(connection, request, payload, self.clock())
        publish_or_keep(self.publisher, self.undelivered, events, deadline)
        return _twiml() if expects_twiml(payload) else _no_content()

    def _connection(self, name: str) -> Connection:
        try:
            connection = self.connections.find(name) if CONNECTION_NAME.fullmatch(name) else None
        except ConnectionConfigError as exc:
            raise _unusable(exc) from exc
        if connection is None:
            raise RefusedError(HTTPStatus.NOT_FOUND, "unknown_connection")
        return connection

    def _verify(self, connection: Connection, request: HttpRequest, payload: Payload, deadline: Deadline) -> None:
        """Raise :class:`RefusedError` unless the request is Twilio's and for the connection's account."""
        accounts = payload.accounts()
        if any(account != connection.account_sid for account in accounts):
            raise _forbidden("account")
        header, urls = request.headers.get(HEADER), signed_urls(request, self.settings)

        def cause_with(tokens: list[str]) -> Cause | None:
            return verify(tokens, header, urls, payload.signed_fields, payload.body_hash).cause

        cause = cause_with(self.tokens.known(connection))
        if cause in (Cause.MISMATCH, Cause.NO_TOKEN) and accounts:
            refreshed = self.tokens.refresh(connection, deadline)
            if refreshed:
                cause = cause_with(self.tokens.known(refreshed))
        if cause:
            raise _forbidden(cause)


def _forbidden(cause: str) -> RefusedError:
    count("SignatureFailures", cause=cause)
    return RefusedError(HTTPStatus.FORBIDDEN, cause)


def _unusable(error: ConnectionConfigError) -> RefusedError:
    """The refusal on a connection that cannot verify anything: its owner has to act, and is told what is wrong."""
    logger.warning("A connection cannot receive webhooks", extra={"reason": str(error)})
    return _forbidden("connection")


def _no_content() -> Response:
    return {"statusCode": int(HTTPStatus.NO_CONTENT), "headers": {}, "body": ""}


def _twiml() -> Response:
    """Text nothing back, and say nothing on the phone: https://www.twilio.com/docs/messaging/twiml"""
    return {"statusCode": int(HTTPStatus.OK), "headers": {"content-type": "text/xml"}, "body": EMPTY_TWIML}


def _refusal(status: int) -> Response:
    """An answer that says no more than its status."""
    headers = {"content-type": "text/plain"}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["retry-after"] = "5"
    return {"statusCode": int(status), "headers": headers, "body": HTTPStatus(status).phrase}
