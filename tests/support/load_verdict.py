"""What a load test is judged by: what should have come, next to what came."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from local.twilio_sandbox import Callback
from local.twilio_sandbox.callbacks import MAX_RETRIES, TOTAL_SECONDS

# What says that a webhook shall come again: Twilio repeats it after any of these, and after no answer (None), where
# the URL says rp=all. Other failures are refusals, which nothing here deserves.
COMES_AGAIN = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT, None})


@dataclass(frozen=True)
class Verdict:
    """By ID: what never came, and how often what came more than once."""

    lost: list[str]
    doubled: dict[str, int]

    @classmethod
    def of(cls, expected: Iterable[str], seen: Mapping[str, int]) -> "Verdict":
        """Judge how often each ID was *seen*; *expected* ones are to come once."""
        times = {each: seen.get(each, 0) for each in expected}
        return cls(
            lost=[each for each, number in times.items() if not number],
            doubled={each: number for each, number in times.items() if number > 1},
        )


@dataclass
class Deliveries:
    """Every attempt of Twilio's to deliver webhooks, by the ID that the event of each must have."""

    attempts: dict[str, list[Callback]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, callbacks: Iterable[Callback]) -> "Deliveries":
        """Sort the attempts of a journal."""
        deliveries = cls()
        for callback in callbacks:
            deliveries.attempts[event_id(callback.params)].append(callback)
        return deliveries

    @property
    def acknowledged(self) -> dict[str, float]:
        """When each webhook that was acknowledged was so first."""
        ends = {each: [one.ended_at for one in attempts if is_good(one)] for each, attempts in self.attempts.items()}
        return {each: min(moments) for each, moments in ends.items() if moments}

    @property
    def refused(self) -> list[Callback]:
        """Attempts that were neither acknowledged nor asked to come again."""
        return [one for one in self.all if not is_good(one) and one.status not in COMES_AGAIN]

    @property
    def given_up(self) -> set[str]:
        """Webhooks that were never acknowledged."""
        return self.attempts.keys() - self.acknowledged.keys()

    @property
    def not_repeated(self) -> list[str]:
        """Webhooks that were not sent again as Twilio does: until acknowledged, as often and as long as it may."""
        return [each for each, attempts in self.attempts.items() if not _is_as_twilio_does(attempts)]

    @property
    def all(self) -> list[Callback]:
        """The attempts, whatever they deliver."""
        return [one for attempts in self.attempts.values() for one in attempts]

    @property
    def answers(self) -> Counter[int | None]:
        """How often each status was answered; None where there was no answer."""
        return Counter(one.status for one in self.all)


def event_id(params: Mapping[str, str]) -> str:
    """The ID of a webhook's event, as docs/webhooks.md has it: the SID, of a status callback with its status."""
    sid, status = params["MessageSid"], params.get("MessageStatus")
    return f"{sid}:{status}" if status else sid


def is_good(attempt: Callback) -> bool:
    """Whether an attempt was acknowledged."""
    return attempt.status is not None and 200 <= attempt.status < 300


def _is_as_twilio_does(attempts: list[Callback]) -> bool:
    in_order = sorted(attempts, key=lambda one: one.attempt)
    if [one.attempt for one in in_order] != list(range(1, len(in_order) + 1)) or any(map(is_good, in_order[:-1])):
        return False
    last = in_order[-1]
    return is_good(last) or last.attempt > MAX_RETRIES or last.ended_at - in_order[0].began_at >= TOTAL_SECONDS
