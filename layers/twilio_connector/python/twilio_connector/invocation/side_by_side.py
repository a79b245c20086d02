"""Work done by several threads, and what has come of it gathered."""

import time
from collections.abc import Callable, Iterator, Sequence
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Generic, TypeVar

Item = TypeVar("Item")
T = TypeVar("T")


def side_by_side(
    rows: Sequence[Sequence[Item]], work: Callable[[Item], T], at_once: int, gather: Callable[[], float]
) -> Iterator[list[T]]:
    """What *work* makes of the items, by *at_once* threads; those of one row follow one another.

    What comes within *gather()* seconds is given together, and the last of it as soon as all is done. No thread
    outlives this, not even where its caller gives up: one that Lambda froze would go on in a later invocation, with
    what has long been somebody else's.
    """
    crew = _Crew(rows, work)
    threads = [Thread(target=crew.run, daemon=True) for _ in range(min(at_once, len(rows)))]
    try:
        for thread in threads:
            thread.start()
        yield from crew.gathered(len(threads), gather)
    finally:
        crew.is_over = True
        for thread in threads:
            if thread.ident:
                thread.join()
    if crew.failures:
        raise crew.failures[0]


class _Crew(Generic[Item, T]):
    """The threads of one piece of work. None begins an item once it *is_over*; *failures* are what *work* raised."""

    def __init__(self, rows: Sequence[Sequence[Item]], work: Callable[[Item], T]) -> None:
        self.is_over = False
        self.failures: list[BaseException] = []
        self._rows = iter(rows)
        self._taking = Lock()
        self._work = work
        # None for a thread that has come to its end.
        self._done: SimpleQueue[tuple[T] | None] = SimpleQueue()

    def run(self) -> None:
        """Be one of the threads."""
        try:
            while row := self._next_row():
                for item in row:
                    if self.is_over:
                        return
                    self._done.put((self._work(item),))
        except BaseException as exc:
            # Raised in the caller that waits: a thread has nobody else to report to.
            self.failures.append(exc)
            self.is_over = True
        finally:
            self._done.put(None)

    def gathered(self, running: int, gather: Callable[[], float]) -> Iterator[list[T]]:
        """What is done, while so many threads are *running*."""
        some: list[T] = []
        until = 0.0
        while running:
            try:
                done = self._done.get(timeout=max(0.0, until - time.monotonic()) if some else None)
            except Empty:
                yield some
                some = []
                continue
            if done is None:
                running -= 1
                continue
            if not some:
                until = time.monotonic() + gather()
            some.append(done[0])
        if some:
            yield some

    def _next_row(self) -> Sequence[Item] | None:
        with self._taking:
            return next(self._rows, None)
