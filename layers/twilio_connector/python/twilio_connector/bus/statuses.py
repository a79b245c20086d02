"""The events that tell of a message's status, whoever brought it."""

STATUS_UPDATED = "Message Status Updated"
