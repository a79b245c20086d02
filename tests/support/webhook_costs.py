"""What it costs to refuse a request, next to what may be done for one: no slow machine and no busy one moves that."""

import hmac
import math
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest

from tests.support.webhook_deployment import Deployment, forged

Event = dict[str, Any]

# What may be done for a stranger: so many escapes undone, so many bytes hashed for signatures. They are not the code's
# own constants, so that loosening those fails here.
ESCAPES, HASHED = 100_000, 16 * 1024 * 1024
# Times that: what goes on around it takes time, too, and documents need neither.
MOST = 1.5
# On a busy machine processor time grows, because others use the caches, but the least of some rounds hardly does. What
# is as cheap as it should be shows so within a few; the others are for a machine that is very busy.
LEAST_ROUNDS, MOST_ROUNDS = 3, 30
# An eighth of what is allowed is measured, and counts as much.
SCALE = 8


def without_signature(event: Event) -> Event:
    """The same, not signed."""
    headers = {name: value for name, value in event["headers"].items() if name.lower() != "x-twilio-signature"}
    return {**event, "headers": headers}


def answer(event: Event) -> int:
    """The status that *event* gets."""
    deployed = Deployment()
    status = deployed.status_of(event)
    assert len(deployed.bus.entries) == (status in (200, 204))
    return status


def assert_refused_cheaply(event: Event) -> None:
    """Assert that *event*, unsigned and wrongly signed, is refused, for at most ``MOST`` of what may be done for it."""
    for refused in (without_signature(event), forged(event)):
        with pytest.MonkeyPatch.context() as monkeypatch:
            hashed = hashed_bytes(monkeypatch)
            assert 400 <= answer(refused) < 500
        assert sum(hashed) <= HASHED
        assert cost(refused) < MOST


def hashed_bytes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bytes each signature is made of, from now on."""
    digest, hashed = hmac.digest, list[int]()

    def spy(key: bytes, signed: bytes, name: str) -> bytes:
        hashed.append(len(signed))
        return digest(key, signed, name)

    monkeypatch.setattr(hmac, "digest", spy)
    return hashed


def cost(event: Event) -> float:
    """Processor time that an answer to *event* takes, as a share of that of what is allowed, from rounds of both."""
    taken = allowed = math.inf
    for number in range(MOST_ROUNDS):
        allowed = min(allowed, SCALE * _seconds(_do_what_is_allowed))
        taken = min(taken, _seconds(Deployment().status_of, event))
        if number + 1 >= LEAST_ROUNDS and taken < MOST * allowed:
            break
    return taken / allowed


def _do_what_is_allowed() -> None:
    """An eighth of it, by the standard library alone."""
    unquote("%" * (ESCAPES // SCALE))
    hmac.digest(b"token", bytes(HASHED // SCALE), "sha1")


def _seconds(work: Callable[..., object], *arguments: object) -> float:
    """Of processor time of this thread."""
    before = time.thread_time()
    work(*arguments)
    return time.thread_time() - before
