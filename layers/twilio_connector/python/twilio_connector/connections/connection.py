"""Connections: what one secret in Secrets Manager says about one Twilio account.

The shapes are those that Secrets Manager's managed rotation for Twilio writes; unknown fields are ignored.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from twilio_connector.connections.secret_fields import SecretFields, read_fields
from twilio_connector.connections.webhook_keys import WebhookKeys
from twilio_connector.errors import ConnectionConfigError
from twilio_connector.settings import TWILIO_API_URL

DEFAULT_CONNECTION = "default"
MAX_NAME = 64
CONNECTION_NAME = re.compile(rf"[A-Za-z0-9_-]{{1,{MAX_NAME}}}")

# The edge that Twilio pairs each region with; names without one, such as api.ie1.twilio.com, were switched off on
# 2026-04-28: https://www.twilio.com/docs/global-infrastructure/understanding-edge-locations
EDGES = {"us1": "ashburn", "ie1": "dublin", "au1": "sydney"}


@dataclass(frozen=True)
class Connection:
    """One Twilio account and the credentials to use it with.

    *username* is the SID of the API key, of the account, or of the parent that acts for it; *password* goes with it.
    *auth_token* and *shared_keys*, secrets by key ID, sign webhooks; where neither these nor the secret
    ``<name>/auth-token`` has any, the connection cannot receive them. *api_url* is the origin of the API,
    *default_country* the ISO 3166 code for numbers written without a country code. Where the credentials are not those
    of the secret's current version, because Twilio refuses these, *instead_of* is the connection as that one has it.
    """

    name: str
    account_sid: str
    username: str
    password: str = field(repr=False)
    auth_token: str | None = field(repr=False)
    api_url: str
    default_country: str = "US"
    instead_of: "Connection | None" = None
    shared_keys: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)

    @property
    def credentials(self) -> tuple[str, str]:
        """What requests are made with: user name and password."""
        return self.username, self.password

    @property
    def webhook_keys(self) -> WebhookKeys:
        """What the secret itself says about signatures."""
        return WebhookKeys(self.auth_token, self.shared_keys)


def parse_connection(name: str, secret: str, api_url: str = TWILIO_API_URL) -> Connection:
    """Parse the JSON text of the secret of connection *name*.

    *api_url* is the API origin of the deployment; if it is not Twilio's own, it beats the secret's region and edge.
    Raises :class:`ConnectionConfigError`, which names the field that is wrong, never its value.
    """
    fields = read_fields(name, secret)
    username, password, auth_token = _credentials(fields)
    regional = _regional_url(fields)
    return Connection(
        name=name,
        account_sid=fields.required("accountSid"),
        username=username,
        password=password,
        auth_token=auth_token,
        api_url=regional if api_url == TWILIO_API_URL else api_url,
        default_country=fields.get("defaultCountry") or "US",
        shared_keys=fields.shared_keys,
    )


def parse_webhook_keys(name: str, secret: str, account_sid: str) -> WebhookKeys:
    """Parse the JSON text of the secret ``<name>/auth-token``; the account it names, if any, must be *account_sid*.

    Raises :class:`ConnectionConfigError`.
    """
    label = f"{name}/auth-token"
    fields = read_fields(label, secret)
    if (fields.get("accountSid") or account_sid) != account_sid:
        raise ConnectionConfigError(f"Connection '{label}': accountSid is not that of connection '{name}'.")
    if fields.shared_keys:
        return WebhookKeys(fields.get("authToken"), fields.shared_keys)
    return WebhookKeys(fields.required("authToken"))


def regional_url(region: str | None, edge: str | None) -> str:
    """The API origin for a region and an edge location: ``https://api.{edge}.{region}.twilio.com``.

    As in Twilio's SDKs, an edge without a region is one of ``us1``.
    """
    parts = ("api", edge, region or (edge and "us1"), "twilio.com")
    return "https://" + ".".join(part for part in parts if part)


def _credentials(fields: SecretFields) -> tuple[str, str, str | None]:
    """User name and password of requests, and the token that signs the webhooks of the account.

    A parent's token does not: Twilio signs with the token of the account whose webhooks they are.
    """
    account_sid, parent = fields.required("accountSid"), fields.get("parentAccountSid")
    if fields.get("apiKeySid") or fields.get("apiKeySecret"):
        if parent:
            raise fields.error("parentAccountSid can only be used with authToken, not with an API key.")
        return fields.required("apiKeySid"), fields.required("apiKeySecret"), fields.get("authToken")
    auth_token = fields.required("authToken")
    if not parent:
        return account_sid, auth_token, auth_token
    if parent == account_sid:
        raise fields.error("parentAccountSid equals accountSid; give the parent account's SID or leave it out.")
    return parent, auth_token, None


def _regional_url(fields: SecretFields) -> str:
    region, edge = fields.get("region"), fields.get("edge")
    if region and not edge:
        edge = EDGES.get(region)
        if not edge:
            known = ", ".join(EDGES)
            raise fields.error(f"edge is missing; it is required with a region other than {known}.")
    return regional_url(region, edge)
