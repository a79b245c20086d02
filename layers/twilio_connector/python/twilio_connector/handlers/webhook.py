"""webhook: wiring of :class:`twilio_connector.webhook.receiver.Webhook`."""

import os
from functools import cache
from typing import Any

from twilio_connector.aws import Aws
from twilio_connector.invocation.deadline import LambdaContext
from twilio_connector.invocation.entrypoint import entrypoint
from twilio_connector.preparation import bus, connections, prepare
from twilio_connector.settings import WebhookSettings
from twilio_connector.webhook.budget import AWS_CONNECT_SECONDS, AWS_READ_SECONDS
from twilio_connector.webhook.receiver import Webhook
from twilio_connector.webhook.signing_keys import SigningKeys
from twilio_connector.wiring import Services

# Twilio does not wait for boto3's own retries: what fails is tried again by the publisher, or goes to the queue.
services = Services(os.environ, Aws(connect=AWS_CONNECT_SECONDS, read=AWS_READ_SECONDS, attempts=1))


@cache
def webhook() -> Webhook:
    """The process's webhook: it remembers the keys of a rotation, and how many names it has looked up in vain."""
    settings = services.settings(WebhookSettings)
    keys = SigningKeys(services.connections, services.secrets, settings.previous_token_seconds)
    return Webhook(services.connections, keys, services.outbox, settings)


@entrypoint
def handler(event: Any, context: LambdaContext) -> dict[str, Any]:
    """Lambda handler."""
    return webhook().receive(event)


prepare(services, connections, bus, lambda _: webhook())
