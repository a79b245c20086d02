"""Signatures: what Twilio's SDK signs passes through every front door, and what we accept the SDK would accept, too."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlencode

from twilio.request_validator import SIGNATURE_SETTINGS_HEADER, RequestValidator, get_signature_algorithm

from tests.fuzz.reading import as_bytes, document, number, seed, text
from tests.support.front_doors import FUNCTION_URL, HTTP_API, REST_API
from tests.support.webhook_generators import DECODING, MOST_DECODED, Arriving, grouped
from tests.support.webhook_requests import API_URL, INBOUND, STATUS, load_event
from tests.support.webhook_signers import KEY_ID, SIGNERS, Signer
from twilio_connector.settings import WebhookSettings
from twilio_connector.webhook.candidate_urls import SignedUrls
from twilio_connector.webhook.claim import Claim, read_claim
from twilio_connector.webhook.http_request import HttpRequest, RefusedError, parse_request
from twilio_connector.webhook.payload import SignedPart, signed_part
from twilio_connector.webhook.signature import Verdict, verify

IS_JSON = True
FORM, DOCUMENT = "application/x-www-form-urlencoded", "application/json"
DICTIONARY = (
    *("door", "signer", "seed", "query", "type", "body", "later", "announced", FORM, DOCUMENT, "bodySHA256="),
    *("%20", "%27", "%40", "%3A", "%2b", "+", "'", "@", ":", "&", "=", "&&", "?", "a=&a", "%C3%A9", "%FF", "%zz"),
    *(f"key={KEY_ID},algorithm=HMAC_SHA1", ",algorithm=HMAC_SHA256", "key=", " , ", "\t", "MediaUrl0=https://"),
)
DOORS = (HTTP_API, FUNCTION_URL, REST_API)
HOSTS = {
    HTTP_API: API_URL.removeprefix("https://"),
    REST_API: load_event("rest-api-inbound-message")["requestContext"]["domainName"],
    FUNCTION_URL: load_event("function-url-status-callback")["requestContext"]["domainName"],
}
STAGE = "prod"
SETTINGS = WebhookSettings(0, api_base_url=API_URL)
# What no URL holds that a client sends.
_NOT_IN_QUERIES = re.compile(r"[^!-~]|#")
# What is wrong with requests, whatever the signature.
UNREADABLE = {(413, "too_large"), (400, "body"), (400, "parameters"), (413, "query")}


@dataclass(frozen=True)
class Sent:
    """A request, as it was signed by Twilio's SDK."""

    door: str
    query: str
    content_type: str
    body: bytes
    signer: Signer

    @classmethod
    def of(cls, given: Any) -> "Sent":
        """The request that the input *given* describes, made so that its door can carry it."""
        door, query = DOORS[number(given, "door") % len(DOORS)], _NOT_IN_QUERIES.sub("", text(given, "query"))
        if door in DECODING:
            # In the usual spelling, and no more of them than are put into every order.
            query = urlencode(parse_qsl(query, keep_blank_values=True)[:MOST_DECODED])
        body, content_type = as_bytes(text(given, "body")), DOCUMENT if text(given, "type") == DOCUMENT else FORM
        if content_type == DOCUMENT:
            query = "&".join(filter(None, [_without_hash(query), f"bodySHA256={sha256(body).hexdigest()}"]))
        elif "bodySHA256" in query:
            query = ""
        return cls(door, query, content_type, body, SIGNERS[number(given, "signer") % len(SIGNERS)])

    @property
    def url(self) -> str:
        """The URL that was called."""
        stage = f"/{STAGE}" if self.door == REST_API else ""
        return f"https://{HOSTS[self.door]}{stage}/webhook/default" + (f"?{self.query}" if self.query else "")

    def event(self, seed: int, headers: dict[str, str], body: bytes) -> dict[str, Any]:
        """What its door makes of it, with *headers* and *body*."""
        stage = STAGE if self.door == REST_API else ""
        path = (f"/{stage}" if stage else "") + "/webhook/default"
        arriving = Arriving(
            host=HOSTS[self.door],
            path=path,
            stage=stage,
            query=self.query,
            headers={"content-type": self.content_type, **headers},
            body=body,
        )
        return arriving.through(self.door, base64=True, seed=seed)


def seeds() -> Iterator[bytes]:
    """A form and a document through each door, with each key."""
    forms = [urlencode(form) for form in (STATUS, INBOUND)]
    queries = ["", "a=b&c=%20d", "a=it%27s&b=x@y:z&a=+", "empty&=&x=%C3%A9"]
    for place in range(12):
        kind = {"type": FORM, "body": forms[place % 2]} if place % 4 else {"type": DOCUMENT, "body": '{"a": [1]}'}
        yield seed(
            {"door": place, "signer": place // 3, "seed": place, "query": queries[place % 4], **kind, "later": ""}
        )
    yield seed({"door": 0, "type": FORM, "query": "a=b", "body": "ab=c&d", "later": "a=bc&d=", "signer": 1})
    for announced in (f"key={KEY_ID},algorithm=HMAC_SHA256", f" algorithm=HMAC_SHA1 , key={KEY_ID}", "key=x,key=y"):
        yield seed({"door": 0, "signer": 2, "type": FORM, "body": forms[0], "announced": announced})


def fuzz_one(data: bytes) -> None:
    """Have the SDK sign a request, and verify it; then another body and other settings under that signature."""
    given = document(data)
    sent = Sent.of(given)
    try:
        pairs = (
            parse_qsl(sent.body.decode(), keep_blank_values=True, errors="strict") if sent.content_type == FORM else []
        )
    except UnicodeDecodeError:
        pairs = []
    headers = sent.signer.headers(sent.url, grouped(pairs))
    judged = _judge(sent.event(number(given, "seed"), headers, sent.body), sent.signer)
    if isinstance(judged, RefusedError):
        assert (judged.status, judged.cause) in UNREADABLE
    else:
        assert judged.verdict.cause is None, "the SDK's signature is refused"
        judged.assert_sdk_accepts()

    later = as_bytes(text(given, "later"))
    settings = text(given, "announced")
    announced = {SIGNATURE_SETTINGS_HEADER.lower(): settings} if settings else {}
    judged = _judge(sent.event(number(given, "seed") + 1, {**headers, **announced}, later), sent.signer)
    if not isinstance(judged, RefusedError):
        if judged.verdict.cause is None:
            judged.assert_sdk_accepts()
        if announced:
            assert judged.claim.algorithm.name == get_signature_algorithm(settings)
            assert judged.claim.key_id is None or f"key={judged.claim.key_id}" in settings


@dataclass(frozen=True)
class Judged:
    """A request that could be read, and the *verdict* on its signature."""

    request: HttpRequest
    claim: Claim
    signed: SignedPart
    secret: str
    verdict: Verdict

    def assert_sdk_accepts(self) -> None:
        """The SDK makes the same signature of the candidate that ours was found good with."""
        url = SignedUrls(self.request, SETTINGS)[self.verdict.url].url
        validator, algorithm = RequestValidator(self.secret), self.claim.algorithm.name
        parameters = _Parameters(self.signed.fields)
        assert validator.compute_signature(url, parameters, algorithm) == self.claim.signature
        if self.signed.body_hash is not None:
            # The SDK takes documents as text.
            body = self.request.body.decode("utf-8", "replace")
            if body.encode() == self.request.body:
                assert validator.validate(url, body, self.claim.signature, algorithm)


class _Parameters(dict[str, list[str]]):
    """Every value of each parameter, as the SDK takes them from web frameworks."""

    def getlist(self, name: str) -> list[str]:
        return self[name]


def _judge(event: dict[str, Any], signer: Signer) -> Judged | RefusedError:
    """What the receiver finds, by the parts that it is made of; or what refuses the request before."""
    try:
        request = parse_request(event)
        signed, claim = signed_part(request), read_claim(request)
    except RefusedError as exc:
        return exc
    # A shared key's secret is found by its name.
    is_known = claim.key_id in (None, signer.key_id)
    secrets = [signer.secret] if is_known and (claim.key_id is None) == (signer.key_id is None) else []
    urls = SignedUrls(request, SETTINGS)
    verdict = verify(secrets, claim.signature, urls, signed.fields, signed.body_hash, claim.algorithm)
    return Judged(request, claim, signed, signer.secret, verdict)


def _without_hash(query: str) -> str:
    return "&".join(part for part in query.split("&") if "bodySHA256" not in part)
