"""What one version of a secret says about the signatures of webhooks."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class WebhookKeys:
    """The account's auth token, and shared keys: secrets by key ID. A ``repr`` shows none of them.

    https://www.twilio.com/docs/usage/webhooks/webhook-shared-keys says which of them signs what.
    """

    auth_token: str | None = field(default=None, repr=False)
    shared_keys: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)

    def secret_of(self, key_id: str | None) -> str | None:
        """The secret of the shared key *key_id*, or the auth token where a signature names none; None for none."""
        return self.auth_token if key_id is None else self.shared_keys.get(key_id)
