"""Which of the deployed functions publish on the bus."""

PUBLISHERS = ("WebhookFunction", "PollFunction", "ReconcileFunction", "SendSmsFunction", "RedeliverFunction")
