"""The budget of one answer: what it may read, how many objects it may have, and how many bytes.

Cost is counted on the document before anything runs, but a document does not say how long texts are, how many steps a
trace has, or how often one row is shown. That is counted here, as the answer is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from tunix_rt.db.weighing import ReadBudget, byte_count, too_large
from tunix_rt.errors import TooCostly

VALUE_BYTES = 8
"""What a value other than a text is taken to have."""


@dataclass(frozen=True)
class Spent:
    """How much of a budget was used at some moment."""

    read: int
    objects: int
    size: int


class AnswerBudget:
    """What one answer may take.

    Args:
        max_bytes: of the answer as JSON, and of what is read for it.
        max_objects: in the answer, and in what is fetched at once.
    """

    def __init__(self, max_bytes: int, max_objects: int) -> None:
        self.max_bytes = max_bytes
        self.max_objects = max_objects
        self.restart()

    def restart(self) -> None:
        """Forgets what was spent, for the next event of a subscription."""
        self.reading = ReadBudget(self.max_bytes)
        self.objects = 0
        self.size = 0

    def add(self, objects: int, size: int) -> None:
        """Counts completed objects and the bytes that they have at least.

        Raises:
            TooCostly: for too many objects.
            AnswerTooLarge: for too many bytes.
        """
        self.objects += objects
        self.size += size
        if self.objects > self.max_objects:
            raise too_many(self.max_objects)
        if self.size > self.max_bytes:
            raise too_large(self.max_bytes)

    def require_objects(self, count: int) -> None:
        """Refuses to fetch more objects at once than an answer may have; raises ``TooCostly``."""
        if count > self.max_objects:
            raise too_many(self.max_objects)

    def spent(self) -> Spent:
        """How much is used now."""
        return Spent(self.reading.taken, self.objects, self.size)

    def restore(self, spent: Spent) -> None:
        """Goes back to an earlier moment, because what was made since is thrown away."""
        self.reading.taken, self.objects, self.size = spent.read, spent.objects, spent.size


def too_many(most: int) -> TooCostly:
    """The refusal of an answer with too many objects."""
    return TooCostly(
        f"A response may have at most {most} objects, unpaged lists included; this one has more. Use smaller pages."
    )


def value_size(value: Any) -> int:
    """The bytes that a scalar's value has in an answer, but for escapes."""
    if isinstance(value, str):
        return byte_count(value)
    if isinstance(value, (dict, list)):
        return len(orjson.dumps(value, default=str))
    return VALUE_BYTES


def list_size(values: Any) -> int:
    """The bytes that a list of scalars has in an answer, but for escapes."""
    return sum(map(value_size, values))
