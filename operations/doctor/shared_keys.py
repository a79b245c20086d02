"""The shared keys that a connection holds for webhooks: their IDs, never their secrets."""

from operations.stack import Stack


def held_keys(stack: Stack, name: str) -> frozenset[str]:
    """The IDs of the shared keys in the secret of the connection *name*, and in the one of its auth token.

    Raises :class:`ConnectionConfigError` for a secret that the functions cannot read.
    """
    return frozenset(stack.connections.shared_keys(stack.connections.get(name)))
