"""Agreement of two scorers on the traces that both have scored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, FromClause, and_, exists, func, not_, or_, select, tuple_

from tunix_rt.db.models import scores, traces
from tunix_rt.db.session import Session


@dataclass(frozen=True)
class ScorerPair:
    """Two scorers, each with the lowest score at which a trace passes."""

    a: str
    b: str
    threshold_a: float
    threshold_b: float


@dataclass(frozen=True)
class Confusion:
    """The confusion table of two scorers: the numbers of traces that pass with both, one or none of them."""

    both: int = 0
    only_a: int = 0
    only_b: int = 0
    neither: int = 0

    @property
    def total(self) -> int:
        """The number of traces that both have scored."""
        return self.both + self.only_a + self.only_b + self.neither

    @property
    def agreement(self) -> float | None:
        """The share of traces on which both agree; None without traces."""
        return (self.both + self.neither) / self.total if self.total else None

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa; None without traces, or if each scorer gives all traces the same result."""
        total = self.total
        passed_a, passed_b = self.both + self.only_a, self.both + self.only_b
        by_chance = passed_a * passed_b + (total - passed_a) * (total - passed_b)
        if by_chance == total * total:
            return None
        return (total * (self.both + self.neither) - by_chance) / (total * total - by_chance)


async def confusion_of(session: Session, pair: ScorerPair, conditions: Sequence[ColumnElement[bool]]) -> Confusion:
    """Returns the confusion table of two scorers, by their latest scores of whole traces.

    Args:
        conditions: the conditions on the traces.
    """
    a, b = scores.alias("a"), scores.alias("b")
    passed_a, passed_b = a.c.score >= pair.threshold_a, b.c.score >= pair.threshold_b
    query = (
        select(passed_a, passed_b, func.count())
        .select_from(traces)
        .join(a, a.c.trace_id == traces.c.id)
        .join(b, b.c.trace_id == traces.c.id)
        .where(is_latest(a, pair.a), is_latest(b, pair.b), *conditions)
        .group_by(passed_a, passed_b)
    )
    found = {(bool(row[0]), bool(row[1])): row[2] for row in await session.execute(query)}
    cells = ((True, True), (True, False), (False, True), (False, False))
    return Confusion(*(found.get(cell, 0) for cell in cells))


def disagreement(pair: ScorerPair) -> ColumnElement[bool]:
    """Returns the condition for traces that pass with one of the two scorers and not with the other."""
    a, b = scores.alias("a"), scores.alias("b")
    of_a, of_b = (
        and_(found.c.trace_id == traces.c.id, is_latest(found, name)) for found, name in ((a, pair.a), (b, pair.b))
    )
    passes_a, passes_b = a.c.score >= pair.threshold_a, b.c.score >= pair.threshold_b
    return or_(
        and_(exists().where(of_a, passes_a), exists().where(of_b, not_(passes_b))),
        and_(exists().where(of_a, not_(passes_a)), exists().where(of_b, passes_b)),
    )


def is_latest(found: FromClause, scorer: str) -> ColumnElement[bool]:
    """Returns the condition for a scorer's latest score of a whole trace."""
    newer = scores.alias()
    superseded = exists().where(
        newer.c.trace_id == found.c.trace_id,
        newer.c.scorer == found.c.scorer,
        newer.c.step_index.is_(None),
        tuple_(newer.c.scored_at, newer.c.id) > tuple_(found.c.scored_at, found.c.id),
    )
    return and_(found.c.scorer == scorer, found.c.step_index.is_(None), not_(superseded))
