"""Threads, and what they wait for each other by, as tasks of the scheduler: stand-ins for Python's own."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from queue import Empty
from typing import Any, Self

from tests.simulation.present import history
from tests.simulation.scheduler import Task


class VirtualThread:
    """As ``Thread``."""

    def __init__(self, target: Callable[[], None], daemon: bool = False) -> None:
        self._target = target
        self._task: Task | None = None
        self.ident: int | None = None

    def start(self) -> None:
        """As ``Thread``."""
        scheduler = history.scheduler
        self.ident = 1
        self._task = scheduler.start(scheduler.current.process, self._target)

    def join(self) -> None:
        """As ``Thread``."""
        assert self._task
        history.scheduler.join(self._task)


class VirtualEvent:
    """As ``threading.Event``."""

    def __init__(self) -> None:
        self._is_set = False
        self._waiters: list[Task] = []

    def set(self) -> None:
        """As ``Event``."""
        self._is_set = True
        history.scheduler.wake(self._waiters)

    def wait(self) -> bool:
        """As ``Event``."""
        while not self._is_set:
            history.scheduler.wait(self._waiters)
        return True


class VirtualQueue:
    """As ``SimpleQueue``."""

    def __init__(self) -> None:
        self._items: deque[Any] = deque()
        self._waiters: list[Task] = []

    @classmethod
    def __class_getitem__(cls, _: object) -> type[Self]:
        return cls

    def put(self, item: Any) -> None:
        """As ``SimpleQueue``."""
        self._items.append(item)
        history.scheduler.wake(self._waiters)

    def get(self, timeout: float | None = None) -> Any:
        """As ``SimpleQueue``."""
        scheduler = history.scheduler
        until = None if timeout is None else scheduler.now + timeout
        while not self._items:
            if until is not None and scheduler.now >= until:
                raise Empty
            scheduler.wait(self._waiters, None if until is None else until - scheduler.now)
        return self._items.popleft()


class VirtualFuture:
    """As ``Future``."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self._call = call
        self._done = VirtualEvent()
        self._value: Any = None
        self._error: BaseException | None = None

    def run(self) -> None:
        """Make the call."""
        try:
            self._value = self._call()
        except Exception as exc:
            self._error = exc
        self._done.set()

    def result(self) -> Any:
        """As ``Future``."""
        self._done.wait()
        if self._error:
            raise self._error
        return self._value


class VirtualExecutor(Executor):
    """As ``ThreadPoolExecutor``."""

    def __init__(self, max_workers: int) -> None:
        self._most = max_workers
        self._waiting: deque[VirtualFuture] = deque()
        self._running: list[Task] = []

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Any:  # type: ignore[override]  # no keywords
        """As ``ThreadPoolExecutor``."""
        future = VirtualFuture(lambda: function(*arguments))
        self._waiting.append(future)
        self._running = [task for task in self._running if not task.is_over]
        if len(self._running) < self._most:
            scheduler = history.scheduler
            self._running.append(scheduler.start(scheduler.current.process, self._work))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """As ``ThreadPoolExecutor``."""
        if cancel_futures:
            self._waiting.clear()
        for task in self._running:
            history.scheduler.join(task)

    def _work(self) -> None:
        while self._waiting:
            self._waiting.popleft().run()
