"""The webhook: what Twilio sends is verified, stored, and only then acknowledged."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from twilio_connector.bus.event import EventTooLargeError
from twilio_connector.bus.outbox import Outbox
from twilio_connector.connections.connection import CONNECTION_NAME, Connection
from twilio_connector.connections.store import ConnectionStore
from twilio_connector.errors import ConnectionConfigError, ServiceUnavailableError
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.invocation.observability import count, logger
from twilio_connector.settings import WebhookSettings
from twilio_connector.webhook.answers import Response, empty_twiml, no_content, refusal
from twilio_connector.webhook.auth_tokens import AuthTokens
from twilio_connector.webhook.budget import KEEP_SECONDS, LATEST_START_SECONDS
from twilio_connector.webhook.candidate_urls import SignedUrl, SignedUrls
from twilio_connector.webhook.events import expects_twiml, webhook_events
from twilio_connector.webhook.http_request import HttpRequest, RefusedError, parse_request
from twilio_connector.webhook.opt_outs import opt_out_events
from twilio_connector.webhook.payload import SignedPart, parse_payload, signed_part
from twilio_connector.webhook.signature import SIGNATURE_HEADER, Cause, Verdict, verify

CANNOT_RECEIVE = "A connection cannot receive webhooks"


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Webhook:
    """Receives webhooks. *clock* tells when one arrived, *timer*, monotonic and in seconds, how long it takes."""

    connections: ConnectionStore
    tokens: AuthTokens
    outbox: Outbox
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
            response, cause = refusal(exc.status), exc.cause
        except EventTooLargeError:
            response, cause = refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE), "too_large"
        except ServiceUnavailableError as exc:
            logger.warning("A webhook could not be handled", extra={"reason": str(exc)})
            response, cause = refusal(HTTPStatus.SERVICE_UNAVAILABLE), "unavailable"
        count("WebhookAnswers", answer=str(response["statusCode"]))
        logger.info("Webhook answered", extra={"answer": response["statusCode"], "cause": cause})
        return response

    def _accept(self, request: HttpRequest) -> Response:
        deadline = Deadline.after(LATEST_START_SECONDS, self.timer)
        signed = signed_part(request)
        try:
            connection = self._connection(request.connection, deadline)
            self._verify(connection, request, signed, deadline)
        except ConnectionConfigError as exc:
            logger.error(CANNOT_RECEIVE, extra={"reason": str(exc)})
            raise _forbidden("connection") from exc
        payload = parse_payload(request, signed)
        if not payload.is_of(connection.account_sid):
            raise _forbidden("account")
        now = self.clock()
        self.outbox.store(
            webhook_events(connection, request, payload, now),
            beside=opt_out_events(connection, payload, now),
            publish_by=deadline,
            keep_by=deadline.later(KEEP_SECONDS),
        )
        return empty_twiml() if expects_twiml(payload) else no_content()

    def _connection(self, name: str, deadline: Deadline) -> Connection:
        if not CONNECTION_NAME.fullmatch(name):
            raise RefusedError(HTTPStatus.NOT_FOUND, "unknown_connection")
        try:
            connection = self.connections.find(name)
        except ServiceUnavailableError:
            # Nothing can stand in for the secret, and the first call of a process is its slowest.
            if not deadline.remaining():
                raise
            connection = self.connections.find(name)
        if connection is None:
            raise RefusedError(HTTPStatus.NOT_FOUND, "unknown_connection")
        return connection

    def _verify(self, connection: Connection, request: HttpRequest, signed: SignedPart, deadline: Deadline) -> None:
        """Raise :class:`RefusedError` unless the request is signed with a token of *connection*."""
        header, urls = request.headers.get(SIGNATURE_HEADER), SignedUrls(request, self.settings)

        def verdict_with(tokens: list[str]) -> Verdict:
            return verify(tokens, header, urls, signed.fields, signed.body_hash)

        verdict = verdict_with(self.tokens.candidates(connection, deadline))
        if verdict.cause in (Cause.MISMATCH, Cause.NO_TOKEN) and _mentions_account(connection.account_sid, request):
            refreshed = self.tokens.refresh(connection, deadline)
            if refreshed:
                verdict = verdict_with(self.tokens.candidates(refreshed, deadline))
            if verdict.cause:
                self.tokens.raise_if_stale(connection.name)
        if verdict.cause is Cause.NO_TOKEN:
            reason = f"Connection '{connection.name}' has no auth token, which webhooks are verified with."
            logger.error(CANNOT_RECEIVE, extra={"reason": reason})
        if verdict.cause:
            raise _forbidden(verdict.cause)
        _count_match(urls[verdict.url], is_current=verdict.token == 0)


def _mentions_account(account_sid: str, request: HttpRequest) -> bool:
    """Whether the request names the account at all: what forgers of the signature alone cannot."""
    return account_sid.encode() in request.body or account_sid in request.query


def _count_match(matched: SignedUrl, *, is_current: bool) -> None:
    """Count which of the candidates Twilio had signed, and whether with the current token; not what the URL was."""
    how = f"{matched.origin} {matched.port} {matched.query}"
    logger.debug("Signature verified", extra={"url": how, "token_is_current": is_current})
    count("SignatureMatches", url=how)


def _forbidden(cause: str) -> RefusedError:
    count("SignatureFailures", cause=cause)
    return RefusedError(HTTPStatus.FORBIDDEN, cause)
