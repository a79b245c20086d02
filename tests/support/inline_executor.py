"""Executors without threads, so that parallel work has a turn of its own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from random import Random
from typing import Any, ClassVar, Generic, Self, TypeVar
from unittest.mock import patch

from twilio_connector.listing import pages
from twilio_connector.polling import flights, poller
from twilio_connector.reconciling import reconciler

T = TypeVar("T")


class InlineFuture(Generic[T]):
    """A call, made once, when *executor* comes to it."""

    def __init__(self, executor: "InlineExecutor", call: Callable[[], T]) -> None:
        self._executor = executor
        self._call = call
        self._outcome: tuple[T | None, BaseException | None] | None = None

    def run(self) -> None:
        """Make the call, if it is not made yet."""
        if self._outcome is None:
            try:
                self._outcome = (self._call(), None)
            except BaseException as exc:
                self._outcome = (None, exc)

    def result(self) -> T | None:
        """What the call returned, as `Future.result`."""
        if self._outcome is None:
            self._executor.run()
        assert self._outcome
        if self._outcome[1]:
            raise self._outcome[1]
        return self._outcome[0]


class InlineExecutor:
    """Makes calls at once if *ahead*, else when a result is asked for: the two ends of what a thread may do."""

    ahead: ClassVar[bool] = True

    def __init__(self, max_workers: int) -> None:
        assert max_workers >= 1
        self._waiting: list[InlineFuture[Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()

    def submit(self, function: Callable[..., T], *arguments: object) -> InlineFuture[T]:
        """As `Executor`."""
        future = InlineFuture(self, lambda: function(*arguments))
        self._waiting.append(future)
        if self.ahead:
            self.run()
        return future

    def run(self) -> None:
        """Make all calls that wait."""
        waiting, self._waiting = self._waiting, []
        for future in self.ordered(waiting):
            future.run()

    def ordered(self, waiting: list[InlineFuture[Any]]) -> list[InlineFuture[Any]]:
        """The order in which they are made."""
        return waiting

    def shutdown(self, *, cancel_futures: bool = False) -> None:
        """As `Executor`."""
        if not cancel_futures:
            self.run()


class InlineFlights(InlineExecutor):
    """With an *ahead* of its own."""

    ahead = True


class ShuffledExecutor(InlineExecutor):
    """Makes calls when a result is asked for, in an order that *seed* decides: any of those that threads may have."""

    ahead = False
    seed: ClassVar[int] = 0

    def ordered(self, waiting: list[InlineFuture[Any]]) -> list[InlineFuture[Any]]:
        """As `InlineExecutor`."""
        Random(self.seed).shuffle(waiting)
        return waiting


@contextmanager
def without_threads() -> Iterator[None]:
    """Let polls and reconciliations do all in one thread, so that the same history is the same twice.

    What a history sets of the executors is as before when the block ends, or it would decide the histories of others.
    """
    executors = {pages: InlineExecutor, flights: InlineFlights, poller: ShuffledExecutor, reconciler: ShuffledExecutor}
    with ExitStack() as patches:
        for executor, name in ((InlineExecutor, "ahead"), (InlineFlights, "ahead"), (ShuffledExecutor, "seed")):
            patches.enter_context(patch.object(executor, name, getattr(executor, name)))
        for module, executor in executors.items():
            patches.enter_context(patch.object(module, "ThreadPoolExecutor", executor))
        yield
