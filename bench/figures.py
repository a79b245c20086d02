"""The figures for programs: docs/bench.json, from which other pages compute.

``latenciesMs``: of the stubs, in what takes long. ``functions``, by logical ID: ``memoryMb`` of the template,
``peakMb``, and ``processorMs``, milliseconds of a whole processor: ``init``, and an event that is the ``first`` or
``second`` one, ``warm``, or the first one after ``closed`` connections; a poll's finds nothing. ``queue``:
``sendsPerSecond`` of one process with a ``batch`` of so many, ``processorMsPerSend``. ``poll``: of so many
``messages``, ``messagesPerSecond`` of one process, ``processorMs`` of the whole poll.
"""

from typing import Any

from bench.columns import Columns
from bench.costs import POLLED
from bench.inputs import BATCH
from bench.results import Results, memory_mb
from bench.tasks import CONNECTOR, LATENCIES, TASKS


def figures(results: Results) -> dict[str, Any]:
    """The document."""
    queue, poll = results.queue[CONNECTOR], results.poll[CONNECTOR]
    return {
        "latenciesMs": {
            "twilio": LATENCIES.twilio * 1000,
            "dynamodb": LATENCIES.dynamodb * 1000,
            "putEvents": LATENCIES.put_events * 1000,
        },
        "functions": {
            task.function: {"memoryMb": memory_mb(task.function), **_life(results.lives[task.title][CONNECTOR])}
            for task in TASKS
        },
        "queue": {
            "batch": BATCH,
            "sendsPerSecond": round(BATCH / queue.seconds, 1),
            "processorMsPerSend": _ms(queue.processor / BATCH),
        },
        "poll": {
            "messages": POLLED,
            "messagesPerSecond": round(POLLED / poll.seconds),
            "processorMs": _ms(poll.processor),
        },
    }


def _life(life: Columns) -> dict[str, Any]:
    names = ("init", "first", "second", "warm", "closed")
    return {"processorMs": {name: _ms(getattr(life, name)) for name in names}, "peakMb": round(life.megabytes, 1)}


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)
