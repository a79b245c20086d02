"""The webhook: what Twilio sends is verified, stored, and only then acknowledged."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
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
from twilio_connector.twilio.statuses import WEBHOOK
from twilio_connector.webhook.answers import Response, empty_twiml, no_content, refusal
from twilio_connector.webhook.budget import KEEP_SECONDS, LATEST_START_SECONDS
from twilio_connector.webhook.candidate_urls import SignedUrl, SignedUrls
from twilio_connector.webhook.causes import Cause, rings
from twilio_connector.webhook.claim import Claim, read_claim
from twilio_connector.webhook.events import expects_twiml, tells_an_outcome, webhook_events
from twilio_connector.webhook.http_request import HttpRequest, RefusedError, parse_request
from twilio_connector.webhook.lookups import Lookups
from twilio_connector.webhook.opt_outs import opt_out_events
from twilio_connector.webhook.payload import SignedPart, parse_payload, signed_part
from twilio_connector.webhook.signature import Verdict, verify
from twilio_connector.webhook.signing_keys import SigningKeys

CANNOT_RECEIVE = "A connection cannot receive webhooks"
# What another version of the secret may verify.
WORTH_A_REFRESH = (Cause.MISMATCH, Cause.NO_TOKEN, Cause.UNKNOWN_KEY)
LACKS = {
    Cause.NO_TOKEN: "Connection '{name}' has no auth token to verify webhooks with.",
    Cause.UNKNOWN_KEY: "Connection '{name}' has no shared key with the ID that the webhook was signed with.",
}


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Webhook:
    """Receives webhooks. *clock* gives the time of arrival; *timer*, monotonic and in seconds, measures the work."""

    connections: ConnectionStore
    keys: SigningKeys
    outbox: Outbox
    settings: WebhookSettings
    clock: Callable[[], datetime] = _utc_now
    timer: Callable[[], float] = time.monotonic
    # Nothing without a default may come here: earlier functions give the four above.
    lookups: Lookups = field(default_factory=lambda: Lookups(time.monotonic))

    def receive(self, event: Any) -> Response:
        """The answer to the HTTP request that *event* holds, as API Gateway and Function URLs take it.

        Every failure, of the request or around it, becomes an answer, too; the only error raised is
        :class:`InvalidInputError`, for an event that is not an HTTP request.
        """
        try:
            response = self._accept(parse_request(event))
            cause = "none"
        except RefusedError as exc:
            response, cause = _refused(exc.status, exc.cause)
        except EventTooLargeError:
            response, cause = _refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, Cause.TOO_LARGE)
        except ServiceUnavailableError as exc:
            logger.warning("A webhook could not be handled", extra={"reason": str(exc)})
            response, cause = refusal(HTTPStatus.SERVICE_UNAVAILABLE), "unavailable"
        count("WebhookAnswers", answer=str(response["statusCode"]))
        logger.info("Webhook answered", extra={"answer": response["statusCode"], "cause": cause})
        return response

    def _accept(self, request: HttpRequest) -> Response:
        deadline = Deadline.after(LATEST_START_SECONDS, self.timer)
        claim, signed = _read(request)
        try:
            connection = self._connection(request.connection, deadline)
            if isinstance(signed, RefusedError):
                raise signed
            self._verify(connection, request, claim, signed, deadline)
        except ConnectionConfigError as exc:
            logger.error(CANNOT_RECEIVE, extra={"reason": str(exc)})
            raise _forbidden(Cause.CONNECTION) from exc
        payload = parse_payload(request, signed)
        if not payload.is_of(connection.account_sid):
            raise _forbidden(Cause.ACCOUNT)
        now = self.clock()
        self.outbox.store(
            webhook_events(connection, request, payload, now),
            beside=opt_out_events(connection, payload, now),
            publish_by=deadline,
            keep_by=deadline.later(KEEP_SECONDS),
        )
        if tells_an_outcome(payload):
            count("FinalStatuses", origin=WEBHOOK)
        return empty_twiml() if expects_twiml(payload) else no_content()

    def _connection(self, name: str, deadline: Deadline) -> Connection:
        if not CONNECTION_NAME.fullmatch(name):
            raise RefusedError(HTTPStatus.NOT_FOUND, Cause.UNKNOWN_CONNECTION)
        is_known = self.connections.is_known(name)
        if not (is_known or self.lookups.may_ask(name)):
            raise RefusedError(HTTPStatus.NOT_FOUND, Cause.NOT_LOOKED_UP)
        if not (is_known or self.lookups.may_fail()):
            raise ServiceUnavailableError("Too many look-ups of connections have failed; another one is not made now.")
        try:
            connection = self.connections.find(name)
        except ServiceUnavailableError:
            if not is_known:
                self.lookups.has_failed()
            # Nothing can replace the secret, and the first call of a process is its slowest.
            if not deadline.remaining():
                raise
            connection = self.connections.find(name)
        if connection is None:
            if not is_known:
                self.lookups.was_absent(name)
            raise RefusedError(HTTPStatus.NOT_FOUND, Cause.UNKNOWN_CONNECTION)
        return connection

    def _verify(
        self, connection: Connection, request: HttpRequest, claim: Claim, signed: SignedPart, deadline: Deadline
    ) -> None:
        """Raise :class:`RefusedError` unless the request is signed with the key of *connection* that it claims."""
        urls = SignedUrls(request, self.settings)

        def verdict_of(connection: Connection) -> Verdict:
            secrets = self.keys.candidates(connection, deadline, claim.key_id)
            if not secrets:
                return Verdict(Cause.UNKNOWN_KEY if claim.key_id else Cause.NO_TOKEN)
            return verify(secrets, claim.signature, urls, signed.fields, signed.body_hash, claim.algorithm)

        verdict = verdict_of(connection)
        if verdict.cause in WORTH_A_REFRESH and _mentions_account(connection.account_sid, request):
            refreshed = self.keys.refresh(connection, deadline)
            if refreshed:
                verdict = verdict_of(refreshed)
            if verdict.cause:
                self.keys.raise_if_stale(connection.name)
        if verdict.cause and (reason := LACKS.get(verdict.cause)):
            logger.error(CANNOT_RECEIVE, extra={"reason": reason.format(name=connection.name)})
        if verdict.cause:
            raise _forbidden(verdict.cause)
        _count_match(urls[verdict.url], is_current=verdict.secret == 0)


def _read(request: HttpRequest) -> tuple[Claim, SignedPart | RefusedError]:
    """What the request claims and what its signature covers, or why that is unknown.

    Raises :class:`RefusedError` for a claim that no secret could verify: then the connection does not matter, and
    only the status says what else is wrong with the request.
    """
    signed: SignedPart | RefusedError
    try:
        signed = signed_part(request)
    except RefusedError as exc:
        signed = exc
    try:
        return read_claim(request), signed
    except RefusedError as exc:
        raise RefusedError(signed.status if isinstance(signed, RefusedError) else exc.status, exc.cause) from None


def _mentions_account(account_sid: str, request: HttpRequest) -> bool:
    """Whether the request names the account at all: what forgers of the signature alone cannot."""
    return account_sid.encode() in request.body or account_sid in request.query


def _count_match(matched: SignedUrl, *, is_current: bool) -> None:
    """Count which of the candidates Twilio had signed, and whether with the current key; not what the URL was."""
    how = f"{matched.origin} {matched.port} {matched.query}"
    logger.debug("Signature verified", extra={"url": how, "key_is_current": is_current})
    count("SignatureMatches", url=how)


def _refused(status: int, cause: str) -> tuple[Response, str]:
    """The refusal, counted by its cause, and for the alarm if it is the owner's to look at."""
    count("SignatureFailures", cause=cause)
    if rings(cause):
        count("WebhooksRefused")
    return refusal(status), cause


def _forbidden(cause: Cause) -> RefusedError:
    return RefusedError(HTTPStatus.FORBIDDEN, cause)
