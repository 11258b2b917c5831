"""The traces that all subscriptions have in memory, within one limit in bytes."""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import orjson

KEPT_BYTES = 33_554_432
"""Size in memory of all traces that are kept for subscriptions; a follower further behind reads the database."""
OBJECT_BYTES = 1_000
"""Size of a trace in memory without its long values."""
VALUE_BYTES = 100
"""Size of a value of decoded JSON, apart from its text."""


class LiveTrace(NamedTuple):
    """A trace for subscriptions.

    Args:
        place: its place in the order of commit.
        trace: the object, with the selected fields.
        size: its approximate size in memory, in bytes.
    """

    place: int
    trace: Any
    size: int


class Keeper(Protocol):
    """Keeps traces in memory, in the order in which it reported them."""

    def forget_oldest(self) -> None:
        """Removes the oldest trace."""


class TraceMemory:
    """The limit on the traces that all keepers have: beyond it, the one that was reported first is forgotten."""

    def __init__(self) -> None:
        self._sizes: OrderedDict[tuple[Keeper, int], int] = OrderedDict()
        self.size = 0

    def add(self, keeper: Keeper, kept: LiveTrace) -> None:
        """Counts a trace that a keeper has, and lets keepers forget older ones until all fit."""
        self._sizes[keeper, kept.place] = kept.size
        self.size += kept.size
        while self.size > KEPT_BYTES:
            (oldest, place), _ = next(iter(self._sizes.items()))
            self.remove(oldest, place)
            oldest.forget_oldest()

    def remove(self, keeper: Keeper, place: int) -> None:
        """Counts a trace no longer, which its keeper has removed."""
        self.size -= self._sizes.pop((keeper, place))


def size_in_memory(values: Sequence[Any]) -> int:
    """Returns the approximate size of a trace that is made from a row, in bytes.

    Texts may be JSON that is decoded into objects, so each of their commas and brackets counts as a value.
    """
    return OBJECT_BYTES + sum(map(value_bytes, values))


def value_bytes(value: Any) -> int:
    """Returns the approximate size of a value in memory; for one that is neither a text nor JSON, nothing."""
    if isinstance(value, (dict, list)):
        value = orjson.dumps(value, default=str).decode()
    if not isinstance(value, str):
        return 0
    return sys.getsizeof(value) + VALUE_BYTES * sum(map(value.count, ",[{"))
