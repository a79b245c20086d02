"""What a request says of its own signature: the headers that Twilio signs it with, looked at before anything else.

``X-Twilio-Webhooks-Signature-Settings: key=<id>,algorithm=<name>`` comes with what a shared key has signed.

https://www.twilio.com/docs/usage/webhooks/webhook-shared-keys
"""

import re
from dataclasses import dataclass, field

from twilio_connector.webhook.causes import Cause
from twilio_connector.webhook.http_request import HttpRequest, RefusedError
from twilio_connector.webhook.signature import SIGNATURE_HEADER, Algorithm, fault_of

SETTINGS_HEADER = "x-twilio-webhooks-signature-settings"

_MAX_SETTINGS = 1_024
_SETTING = re.compile(r"[ \t]*(key|algorithm)=([!-+\--<>-~]+)[ \t]*")


@dataclass(frozen=True)
class Claim:
    """The *signature*, the *algorithm* that it is of, and the ID of the shared key; None for the auth token."""

    signature: str = field(repr=False)
    algorithm: Algorithm = Algorithm.HMAC_SHA1
    key_id: str | None = field(default=None, repr=False)


def read_claim(request: HttpRequest) -> Claim:
    """Read the two headers. Without settings, or with empty ones, the auth token has signed by HMAC-SHA1.

    Raises :class:`RefusedError` (403) for what no secret could verify: no signature, one that is not base64 or
    not of its algorithm's length, settings without exactly one key and one algorithm, another algorithm.
    """
    header, key_id, algorithm = request.headers.get(SIGNATURE_HEADER), None, Algorithm.HMAC_SHA1
    settings = request.headers.get(SETTINGS_HEADER, "")
    cause = fault_of(header)
    if not cause and (settings.strip() or SETTINGS_HEADER in request.repeated):
        named = {} if SETTINGS_HEADER in request.repeated else _settings(settings)
        key_id = named.get("key")
        if not key_id:
            cause = Cause.SETTINGS
        elif named["algorithm"] not in Algorithm.__members__:
            cause = Cause.ALGORITHM
        else:
            algorithm = Algorithm[named["algorithm"]]
    cause = cause or fault_of(header, algorithm)
    if cause or not header:
        raise RefusedError(403, cause or Cause.MISSING)
    return Claim(header, algorithm, key_id)


def _settings(value: str) -> dict[str, str]:
    """Key and algorithm by name, in any order; nothing unless each is there once, and nothing else."""
    settings = [_SETTING.fullmatch(part) for part in value[: _MAX_SETTINGS + 1].split(",")]
    named = {setting[1]: setting[2] for setting in settings if setting}
    return named if len(settings) == len(named) == 2 and len(value) <= _MAX_SETTINGS else {}
