"""What is connected: a number or a messaging service, and which of its settings say where inbound texts go.

https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource and
https://www.twilio.com/docs/messaging/api/service-resource
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from operations.doctor.callback_urls import CallbackUrl

# By the names of Twilio's parameters; empty where nothing is set.
Values = Mapping[str, str]


@dataclass(frozen=True)
class Kind:
    """The parameters of one kind of target. Unless *bypass* is *straight*, Twilio ignores the URLs."""

    noun: str
    url: str
    method: str
    fallback: str
    fallback_method: str
    bypass: str
    straight: str

    def values(self, resource: Mapping[str, Any]) -> Values:
        """What the parameters are in *resource*, whose properties are called like them, in snake case."""
        names = (self.url, self.method, self.fallback, self.fallback_method, self.bypass)
        return {name: _text(resource.get(_property(name))) or self._blank(name) for name in names}

    def leads_to(self, values: Values, webhook: str) -> bool:
        """Whether inbound texts come to the host of the URL *webhook*."""
        return values[self.bypass] == self.straight and CallbackUrl(values[self.url]).leads_to(webhook)

    def connected(self, values: Values, webhook: str, fallback: str) -> Values:
        """*values*, changed so that inbound texts come to *webhook*; the fallback stays unless one is given."""
        changed = {**values, self.url: webhook, self.method: "POST", self.bypass: self.straight}
        return {**changed, self.fallback: fallback, self.fallback_method: "POST"} if fallback else changed

    def _blank(self, name: str) -> str:
        if name == self.bypass:
            return self.straight
        return "POST" if name in (self.method, self.fallback_method) else ""


NUMBER = Kind("number", "SmsUrl", "SmsMethod", "SmsFallbackUrl", "SmsFallbackMethod", "SmsApplicationSid", "")
SERVICE = Kind(
    "messaging service",
    "InboundRequestUrl",
    "InboundMethod",
    "FallbackUrl",
    "FallbackMethod",
    "UseInboundWebhookOnNumber",
    "false",
)


@dataclass(frozen=True)
class Target:
    """The number or service *sid*, at *address* in Twilio's API; *values* are what it is set to."""

    kind: Kind
    label: str
    sid: str
    address: str = field(repr=False)
    values: Values = field(repr=False)
    takes_texts: bool = True


def _property(parameter: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", parameter).lower()


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
