"""Curves of bounded size: points are downsampled page by page while they are read, so that memory use is constant.

Of two points of one step the later one counts. A curve of more points than wanted is divided into buckets of 1, 2, 4,
... steps, from its first step on, so that a growing curve keeps its buckets until their width doubles. Each bucket
keeps its minimum, its maximum and its first value that is not finite; the curve keeps its first and its last point. So
extremes and infinities are never lost; a mean would hide them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

POINTS_MIN, POINTS_MAX = 10, 10_000


class Point(NamedTuple):
    """A value at a step, as the ``seq``-th event of its run; ``value`` is None unless the kind is FINITE."""

    step: int
    seq: int
    value: float | None
    kind: str


@dataclass
class Bucket:
    """The points kept of some adjacent steps: the minimum, the maximum and the first that is not finite."""

    number: int
    least: float = math.inf
    greatest: float = -math.inf
    low: Point | None = None
    high: Point | None = None
    odd: Point | None = None

    def take(self, point: Point) -> None:
        """Keeps the point if it is an extreme, or the first that is not finite."""
        value = point[2]
        if value is None:
            self.odd = self.odd or point
            return
        if value < self.least:
            self.least, self.low = value, point
        if value > self.greatest:
            self.greatest, self.high = value, point

    @property
    def points(self) -> list[Point]:
        """Returns the kept points, by step."""
        kept = {point[0]: point for point in (self.low, self.high, self.odd) if point is not None}
        return [kept[step] for step in sorted(kept)]


@dataclass
class Downsampler:
    """A curve that is read page by page and downsampled to a maximum number of points.

    Args:
        maximum: the maximum number of points, at least ``POINTS_MIN``.
    """

    maximum: int
    count: int = 0
    _kept: list[Point] = field(default_factory=list)
    _buckets: list[Bucket] = field(default_factory=list)
    _width: int = 0
    _first: Point | None = None
    _held: Point | None = None

    def extend(self, page: Sequence[Point]) -> None:
        """Adds the next points, ordered by step; a point supersedes the one before it if both are of one step."""
        held = self._held
        for point in page:
            if held is not None and held[0] != point[0]:
                self._take(held)
            held = point
        self._held = held

    def points(self) -> list[Point]:
        """Returns the curve, by step. Points cannot be added afterwards."""
        last, self._held = self._held, None
        if last is not None:
            self._take(last)
        if not self._width or self._first is None or last is None:
            return self._kept
        found = {point[0]: point for bucket in self._buckets for point in bucket.points}
        found |= {point[0]: point for point in (self._first, last)}
        return [found[step] for step in sorted(found)]

    def _take(self, point: Point) -> None:
        """Adds a point that no later one supersedes."""
        self.count += 1
        if self._width:
            self._put(point)
            return
        self._first = self._first or point
        self._kept.append(point)
        if len(self._kept) > self.maximum:
            self._width = 1
            for kept in self._kept:
                self._put(kept)
            self._kept.clear()

    def _put(self, point: Point) -> None:
        """Adds a point to its bucket."""
        start = 0 if self._first is None else self._first[0]
        number = (point[0] - start) // self._width
        if not self._buckets or self._buckets[-1].number != number:
            self._buckets.append(Bucket(number))
            if len(self._buckets) > (self.maximum - 2) // 3:
                self._buckets[-1].take(point)
                self._double()
                return
        self._buckets[-1].take(point)

    def _double(self) -> None:
        """Merges adjacent buckets in pairs until their number is within the limit."""
        while len(self._buckets) > (self.maximum - 2) // 3:
            self._width *= 2
            merged: list[Bucket] = []
            for bucket in self._buckets:
                if not merged or merged[-1].number != bucket.number // 2:
                    merged.append(Bucket(bucket.number // 2))
                for point in bucket.points:
                    merged[-1].take(point)
            self._buckets = merged
