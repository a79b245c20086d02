"""Twilio's webhook signature: token, URL and parameters in, verdict out. Pure, and raises on nothing.

https://www.twilio.com/docs/usage/security#validating-requests
"""

import hmac
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qs

SIGNATURE_HEADER = "x-twilio-signature"

# Bytes that are hashed for one request. Each pair of URL and token counts with its bytes and with what it costs to make
# it, which is as much as hashing PAIR_COST more. Enough for the largest form with eight URLs and three tokens, and for
# 5,000 pairs and a form as long as Twilio's: a stranger's long form is not hashed for hundreds of pairs.
MAX_HASHED = 16 * 1024 * 1024
PAIR_COST = 2 * 1024

# Name -> every value, in any order.
FormFields = Mapping[str, Sequence[str]]

# 20 bytes in base64.
_FORM = re.compile(r"[A-Za-z0-9+/]{27}=")


class Cause(StrEnum):
    """Why a signature was not accepted."""

    MISSING = "missing"
    MALFORMED = "malformed"
    NO_TOKEN = "no_token"
    BODY_HASH = "body_hash"
    MISMATCH = "mismatch"


@dataclass(frozen=True)
class Verdict:
    """What came of a verification: *cause* is None if the signature is good.

    *url* and *token* are then the indices of the candidate and of the token that it was made with, else -1.
    """

    cause: Cause | None
    url: int = -1
    token: int = -1


def signature(token: str, url: str, fields: FormFields) -> str:
    """The signature of a request: base64 of HMAC-SHA1 over the URL, followed by each name and value.

    Names are sorted, case-sensitively; of a repeated one each distinct value counts, sorted, with the name before it.
    """
    return _sign(token, _bytes(url) + _suffix(fields)).decode()


def verify(
    tokens: Sequence[str],
    header: str | None,
    urls: Iterable[str],
    fields: FormFields,
    body_hash: str | None = None,
) -> Verdict:
    """Judge the ``X-Twilio-Signature`` *header*: good if made with one of *tokens* for one of *urls*.

    *urls*, likeliest first, are ways to write one URL; no more of them are asked for than are needed. *fields* are
    those of a form; other bodies and GETs have none. *body_hash* is the hex SHA-256 of a body that the URL must name by
    its ``bodySHA256``, since the signature of what is no form covers the URL alone. Digests are compared in constant
    time, the first pairs of URL and token alone where all of them would cost more than ``MAX_HASHED``.
    """
    if not tokens:
        return Verdict(Cause.NO_TOKEN)
    if not header:
        return Verdict(Cause.MISSING)
    if not _FORM.fullmatch(header):
        return Verdict(Cause.MALFORMED)
    given, suffix, unhashed = header.encode(), _suffix(fields), MAX_HASHED
    for url_index, url in enumerate(urls):
        if url_index == 0 and body_hash is not None and not _names_hash(_query(url), body_hash):
            return Verdict(Cause.BODY_HASH)
        signed = _bytes(url) + suffix
        for token_index, token in enumerate(tokens):
            unhashed -= len(signed) + PAIR_COST
            if unhashed < 0:
                return Verdict(Cause.MISMATCH)
            if hmac.compare_digest(_sign(token, signed), given):
                return Verdict(None, url_index, token_index)
    return Verdict(Cause.MISMATCH)


def _sign(token: str, signed: bytes) -> bytes:
    return b64encode(hmac.digest(_bytes(token), signed, "sha1"))


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
