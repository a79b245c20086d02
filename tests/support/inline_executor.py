"""An executor without a thread, so that what is done ahead of its turn has a turn of its own."""

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class InlineFuture(Generic[T]):
    """A call, made once."""

    def __init__(self, call: Callable[[], T]) -> None:
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
        self.run()
        assert self._outcome
        if self._outcome[1]:
            raise self._outcome[1]
        return self._outcome[0]


class InlineExecutor:
    """Makes calls at once if *ahead*, else when their result is asked for: the two ends of what a thread may do."""

    ahead = True

    def __init__(self, max_workers: int) -> None:
        assert max_workers == 1

    def submit(self, function: Callable[..., T], *arguments: object) -> InlineFuture[T]:
        """As `Executor`."""
        future = InlineFuture(lambda: function(*arguments))
        if self.ahead:
            future.run()
        return future

    def shutdown(self, *, cancel_futures: bool) -> None:
        """As `Executor`."""
