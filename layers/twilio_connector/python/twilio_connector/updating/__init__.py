"""The action that changes a message at Twilio: cancels, redacts or deletes it. Start with ``update_message``."""
