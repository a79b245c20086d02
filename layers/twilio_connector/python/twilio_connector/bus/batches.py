"""Splitting into calls that have a limit both of items and of bytes, as those of PutEvents and SQS do."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def batches(items: Iterable[T], size_of: Callable[[T], int], *, count: int, size: int) -> Iterator[list[T]]:
    """Split *items*, in order, into lists of at most *count* items and *size* bytes together.

    An item that exceeds *size* by itself makes a list of its own.
    """
    batch: list[T] = []
    room = size
    for item in items:
        bytes_ = size_of(item)
        if batch and (len(batch) == count or bytes_ > room):
            yield batch
            batch, room = [], size
        batch.append(item)
        room -= bytes_
    if batch:
        yield batch
