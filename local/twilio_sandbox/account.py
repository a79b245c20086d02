"""The sandbox's one account, its two credentials, and the basic authentication that checks them."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Literal

from local.twilio_sandbox.errors import unauthenticated

CredentialKind = Literal["auth token", "API key"]


def hex32(source: random.Random) -> str:
    """Return 32 hexadecimal digits: the body of a SID, or a secret."""
    return f"{source.getrandbits(128):032x}"


@dataclass
class Account:
    """An account and its credentials; assign a new token or secret to rotate it."""

    sid: str
    auth_token: str = field(repr=False)
    api_key_sid: str
    api_key_secret: str = field(repr=False)

    @classmethod
    def generate(cls, source: random.Random) -> Account:
        """Make an account of random identifiers."""
        return cls(
            sid=f"AC{hex32(source)}",
            auth_token=hex32(source),
            api_key_sid=f"SK{hex32(source)}",
            api_key_secret=hex32(source),
        )

    def authenticate(self, user: str | None, password: str | None) -> CredentialKind:
        """Tell which credential this is, or raise the 401 of `unauthenticated`."""
        secrets: dict[str | None, tuple[CredentialKind, str]] = {
            self.sid: ("auth token", self.auth_token),
            self.api_key_sid: ("API key", self.api_key_secret),
        }
        kind, secret = secrets.get(user, (None, ""))
        if kind is None or not compare_digest(secret.encode(), (password or "").encode()):
            raise unauthenticated()
        return kind

    def resource(self) -> dict[str, object]:
        """Return the account resource, without its token."""
        return {
            "sid": self.sid,
            "owner_account_sid": self.sid,
            "friendly_name": "Twilio sandbox",
            "status": "active",
            "type": "Full",
            "uri": f"/2010-04-01/Accounts/{self.sid}.json",
        }
