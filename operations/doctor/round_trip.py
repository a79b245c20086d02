"""A signed callback from here through the webhook's public URL to the bus, and back."""

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import count
from urllib.parse import urlencode

import urllib3

from operations.findings import Finding, Subject
from operations.stack import Stack
from operations.subscription import Subscription, subscription
from twilio_connector.bus.event import SOURCE
from twilio_connector.twilio.api import FORM_TYPE
from twilio_connector.webhook.claim import SETTINGS_HEADER
from twilio_connector.webhook.events import PROBE, PROBE_PARAMETER
from twilio_connector.webhook.signature import SIGNATURE_HEADER, Algorithm, signature

# A new rule matches after seconds, rarely a minute. It misses what came before, so the probe is sent again.
PATIENCE_SECONDS = 75.0
AGAIN_SECONDS = 5
# The time that Twilio itself allows a webhook.
POST_SECONDS = 15.0


@dataclass(frozen=True)
class _Probe:
    """A callback for the connection of *account_sid*, signed for *url* and posted to *address*.

    *secret* is that of the shared key *key_id*; without one, the auth token.
    """

    nonce: str
    url: str
    address: str
    account_sid: str
    secret: str = field(repr=False)
    key_id: str | None = None

    def post(self) -> int:
        """Send it, as Twilio does; returns the status of the answer."""
        form = {PROBE_PARAMETER: self.nonce, "AccountSid": self.account_sid}
        algorithm = Algorithm.HMAC_SHA256 if self.key_id else Algorithm.HMAC_SHA1
        signed = signature(self.secret, self.url, {name: [value] for name, value in form.items()}, algorithm)
        settings = {SETTINGS_HEADER: f"key={self.key_id},algorithm={algorithm.name}"} if self.key_id else {}
        answer = urllib3.request(
            "POST",
            self.address,
            body=urlencode(form),
            headers={"Content-Type": FORM_TYPE, SIGNATURE_HEADER: signed, **settings},
            redirect=False,
            retries=False,
            timeout=POST_SECONDS,
        )
        return answer.status


def check_round_trip(
    stack: Stack, name: str, deliver_to: str = "", timer: Callable[[], float] = time.monotonic
) -> Iterator[Finding]:
    """Whether what Twilio sends to the webhook of the connection *name*, which can verify it, reaches the bus.

    The probe is posted to the base URL *deliver_to*, if given, though signed for the webhook's own. *timer* is
    monotonic, in seconds.
    """
    connection, url = stack.connections.get(name), stack.webhook_url(name)
    token = stack.connections.auth_token(connection)
    key_id, secret = (None, token) if token else next(iter(stack.connections.shared_keys(connection).items()))
    probe = _Probe(
        nonce=uuid.uuid4().hex,
        url=url,
        address=f"{deliver_to.rstrip('/')}/webhook/{name}" if deliver_to else url,
        account_sid=connection.account_sid,
        secret=secret,
        key_id=key_id,
    )
    if stack.custom_bus_arn:
        yield _accepted(stack, name, probe)
        return
    pattern = {"source": [SOURCE], "detail-type": [PROBE], "detail": {"id": [probe.nonce]}}
    with subscription(stack, f"twilio-connector-probe-{probe.nonce}", pattern) as arrivals:
        finding = _follow(stack, name, probe, arrivals, timer)
    yield finding


def _follow(stack: Stack, name: str, probe: _Probe, arrivals: Subscription, timer: Callable[[], float]) -> Finding:
    """Send *probe* until it arrives."""
    subject, started = Subject(f"webhook {name}"), timer()
    for sent in count(1):
        if timer() - started >= PATIENCE_SECONDS:
            break
        stack.progress.tell(f"callback {sent}, until one reaches the bus ({PATIENCE_SECONDS:.0f} s at most)")
        if failure := _posted(stack, name, probe):
            return failure
        if arrivals.receive(AGAIN_SECONDS):
            return subject.ok(f"A signed callback to {probe.url} reached the bus.")
    return subject.fail(
        f"A signed callback to {probe.url} was accepted, but did not reach the bus in {PATIENCE_SECONDS:.0f} s.",
        "If the code is not this checkout's, deploy it: older webhooks know no probe. Else see whether the bus refuses "
        f"events: {stack.logs_command('webhook')}",
    )


def _accepted(stack: Stack, name: str, probe: _Probe) -> Finding:
    """Send *probe* to a Custom Event Bus, where only a subscriber with a role could see it arrive: none is made."""
    return _posted(stack, name, probe) or Subject(f"webhook {name}").ok(
        f"A signed callback to {probe.url} was accepted: it is on the Custom Event Bus or, if a line on queues "
        "reports one, in the undelivered queue. Whether subscribers get it cannot be seen from here."
    )


def _posted(stack: Stack, name: str, probe: _Probe) -> Finding | None:
    """Post *probe*; None if it was stored."""
    try:
        status = probe.post()
    except urllib3.exceptions.HTTPError as exc:
        return Subject(f"webhook {name}").fail(
            f"{probe.url} does not answer from here ({type(exc).__name__}).",
            "Check WebhookBaseUrl, the DNS and certificate of its host, and this machine's network. The name of a "
            "stack on a local AWS resolves nowhere: add the DELIVER_TO=... that make local printed.",
        )
    return None if status == HTTPStatus.NO_CONTENT else _refused(stack, name, status)


def _refused(stack: Stack, name: str, status: int) -> Finding:
    """The usual causes of an answer that is not the 204 of a stored callback."""
    logs = stack.logs_command("webhook")
    causes = {
        403: "The function knows another auth token, or another URL than Twilio calls. Wait five minutes after a "
        f"rotation; set WebhookBaseUrl behind a proxy or custom domain. The cause is in {logs}",
        404: "The URL leads to another stack, or the function does not find the secret: compare WebhookBaseUrl and "
        "ConnectionPrefix.",
        503: f"It could store the callback nowhere, or not read the secret: see the role's permissions, and {logs}",
    }
    other = f"Something else answers at this URL, or the function fails: {logs}"
    return Subject(f"webhook {name}").fail(
        f"A properly signed callback was answered with {status}, not 204.", causes.get(status, other)
    )
