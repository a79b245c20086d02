"""Connections: what one secret in Secrets Manager says about one Twilio account.

The shapes are those that Secrets Manager's managed rotation for Twilio writes; unknown fields are ignored.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from twilio_connector.errors import ConnectionConfigError
from twilio_connector.settings import TWILIO_API_URL

DEFAULT_CONNECTION = "default"
MAX_NAME = 64
CONNECTION_NAME = re.compile(rf"[A-Za-z0-9_-]{{1,{MAX_NAME}}}")

# Credentials travel in HTTP headers: printable ASCII, no blanks.
_CREDENTIAL = (re.compile(r"[!-~]{1,512}"), "printable ASCII without blanks")
_PLACE = (re.compile(r"[a-z0-9-]{1,32}"), "lower-case letters, digits and hyphens")
# What a secret may hold: the form of each field, and words for it.
SECRET_FIELDS = {
    "accountSid": (re.compile(r"AC[0-9a-fA-F]{32}"), "AC and 32 hexadecimal digits"),
    "apiKeySid": (re.compile(r"SK[0-9a-fA-F]{32}"), "SK and 32 hexadecimal digits"),
    "apiKeySecret": _CREDENTIAL,
    "authToken": _CREDENTIAL,
    "region": _PLACE,
    "edge": _PLACE,
    "defaultCountry": (re.compile(r"[A-Z]{2}"), "two capital letters"),
}


@dataclass(frozen=True)
class Connection:
    """One Twilio account and the credentials to use it with.

    *username* is the API key's SID or the account's, *password* goes with it. *auth_token* signs webhooks; a connection
    without one cannot receive any. *api_url* is the origin of the API, *default_country* the ISO 3166 code for numbers
    written without a country code. Where the credentials are not those of the secret's current version, because Twilio
    refuses these, *instead_of* is the connection as that version has it.
    """

    name: str
    account_sid: str
    username: str
    password: str = field(repr=False)
    auth_token: str | None = field(repr=False)
    api_url: str
    default_country: str = "US"
    instead_of: "Connection | None" = None

    @property
    def credentials(self) -> tuple[str, str]:
        """What requests are made with: user name and password."""
        return self.username, self.password


def parse_connection(name: str, secret: str, api_url: str = TWILIO_API_URL) -> Connection:
    """Parse the JSON text of the secret of connection *name*.

    *api_url* is the API origin of the deployment; if it is not Twilio's own, it beats the secret's region and edge.
    Raises :class:`ConnectionConfigError`, which names the field that is wrong, never its value.
    """
    values = _fields(name, secret)
    account_sid, auth_token = _required(name, values, "accountSid"), values.get("authToken")
    if "apiKeySid" in values or "apiKeySecret" in values:
        username, password = _required(name, values, "apiKeySid"), _required(name, values, "apiKeySecret")
    else:
        username, password = account_sid, _required(name, values, "authToken")
    return Connection(
        name=name,
        account_sid=account_sid,
        username=username,
        password=password,
        auth_token=auth_token,
        api_url=regional_url(values.get("region"), values.get("edge")) if api_url == TWILIO_API_URL else api_url,
        default_country=values.get("defaultCountry", "US"),
    )


def parse_auth_token(name: str, secret: str, account_sid: str) -> str:
    """Parse the JSON text of the secret ``<name>/auth-token``; the account it names, if any, must be *account_sid*.

    Raises :class:`ConnectionConfigError`.
    """
    label = f"{name}/auth-token"
    values = _fields(label, secret)
    if values.get("accountSid", account_sid) != account_sid:
        raise ConnectionConfigError(f"Connection '{label}': accountSid is not that of connection '{name}'.")
    return _required(label, values, "authToken")


def regional_url(region: str | None, edge: str | None) -> str:
    """The API origin for a region and an edge location: ``https://api.{edge}.{region}.twilio.com``.

    As in Twilio's SDKs, an edge without a region is one of ``us1``.
    """
    parts = ("api", edge, region or (edge and "us1"), "twilio.com")
    return "https://" + ".".join(part for part in parts if part)


def _fields(name: str, secret: str) -> dict[str, str]:
    """The known fields of a secret, each of the right form; blank and null ones count as absent."""
    try:
        parsed: Any = json.loads(secret)
    except (ValueError, RecursionError):
        raise ConnectionConfigError(f"Connection '{name}': the secret is not JSON.") from None
    if not isinstance(parsed, dict):
        raise ConnectionConfigError(f"Connection '{name}': the secret is not a JSON object.")
    values: dict[str, str] = {}
    for key, (form, words) in SECRET_FIELDS.items():
        value = parsed.get(key)
        if value is None or value == "":
            continue
        if not isinstance(value, str) or not form.fullmatch(value):
            raise ConnectionConfigError(f"Connection '{name}': {key} is malformed; it must be {words}.")
        values[key] = value
    return values


def _required(name: str, values: dict[str, str], key: str) -> str:
    if key not in values:
        raise ConnectionConfigError(f"Connection '{name}': {key} is missing.")
    return values[key]
