"""What functions that have no handler in the layer know :class:`SigningKeys` as, for the seconds of an upgrade."""

from twilio_connector.webhook.signing_keys import SigningKeys as AuthTokens

__all__ = ["AuthTokens"]
