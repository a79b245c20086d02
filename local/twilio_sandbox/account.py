"""An account of the sandbox, its credentials, and the basic authentication that checks them.

Tokens: https://www.twilio.com/docs/iam/api/authtoken and https://www.twilio.com/docs/iam/api/secondary_authtoken
"""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any, Literal

from local.twilio_sandbox.errors import unauthenticated

SHARED_KEY_ALGORITHMS = ("HMAC_SHA256", "HMAC_SHA1")
_CREATED = "Sun, 01 Mar 2026 00:00:00 +0000"

CredentialKind = Literal["auth token", "API key"]


def hex32(source: random.Random) -> str:
    """Return 32 hexadecimal digits: the body of a SID, or a secret."""
    return f"{source.getrandbits(128):032x}"


@dataclass(frozen=True, slots=True)
class SharedKey:
    """A key of webhook signatures: https://www.twilio.com/docs/usage/webhooks/webhook-shared-keys"""

    id: str
    secret: str = field(repr=False)
    algorithm: str = SHARED_KEY_ALGORITHMS[0]


@dataclass
class Account:
    """An account and its credentials; assign a new token or secret to rotate it."""

    sid: str
    auth_token: str = field(repr=False)
    api_key_sid: str
    api_key_secret: str = field(repr=False)
    # Authenticates requests. It does not sign webhooks until it is promoted.
    secondary_auth_token: str | None = field(default=None, repr=False)
    further_keys: dict[str, str] = field(default_factory=dict, repr=False)
    # A default Webhook Rule signs all webhooks with this key; without one, the auth token signs.
    shared_key: SharedKey | None = None
    friendly_name: str = "Twilio sandbox"
    owner: Account | None = field(default=None, repr=False)
    """The main account, if this is a subaccount."""

    @classmethod
    def generate(cls, source: random.Random, **rest: Any) -> Account:
        """Make an account of random identifiers."""
        return cls(
            sid=f"AC{hex32(source)}",
            auth_token=hex32(source),
            api_key_sid=f"SK{hex32(source)}",
            api_key_secret=hex32(source),
            **rest,
        )

    def create_secondary_token(self) -> str:
        """Make a second auth token, which authenticates as well as the first one, and return it."""
        self.secondary_auth_token = uuid.uuid4().hex
        return self.secondary_auth_token

    def promote_secondary_token(self) -> None:
        """Make the second auth token the only one; it signs from now on."""
        if self.secondary_auth_token is None:
            raise ValueError("there is no secondary auth token")
        self.auth_token, self.secondary_auth_token = self.secondary_auth_token, None

    def make_webhook_rule(self, algorithm: str = SHARED_KEY_ALGORITHMS[0]) -> SharedKey:
        """Make a shared key, and a default Webhook Rule that has all webhooks signed with it from now on."""
        if algorithm not in SHARED_KEY_ALGORITHMS:
            raise ValueError(f"algorithm must be one of {SHARED_KEY_ALGORITHMS}")
        self.shared_key = SharedKey(f"webhooks_sharedkey_{uuid.uuid4().hex}", uuid.uuid4().hex, algorithm)
        return self.shared_key

    def delete_webhook_rule(self) -> None:
        """Let the auth token sign again."""
        self.shared_key = None

    def create_key(self) -> tuple[str, str]:
        """Make a further API key; returns its SID and its secret."""
        sid, secret = f"SK{uuid.uuid4().hex}", uuid.uuid4().hex
        self.further_keys[sid] = secret
        return sid, secret

    def delete_key(self, sid: str) -> None:
        """Delete one of several API keys. The newest of the others replaces the first one."""
        if sid == self.api_key_sid:
            self.api_key_sid, self.api_key_secret = self.further_keys.popitem()
        else:
            del self.further_keys[sid]

    def knows(self, user: str | None) -> bool:
        """Whether a user name is the account's or one of its keys."""
        return user == self.sid or user == self.api_key_sid or user in self.further_keys

    def authenticate(self, user: str | None, password: str | None) -> CredentialKind:
        """Return which credential this is, or raise the 401 of `unauthenticated`."""
        kind, secrets = self._secrets_of(user)
        given = (password or "").encode()
        if not any(compare_digest(secret.encode(), given) for secret in secrets):
            raise unauthenticated()
        return kind

    def _secrets_of(self, user: str | None) -> tuple[CredentialKind, list[str]]:
        if user == self.sid:
            return "auth token", [self.auth_token, *filter(None, [self.secondary_auth_token])]
        keys = {self.api_key_sid: self.api_key_secret, **self.further_keys}
        return "API key", [keys[user]] if user in keys else []

    def resource(self) -> dict[str, object]:
        """Return the account resource, with null in place of its token."""
        path = f"/2010-04-01/Accounts/{self.sid}"
        return {
            "sid": self.sid,
            "auth_token": None,
            "owner_account_sid": (self.owner or self).sid,
            "friendly_name": self.friendly_name,
            "status": "active",
            "type": "Full",
            "date_created": _CREATED,
            "date_updated": _CREATED,
            "subresource_uris": {"messages": f"{path}/Messages.json"},
            "uri": f"{path}.json",
        }
