"""The shared keys that a connection holds for webhooks: their IDs, never their secrets."""

import json
from collections.abc import Iterator

from operations.stack import Stack
from twilio_connector.connections.store import auth_token_name


def held_keys(stack: Stack, name: str) -> frozenset[str]:
    """The IDs of the shared keys in the secret of the connection *name*, and in the one of its auth token."""
    return frozenset(key for secret in (name, auth_token_name(name)) for key in _keys_of(stack, secret))


def _keys_of(stack: Stack, name: str) -> Iterator[str]:
    secret = stack.secret_cache.get(name)
    try:
        fields = json.loads(secret.text) if secret else {}
    except ValueError:
        return
    keys = fields.get("sharedKeys") if isinstance(fields, dict) else None
    yield from keys if isinstance(keys, dict) else ()
