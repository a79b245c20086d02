"""Threads that share connections: each secret is read by one of them for all, and no change is overlooked."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier, Event, Lock
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from tests.support.fakes import FakeClock, FakeSecrets
from twilio_connector.connections.connection import Connection
from twilio_connector.connections.secret_cache import ABSENT_ENTRIES, CACHE_SECONDS, SecretCache
from twilio_connector.connections.store import ConnectionStore
from twilio_connector.errors import ServiceUnavailableError
from twilio_connector.settings import ConnectionSettings

THREADS, PATIENCE = 10, 30.0
ACCOUNT_SID = "AC" + "0" * 32


def secret(token: str) -> str:
    return json.dumps({"accountSid": ACCOUNT_SID, "authToken": token})


class SlowSecrets(FakeSecrets):
    """Each call has found what it answers when it *began*, and answers once it *may_end*."""

    def __init__(self) -> None:
        super().__init__()
        self.may_end = Event()
        self.may_end.set()
        self.began = Event()
        self.at_once = 0
        self._lock = Lock()

    def get_secret_value(self, **arguments: Any) -> dict[str, Any]:
        with self._lock:
            self.at_once += 1
            assert self.at_once == 1, "two calls for one secret at once"
        try:
            return super().get_secret_value(**arguments)
        finally:
            self.began.set()
            assert self.may_end.wait(PATIENCE)
            with self._lock:
                self.at_once -= 1

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let calls that begin in this block end after it."""
        self.began.clear()
        self.may_end.clear()
        try:
            yield
        finally:
            self.may_end.set()


@pytest.fixture
def secrets() -> SlowSecrets:
    secrets = SlowSecrets()
    secrets.put("prefix/default", secret("first"))
    return secrets


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def cache(secrets: SlowSecrets, clock: FakeClock) -> SecretCache:
    return SecretCache(secrets, "prefix/", clock)  # type: ignore[arg-type]


@pytest.fixture
def store(cache: SecretCache, clock: FakeClock) -> ConnectionStore:
    return ConnectionStore(cache, ConnectionSettings("prefix/"), clock)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(THREADS) as threads:
        yield threads


def together(threads: ThreadPoolExecutor, call: Callable[[], Any], times: int = THREADS) -> list[Future[Any]]:
    """As many calls at once; returns when all have begun."""
    all_here = Barrier(times + 1)

    def one() -> Any:
        all_here.wait(PATIENCE)
        return call()

    calls = [threads.submit(one) for _ in range(times)]
    all_here.wait(PATIENCE)
    return calls


def reads(secrets: FakeSecrets) -> Counter[str]:
    return Counter({stage: times for (_, stage), times in secrets.reads.items()})


@pytest.mark.parametrize("warm", [True, False])
def test_a_stale_secret_is_read_once_for_all(
    store: ConnectionStore, secrets: SlowSecrets, clock: FakeClock, threads: ThreadPoolExecutor, warm: bool
) -> None:
    if warm:
        store.get("default")
        clock.now += CACHE_SECONDS
        secrets.put("prefix/default", secret("second"))
        secrets.reads.clear()
    with secrets.held():
        calls = together(threads, lambda: store.get("default").password)
        assert secrets.began.wait(PATIENCE)
    assert {call.result(PATIENCE) for call in calls} == {"second" if warm else "first"}
    assert reads(secrets) == {"AWSCURRENT": 1}


def test_a_call_that_fails_fails_for_all_that_waited_and_for_nobody_later(
    store: ConnectionStore, secrets: SlowSecrets, threads: ThreadPoolExecutor
) -> None:
    secrets.failure = ReadTimeoutError(endpoint_url="https://aws")
    with secrets.held():
        first = threads.submit(store.get, "default")
        assert secrets.began.wait(PATIENCE)
        others = together(threads, lambda: store.get("default"), THREADS - 1)
    # Those that came when it was over have made one more call, at most one after the other.
    for call in (first, *others):
        assert isinstance(call.exception(PATIENCE), ServiceUnavailableError)
    secrets.failure = None
    assert store.get("default").password == "first"


def test_after_a_refusal_a_call_that_began_before_it_is_not_enough(
    cache: SecretCache, secrets: SlowSecrets, threads: ThreadPoolExecutor
) -> None:
    assert cache.get("default")
    with secrets.held():
        earlier = threads.submit(cache.reread, "default")
        assert secrets.began.wait(PATIENCE)
        # That call has found the first one.
        secrets.put("prefix/default", secret("second"))
        later = together(threads, lambda: cache.reread("default"), THREADS - 1)
    found = earlier.result(PATIENCE)
    assert found
    assert "first" in found.text
    assert all("second" in call.result(PATIENCE).text for call in later)
    found = cache.get("default")
    assert found
    assert "second" in found.text


def test_what_ten_are_refused_with_is_read_again_as_often_as_for_one_or_two(
    store: ConnectionStore, secrets: SlowSecrets, threads: ThreadPoolExecutor
) -> None:
    refused = store.get("default")
    secrets.put("prefix/default", secret("second"))
    secrets.reads.clear()

    def other() -> str:
        for one in store.others(refused):
            store.accepted(one)
            return one.password
        return "none"

    with secrets.held():
        first = threads.submit(other)
        assert secrets.began.wait(PATIENCE)
        others = together(threads, other, THREADS - 1)
    assert {call.result(PATIENCE) for call in (first, *others)} == {"second"}
    # None waited for what another had found meanwhile.
    assert other() == "second"
    assert reads(secrets) == {"AWSCURRENT": 1}


def test_ten_that_look_in_vain_at_once_have_looked_once(
    store: ConnectionStore, secrets: SlowSecrets, clock: FakeClock, threads: ThreadPoolExecutor
) -> None:
    refused = store.get("default")
    all_here = Barrier(THREADS)

    def looks() -> list[Connection]:
        # They are asked whether there is time before each step: so none gets ahead.
        return list(store.others(refused, lambda: all_here.wait(PATIENCE) >= 0))

    assert [call.result(PATIENCE) for call in together(threads, looks)] == [[]] * THREADS
    # Who has just corrected the secret does not wait for it.
    secrets.put("prefix/default", secret("second"))
    assert [one.password for one in store.others(refused)] == ["second"]


def test_a_cache_that_all_use_at_once_stays_whole(clock: FakeClock, threads: ThreadPoolExecutor) -> None:
    """One name that exists and many that do not, read, read again and expired, by all threads at once."""
    secrets = FakeSecrets()
    secrets.put("prefix/default", secret("first"))
    cache = SecretCache(secrets, "prefix/", clock)  # type: ignore[arg-type]
    names = ["default", *(f"nobody-{number}" for number in range(2 * ABSENT_ENTRIES))]

    def use(seed: int) -> None:
        for turn, name in enumerate(names):
            if (turn + seed) % 3 == 0:
                cache.reread(name)
                cache.reread("default")
            if (turn + seed) % 5 == 0:
                cache.expire_soon(name)
                cache.expire_soon("default")
            assert (cache.get(name) is None) is (name != "default")
            assert cache.get("default")

    for call in [threads.submit(use, seed) for seed in range(THREADS)]:
        call.result(PATIENCE)
    assert len(cache._absent) == ABSENT_ENTRIES
    assert not cache._under_way
