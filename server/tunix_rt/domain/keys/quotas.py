"""Quotas: how many cost points each client may use a minute, and how many of its operations may be open at once.

A client is an API key, or a user whom a proxy has signed in; here, both are called a key.

A key's balance grows steadily, up to the points of a minute. An operation starts while a point is left, and its whole
cost is taken, so that the balance may fall below 0: then the key waits until a point is left again. So an operation
that costs more than the points of a minute is possible, and is paid by a longer wait.

Each server counts for itself.
"""

from __future__ import annotations

import math
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from tunix_rt.errors import RateLimited

MINUTE = 60.0


@dataclass(frozen=True)
class Balance:
    """The points of a key.

    Args:
        limit: the points of a minute.
        remaining: the points that are left, at least 0.
        reset_seconds: the time until all points of a minute are left again.
    """

    limit: int
    remaining: int
    reset_seconds: int


class Quotas:
    """Counts the points and the open operations of each key.

    Args:
        points: the points of a minute; 0 for any number.
        operations: the number of operations that may be open over WebSockets and event streams; 0 for any number.
        clock: returns the time in seconds.
    """

    def __init__(self, points: int, operations: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._points = points
        self._operations = operations
        self._clock = clock
        self._full_at: dict[uuid.UUID, float] = {}
        self._open: Counter[uuid.UUID] = Counter()

    def balance(self, key_id: uuid.UUID | None) -> Balance | None:
        """Returns the points of a key; None for a client without one, or if points are not counted."""
        if key_id is None or not self._points:
            return None
        missing = self._missing(key_id)
        remaining = max(0, math.floor(self._points - missing))
        return Balance(self._points, remaining, math.ceil(missing * MINUTE / self._points))

    def spend(self, key_id: uuid.UUID | None, cost: int) -> None:
        """Takes the cost of an operation, at least one point, from the points of a key.

        Raises:
            RateLimited: the key has no point left; nothing is taken.
        """
        if key_id is None or not self._points:
            return
        missing = self._missing(key_id)
        if self._points - missing < 1:
            wait = math.floor((missing - self._points + 1) * MINUTE / self._points) + 1
            raise RateLimited(
                f"This client has used its {self._points:,} points for this minute; wait {wait:,} seconds.", wait
            )
        self._full_at[key_id] = self._clock() + (missing + max(1, cost)) * MINUTE / self._points

    def _missing(self, key_id: uuid.UUID) -> float:
        """Returns the number of points that a key has used and not got back yet."""
        seconds = self._full_at.get(key_id, 0.0) - self._clock()
        if seconds > 0:
            return seconds * self._points / MINUTE
        self._full_at.pop(key_id, None)  # only keys that have used points lately take memory
        return 0.0

    def open_operation(self, key_id: uuid.UUID | None) -> None:
        """Counts an operation that was opened, which has to be closed.

        Raises:
            RateLimited: the key has too many; the operation is not counted.
        """
        if key_id is None:
            return
        if self._operations and self._open[key_id] >= self._operations:
            raise RateLimited(
                f"A client may have at most {self._operations:,} operations open over WebSockets and server-sent "
                "events; close one first."
            )
        self._open[key_id] += 1

    def close_operation(self, key_id: uuid.UUID | None) -> None:
        """Removes an operation that was counted."""
        if key_id is None:
            return
        self._open[key_id] -= 1
        if not self._open[key_id]:
            del self._open[key_id]
