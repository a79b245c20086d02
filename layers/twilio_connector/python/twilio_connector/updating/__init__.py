"""The action that changes a message at Twilio: cancels, redacts or deletes it. Start with ``update_message``.

Why: docs/decisions.md#2026-11-28-a-change-of-a-message-is-read-back-and-never-unknown
"""
