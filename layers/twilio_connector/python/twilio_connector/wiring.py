"""The one place that builds dependencies: each once a process, on first use."""

import math
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from twilio_connector.aws import Aws
from twilio_connector.connections.secret_cache import SecretCache
from twilio_connector.connections.store import ConnectionStore
from twilio_connector.invocation.deadline import Deadline, LambdaContext
from twilio_connector.settings import BusSettings, ConnectionSettings, LimitSettings, UndeliveredSettings, load

if TYPE_CHECKING:
    from twilio_connector.bus.outbox import Outbox
    from twilio_connector.bus.publisher import Publisher
    from twilio_connector.limits.admission import Limits
    from twilio_connector.twilio.client import ClientOf

T = TypeVar("T", bound=NamedTuple)

# What an invocation keeps for itself when it talks to Twilio: to record and to report what became of it.
RESERVE_SECONDS = 2.0


class Services:
    """What a function is made of, according to its environment *env*."""

    def __init__(self, env: Mapping[str, str], aws: Aws | None = None) -> None:
        self._env = env
        self.aws = aws or Aws()

    def settings(self, cls: type[T]) -> T:
        """The settings *cls* of this function."""
        return load(cls, self._env)

    @cached_property
    def secrets(self) -> SecretCache:
        """The secrets of the connections."""
        return SecretCache(self.aws.secrets, self.settings(ConnectionSettings).connection_prefix)

    @cached_property
    def connections(self) -> ConnectionStore:
        """The connections in Secrets Manager."""
        return ConnectionStore(self.secrets, self.settings(ConnectionSettings))

    @cached_property
    def outbox(self) -> "Outbox":
        """The bus, and the queue of what it refuses."""
        # Here and not above: functions that only read, or send for a direct caller, publish nothing.
        from twilio_connector.bus.outbox import Outbox
        from twilio_connector.bus.undelivered import UndeliveredQueue

        return Outbox(
            self._publisher, UndeliveredQueue(self.aws.sqs, self.settings(UndeliveredSettings).undelivered_queue_url)
        )

    @property
    def publishes_on_custom_bus(self) -> bool:
        """Whether events go to a Custom Event Bus."""
        return bool(self.settings(BusSettings).custom_event_bus_arn)

    @property
    def _publisher(self) -> "Publisher":
        settings = self.settings(BusSettings)
        # Either here and not above: no function loads the code for the other kind of bus.
        if settings.custom_event_bus_arn:
            from twilio_connector.bus.custom_bus import CustomBusPublisher

            return CustomBusPublisher(self.aws.custom_bus, settings.custom_event_bus_arn)
        from twilio_connector.bus.publisher import Publisher

        return Publisher(self.aws.events, settings.event_bus_name)

    @property
    def has_limits(self) -> bool:
        """Whether the owner limits what is sent."""
        settings = self.settings(LimitSettings)
        return bool(
            settings.allowed_countries or settings.max_sends_per_recipient_per_hour or settings.max_sends_per_day
        )

    def limits(self, until: Deadline) -> "Limits":
        """The owner's limits of what is sent; calls to the state table are not repeated beyond *until*."""
        # Here and not above: functions that create no message start without them.
        from twilio_connector.limits.admission import Limits
        from twilio_connector.state.table import StateTable

        settings = self.settings(LimitSettings)
        return Limits.of(settings, lambda: StateTable(self.aws.dynamodb, settings.state_table_name, until))

    def client_of(self, context: LambdaContext, seconds: float = math.inf) -> "ClientOf":
        """The clients of this invocation, by the name of the connection, none going on for more than *seconds*."""
        # Here and not above: the webhook and redelivery never call Twilio, and start without its client.
        from twilio_connector.twilio.client import TwilioClient

        deadline = Deadline.of(context, RESERVE_SECONDS).within(seconds)
        return lambda name: TwilioClient(self.connections, name, deadline)
