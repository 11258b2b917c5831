"""Statistics of a dataset, collected in one pass while members are selected, without reading payloads."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import case, func, select

from tunix_rt.db.membership import among_id_texts
from tunix_rt.db.models import scores
from tunix_rt.db.session import Session
from tunix_rt.domain.filtering.scores import latest

SOURCES_MAX = 100
SCALE = 2.0**-32
"""The factor for summing scores of magnitude 1 and more: up to 2^32 of them cannot overflow a float, without rounding.

Smaller scores are summed unscaled: scaled, the smallest floats would underflow, which PostgreSQL refuses.
"""


class SourceStats(msgspec.Struct, frozen=True):
    """The number of members from one source; the source is None for members without one."""

    source: str | None
    count: int


class ScoreStats(msgspec.Struct, frozen=True):
    """The latest whole-trace scores of one scorer over the members that it scored."""

    scorer: str
    count: int
    mean: float
    low: float
    high: float


class MemberStats(msgspec.Struct, frozen=True):
    """Statistics of a dataset's members.

    Averages are over all members and not rounded; characters are code points of prompt, answer and all steps (the
    original application's behaviour, 3.4).

    Args:
        sources: the 100 most frequent sources, equal ones by name; ``source_count`` is the number of all sources.
    """

    trace_count: int
    avg_step_count: float
    min_step_count: int
    max_step_count: int
    avg_total_chars: float
    source_count: int
    sources: tuple[SourceStats, ...]
    scores: tuple[ScoreStats, ...]


@dataclass
class ScoreTally:
    """Running statistics of one scorer's scores.

    Args:
        scaled: the sum of scores of magnitude 1 and more, times ``SCALE``.
        small: the sum of the other scores.
    """

    low: float
    high: float
    count: int = 0
    scaled: float = 0.0
    small: float = 0.0

    def add(self, count: int, scaled: float, small: float, low: float, high: float) -> None:
        """Adds scores by their count, sums, minimum and maximum."""
        self.count += count
        self.scaled += scaled
        self.small += small
        self.low, self.high = min(self.low, low), max(self.high, high)

    def summary(self, scorer: str) -> ScoreStats:
        """Returns the statistics; the mean is clamped to the minimum and maximum."""
        mean = self.scaled / self.count / SCALE + self.small / self.count
        return ScoreStats(scorer, self.count, min(max(mean, self.low), self.high), self.low, self.high)


class StatsCollector:
    """Collects statistics while members are selected."""

    def __init__(self) -> None:
        self._count = self._steps = self._chars = self._most = 0
        self._least = sys.maxsize
        self._sources: Counter[str | None] = Counter()
        self._scores: dict[str, ScoreTally] = {}

    def add(self, facts: Sequence[Sequence[Any]]) -> None:
        """Adds traces by their facts (see ``sampling.FACTS``)."""
        steps = [row[3] for row in facts]
        self._count += len(steps)
        self._steps += sum(steps)
        self._chars += sum([row[4] for row in facts])
        self._least, self._most = min(self._least, *steps), max(self._most, *steps)
        self._sources.update([row[5] for row in facts])

    async def add_scores(self, session: Session, ids: Sequence[str]) -> None:
        """Adds the latest whole-trace scores of traces, given by the hex digits of their ids."""
        score, is_large = scores.c.score, func.abs(scores.c.score) >= 1
        for scorer, count, scaled, small, low, high in await session.execute(
            select(
                scores.c.scorer,
                func.count(),
                func.sum(case((is_large, score * SCALE), else_=0.0)),
                func.sum(case((is_large, 0.0), else_=score)),
                func.min(scores.c.score),
                func.max(scores.c.score),
            )
            .where(
                among_id_texts(scores.c.trace_id, ids, session.dialect.name),
                scores.c.step_index.is_(None),
                latest(True),
            )
            .group_by(scores.c.scorer)
        ):
            self._scores.setdefault(scorer, ScoreTally(low, high)).add(count, scaled, small, low, high)

    def stats(self) -> MemberStats:
        """Returns the statistics of the traces added, at least one."""
        ordered = sorted(self._sources.items(), key=lambda item: (-item[1], item[0] is None, item[0] or ""))
        return MemberStats(
            trace_count=self._count,
            avg_step_count=self._steps / self._count,
            min_step_count=self._least,
            max_step_count=self._most,
            avg_total_chars=self._chars / self._count,
            source_count=len(ordered),
            sources=tuple(SourceStats(*item) for item in ordered[:SOURCES_MAX]),
            scores=tuple(tally.summary(scorer) for scorer, tally in sorted(self._scores.items())),
        )
