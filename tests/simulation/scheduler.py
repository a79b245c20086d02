"""Virtual time, and actors that take turns: of all threads of a history only one runs, until its next outside call.

Nothing but the heap of events decides who is next, so one seed makes one history. A waiting thread looks into the heap
itself, and passes the turn on if it is another's; mostly it is its own, which costs no switch.
"""

import heapq
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from tests.support.poll_fakes import Killed

START = 1_800_000_000.0


@dataclass(eq=False)
class Process:
    """A process of Lambda's: whose tasks die together, and whose clock is *skew* seconds away from the true time."""

    name: str
    skew: float = 0.0
    dead: bool = False
    tasks: list["Task"] = field(default_factory=list)
    # What its invocation is called, when Lambda ends it, and what the world notes of it.
    invocation: Any = None


class Task:
    """One thread of a *process*; the player of a history has one without a process."""

    def __init__(self, process: Process | None, thread: "_Thread") -> None:
        self.process = process
        self.thread = thread
        self.is_over = False
        self.waiters: list[Task] = []
        # Wakes that were planned before the last one are void.
        self.turn = 0


class _Thread:
    """A thread of the operating system, which is lent to one task after the other."""

    idle: ClassVar[list["_Thread"]] = []

    def __init__(self) -> None:
        self.baton = threading.Lock()
        self.baton.acquire()
        self.work: Callable[[], None] | None = None

    @classmethod
    def lend(cls) -> "_Thread":
        """One that does nothing, or a new one."""
        if cls.idle:
            return cls.idle.pop()
        thread = cls()
        threading.Thread(target=thread._run, daemon=True).start()
        return thread

    def _run(self) -> None:
        while True:
            self.baton.acquire()
            assert self.work
            self.work()


class Scheduler:
    """The heap of what will happen. *now* is the true time, in seconds since the epoch."""

    def __init__(self) -> None:
        self.now = START
        self._events: list[tuple[float, int, Callable[[], None] | Task, int]] = []
        self._numbers = 0
        self._player = Task(None, _Thread())
        self.current = self._player
        self.failure: BaseException | None = None

    def at(self, when: float, action: Callable[[], None]) -> None:
        """Let *action* happen; it may not wait."""
        self._push(max(when, self.now), action, 0)

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Let *action* happen in so many seconds."""
        self._push(self.now + seconds, action, 0)

    def run(self, until: float) -> None:
        """Let happen what happens *until* then; called by the player alone. Raises what an action raised."""
        self.sleep(until - self.now)
        if self.failure:
            raise self.failure

    def sleep(self, seconds: float) -> None:
        """Let time pass for the current task. Raises :class:`Killed` where its process dies meanwhile."""
        self._live()
        until, events = self.now + max(0.0, seconds), self._events
        if not events or events[0][0] > until:
            self.now = until
            return
        self._plan(self.current, until)
        self._wait()

    def wait(self, waiters: list[Task], timeout: float | None = None) -> None:
        """Wait until the *waiters* are woken, or the *timeout* is over; raises as :meth:`sleep`."""
        self._live()
        task = self.current
        task.turn += 1
        waiters.append(task)
        if timeout is not None:
            self._push(self.now + timeout, task, task.turn)
        self._wait()
        if task in waiters:
            waiters.remove(task)

    def wake(self, waiters: list[Task]) -> None:
        """Let all who wait go on."""
        for task in waiters:
            self._plan(task, self.now)
        waiters.clear()

    def start(self, process: Process | None, work: Callable[[], None]) -> Task:
        """A new task of *process*, which begins to *work* when its turn comes."""
        task = Task(process, _Thread.lend())
        if process:
            process.tasks.append(task)

        def run() -> None:
            try:
                self._live()
                work()
            except Killed:
                pass
            except BaseException as exc:  # The player raises it.
                self.failure = self.failure or exc
            self._end(task)

        task.thread.work = run
        self._plan(task, self.now)
        return task

    def join(self, task: Task) -> None:
        """Wait until *task* is over."""
        while not task.is_over:
            self.wait(task.waiters)

    def kill(self, process: Process) -> None:
        """End *process*: none of its tasks does anything any more."""
        process.dead = True
        for task in process.tasks:
            if task is not self.current:
                self._plan(task, self.now)
        if self.current in process.tasks:
            raise Killed

    def _end(self, task: Task) -> None:
        task.is_over = True
        if task.process:
            task.process.tasks.remove(task)
        self.wake(task.waiters)
        following = self._next()
        _Thread.idle.append(task.thread)
        self.current = following
        following.thread.baton.release()

    def _live(self) -> None:
        process = self.current.process
        if process is not None and process.dead:
            raise Killed

    def _plan(self, task: Task, when: float) -> None:
        task.turn += 1
        self._push(when, task, task.turn)

    def _push(self, when: float, what: Callable[[], None] | Task, turn: int) -> None:
        self._numbers += 1
        heapq.heappush(self._events, (when, self._numbers, what, turn))

    def _wait(self) -> None:
        task, following = self.current, self._next()
        if following is not task:
            self.current = following
            following.thread.baton.release()
            task.thread.baton.acquire()
        self._live()

    def _next(self) -> Task:
        """The task whose turn is next, once all is done that comes before."""
        while True:
            when, _, what, turn = heapq.heappop(self._events)
            self.now = max(self.now, when)
            if isinstance(what, Task):
                if what.turn == turn and not what.is_over:
                    return what
                continue
            before, self.current = self.current, self._player
            try:
                what()
            except BaseException as exc:
                self.failure = self.failure or exc
            self.current = before
