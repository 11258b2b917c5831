"""A bounded map that forgets the least recently used entries first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class LruMap(Generic[K, V]):
    """Keeps the most recently used entries whose sizes add up to at most ``max_size``.

    Unlike ``functools.lru_cache`` it is filled by the caller, who decides which entries to store.

    Args:
        size_of: returns the size of an entry by its key; 1 for every entry by default.
    """

    def __init__(self, max_size: int, size_of: Callable[[K], int] = lambda _: 1) -> None:
        self._max_size = max_size
        self._size_of = size_of
        self._entries: OrderedDict[K, V] = OrderedDict()
        self._size = 0

    def __contains__(self, key: K) -> bool:
        return key in self._entries

    def get(self, key: K) -> V | None:
        """Returns the value of a key, and marks it as used; None if the key is missing."""
        value = self._entries.get(key)
        if value is not None:
            self._entries.move_to_end(key)
        return value

    def put(self, key: K, value: V) -> None:
        """Stores a value as the most recently used one, and removes the least recently used ones until all fit."""
        if key not in self._entries:
            self._size += self._size_of(key)
        self._entries[key] = value
        self._entries.move_to_end(key)
        while self._size > self._max_size:
            forgotten, _ = self._entries.popitem(last=False)
            self._size -= self._size_of(forgotten)

    def newest(self) -> Iterator[tuple[K, V]]:
        """Yields the entries, most recently used first."""
        yield from reversed(self._entries.items())
