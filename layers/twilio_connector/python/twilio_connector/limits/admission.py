"""Whether one more text may be sent, and the places that it takes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Self

from twilio_connector.errors import (
    OutcomeUnknownError,
    RecipientNotAllowedError,
    SendLimitError,
    ServiceUnavailableError,
    TwilioConnectorError,
)
from twilio_connector.invocation.observability import count, logger
from twilio_connector.limits.counters import Counters, Window
from twilio_connector.limits.countries import check_country, parse_countries
from twilio_connector.settings import LimitSettings, SettingsError
from twilio_connector.state.table import StateTable

REACHED = {
    "hour": "an hour to one recipient (MaxSendsPerRecipientPerHour) is reached; the next hour begins on the hour",
    "day": "a day by one connection (MaxSendsPerDay) is reached; the next day begins at midnight, UTC",
}


@dataclass
class Admission:
    """That of one text by *connection* to *recipient*; without *countries* to all, without *counters* uncounted."""

    connection: str
    recipient: str = field(repr=False)
    countries: frozenset[str] = frozenset()
    counters: Counters | None = None
    _taken: list[Window] = field(default_factory=list, init=False, repr=False)

    def enter(self, since: float | None = None) -> None:
        """Take the places of a text that is about to be sent; those of *since*, an earlier attempt, it still has.

        Raises :class:`RecipientNotAllowedError`, :class:`SendLimitError` and :class:`ServiceUnavailableError`, having
        given back what it had taken.
        """
        try:
            check_country(self.recipient, self.countries)
            self._take(since)
        except TwilioConnectorError as exc:
            self.leave()
            if isinstance(exc, RecipientNotAllowedError | SendLimitError):
                count("SendsRefused", cause="limited" if isinstance(exc, SendLimitError) else "country")
            raise

    def another(self) -> bool:
        """Take the places of one more text, the one before it may have been sent; False where there are none."""
        try:
            replace(self).enter()
        except TwilioConnectorError as exc:
            logger.warning("A message was not requested again", extra={"reason": str(exc)})
            return False
        return True

    def leave(self) -> None:
        """Give back the places that were taken: nothing was sent, for certain."""
        taken, self._taken = self._taken, []
        try:
            if self.counters and taken:
                self.counters.give_back(taken)
        except ServiceUnavailableError as exc:
            logger.warning("A text that was not sent still counts towards a limit", extra={"reason": str(exc)})

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Enter, and leave again if the block raises an error after which nothing can have been sent."""
        self.enter()
        try:
            yield
        except OutcomeUnknownError:
            raise
        except TwilioConnectorError:
            self.leave()
            raise

    def _take(self, since: float | None) -> None:
        if not self.counters:
            return
        held = self.counters.windows(self.connection, self.recipient, since) if since is not None else []
        for window in self.counters.windows(self.connection, self.recipient):
            if window not in held:
                if not self.counters.take(window):
                    raise SendLimitError(f"This stack's limit of {window.limit} texts {REACHED[window.kind]}.")
                self._taken.append(window)


@dataclass(frozen=True)
class Limits:
    """The limits of one stack; by default there are none."""

    countries: frozenset[str] = frozenset()
    counters: Counters | None = None

    @classmethod
    def of(cls, settings: LimitSettings, state: Callable[[], StateTable]) -> Self:
        """Those of *settings*; *state*, the state table, is made only where texts are counted.

        Raises :class:`SettingsError`.
        """
        per_hour, per_day = settings.max_sends_per_recipient_per_hour, settings.max_sends_per_day
        if (per_hour or per_day) and not settings.state_table_name:
            raise SettingsError("The environment variable STATE_TABLE_NAME is not set.")
        counters = Counters(state(), per_hour, per_day) if per_hour or per_day else None
        return cls(parse_countries(settings.allowed_countries), counters)

    @property
    def are_set(self) -> bool:
        """Whether there are any."""
        return bool(self.countries or self.counters)

    def admission(self, connection: str, recipient: str) -> Admission:
        """The admission of one text by *connection* to *recipient*, which is an address as Twilio takes it."""
        return Admission(connection, recipient, self.countries, self.counters)


NO_LIMITS = Limits()
