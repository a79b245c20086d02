"""Twilio's webhook signature: secrets, URL and parameters in, verdict out. Pure, and raises on nothing.

https://www.twilio.com/docs/usage/security#validating-requests
https://www.twilio.com/docs/usage/webhooks/webhook-shared-keys: with a shared key, only key and hash are others.
"""

import hmac
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qs

from twilio_connector.webhook.causes import Cause

SIGNATURE_HEADER = "x-twilio-signature"

# Bytes that are hashed for one request. Each pair of URL and secret counts with its bytes and with what it costs to
# make it, which is as much as hashing PAIR_COST more. Enough for the largest form with eight URLs and three tokens, and
# for 5,000 pairs and a form as long as Twilio's: a stranger's long form is not hashed for hundreds of pairs.
MAX_HASHED = 16 * 1024 * 1024
PAIR_COST = 2 * 1024

# Name -> every value, in any order.
FormFields = Mapping[str, Sequence[str]]


class Algorithm(StrEnum):
    """The algorithms that Twilio signs with, by its own names; each value is Python's name of the hash."""

    HMAC_SHA1 = "sha1"
    HMAC_SHA256 = "sha256"


# Of 20 and of 32 bytes in base64, without the "=" at its end.
_LENGTHS = {Algorithm.HMAC_SHA1: 27, Algorithm.HMAC_SHA256: 43}
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})")


@dataclass(frozen=True)
class Verdict:
    """What came of a verification: *cause* is None if the signature is good.

    *url* and *secret* are then the indices of the candidate and of the secret that it was made with, else -1.
    """

    cause: Cause | None
    url: int = -1
    secret: int = -1


def signature(secret: str, url: str, fields: FormFields, algorithm: Algorithm = Algorithm.HMAC_SHA1) -> str:
    """The signature of a request: base64 of the HMAC over the URL, followed by each name and value.

    *secret* is the auth token or a shared key's. Names are sorted, case-sensitively; of a repeated one each distinct
    value counts, sorted, with the name before it.
    """
    return _sign(secret, _bytes(url) + _suffix(fields), algorithm).decode()


def fault_of(header: str | None, algorithm: Algorithm | None = None) -> Cause | None:
    """What is wrong with a signature as such: not there, no base64, or of another length than *algorithm*'s."""
    if not header:
        return Cause.MISSING
    if not _BASE64.fullmatch(header):
        return Cause.MALFORMED
    return Cause.LENGTH if algorithm and len(header.rstrip("=")) != _LENGTHS[algorithm] else None


def verify(
    secrets: Sequence[str],
    header: str | None,
    urls: Iterable[str],
    fields: FormFields,
    body_hash: str | None = None,
    algorithm: Algorithm = Algorithm.HMAC_SHA1,
) -> Verdict:
    """Judge the ``X-Twilio-Signature`` *header*: good if made with one of *secrets* for one of *urls*.

    *urls*, likeliest first, are ways to write one URL; no more of them are asked for than are needed. *fields* are
    those of a form; other bodies and GETs have none. *body_hash* is the hex SHA-256 of a body that the URL must name by
    its ``bodySHA256``, since the signature does not cover other bodies. Digests are compared in constant
    time, the first pairs of URL and secret alone where all of them would cost more than ``MAX_HASHED``.
    """
    if fault := fault_of(header, algorithm):
        return Verdict(fault)
    if not header or not secrets:
        return Verdict(Cause.NO_TOKEN)
    given, suffix, unhashed = header.encode(), _suffix(fields), MAX_HASHED
    for url_index, url in enumerate(urls):
        if url_index == 0 and body_hash is not None and not _names_hash(_query(url), body_hash):
            return Verdict(Cause.BODY_HASH)
        signed = _bytes(url) + suffix
        for index, secret in enumerate(secrets):
            unhashed -= len(signed) + PAIR_COST
            if unhashed < 0:
                return Verdict(Cause.MISMATCH)
            if hmac.compare_digest(_sign(secret, signed, algorithm), given):
                return Verdict(None, url_index, index)
    return Verdict(Cause.MISMATCH)


def _sign(secret: str, signed: bytes, algorithm: Algorithm) -> bytes:
    return b64encode(hmac.digest(_bytes(secret), signed, algorithm.value))


def _suffix(fields: FormFields) -> bytes:
    return b"".join(_bytes(name) + _bytes(value) for name in sorted(fields) for value in sorted(set(fields[name])))


def _query(url: str) -> str:
    return url.partition("#")[0].partition("?")[2]


def _names_hash(query: str, body_hash: str) -> bool:
    """Whether the first ``bodySHA256`` in *query* is *body_hash*; as in Twilio's SDKs, others do not count."""
    named = parse_qs(query).get("bodySHA256", [""])[0]
    return hmac.compare_digest(_bytes(named), _bytes(body_hash))


def _bytes(text: str) -> bytes:
    # Half a surrogate pair has no UTF-8, yet must end in a refusal and not in an error.
    return text.encode("utf-8", "surrogatepass")
