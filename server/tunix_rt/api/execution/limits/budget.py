"""The budget of an answer: limits on the bytes read for it, and on its objects and bytes.

The cost of a document is estimated before anything runs, but it does not include the length of texts, the number of
steps of a trace, or repetitions of one row. These are counted here, while the answer is built.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from tunix_rt.db.weighing import ReadBudget, byte_count, too_large
from tunix_rt.errors import TooCostly

VALUE_BYTES = 8
"""Assumed size of a value that is not a text."""


@dataclass(frozen=True)
class Spent:
    """The used part of a budget at some moment."""

    read: int
    objects: int
    size: int


class AnswerBudget:
    """The limits of one answer, and the part of them used so far.

    Args:
        max_bytes: limit on the answer as JSON, and on the data read for it.
        max_objects: limit on the objects in the answer, and on those fetched by one statement.
    """

    def __init__(self, max_bytes: int, max_objects: int) -> None:
        self.max_bytes = max_bytes
        self.max_objects = max_objects
        self.restart()

    def restart(self) -> None:
        """Resets the counts, for the next event of a subscription."""
        self.reading = ReadBudget(self.max_bytes)
        self.objects = 0
        self.size = 0

    def add(self, objects: int, size: int) -> None:
        """Counts completed objects and their minimum size in bytes.

        Raises:
            TooCostly: the answer has too many objects.
            AnswerTooLarge: the answer has too many bytes.
        """
        self.objects += objects
        self.size += size
        if self.objects > self.max_objects:
            raise too_many(self.max_objects)
        if self.size > self.max_bytes:
            raise too_large(self.max_bytes)

    def require_objects(self, count: int) -> None:
        """Raises ``TooCostly`` if more objects are to be fetched at once than an answer may have."""
        if count > self.max_objects:
            raise too_many(self.max_objects)

    def usage(self) -> Spent:
        """Returns the used part of the budget."""
        return Spent(self.reading.taken, self.objects, self.size)

    def restore(self, spent: Spent) -> None:
        """Restores earlier counts, because the objects built since then are discarded."""
        self.reading.taken, self.objects, self.size = spent.read, spent.objects, spent.size


def too_many(maximum: int) -> TooCostly:
    """Returns the error for an answer with too many objects."""
    return TooCostly(
        f"A response may have at most {maximum} objects, unpaged lists included; this one has more. Use smaller pages."
    )


def value_size(value: Any) -> int:
    """Returns the size of a scalar in an answer, in bytes without escapes."""
    if isinstance(value, str):
        return byte_count(value)
    if isinstance(value, (dict, list)):
        return len(orjson.dumps(value, default=str))
    return VALUE_BYTES


def sizes(values: Sequence[Any]) -> int:
    """Returns the size of scalars together; nulls have none.

    The texts of a page are nearly always ASCII, and none is null: then no value is measured in Python.
    """
    try:
        if all(map(str.isascii, values)):
            return sum(map(len, values))
    except TypeError:  # a null, or a value that is not a text
        pass
    return sum([value_size(value) for value in values if value is not None])


def lists_size(lists: Sequence[Any]) -> int:
    """Returns the size of lists of scalars together; nulls instead of a list have none."""
    return sum([value_size(value) for values in lists if values is not None for value in values])
