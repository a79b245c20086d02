"""The events about a message's status, whatever its source."""

STATUS_UPDATED = "Message Status Updated"
