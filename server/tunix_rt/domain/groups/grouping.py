"""Groups of traces by SQL aggregation: which traces count, and the columns of a group."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    Column,
    ColumnElement,
    Double,
    MetaData,
    Select,
    Table,
    and_,
    case,
    cast,
    func,
    null,
    select,
)
from sqlalchemy.sql.visitors import iterate

from tunix_rt.db.columns import code_point_text
from tunix_rt.db.membership import among_values
from tunix_rt.db.models import scores, traces
from tunix_rt.domain.filtering.scores import latest
from tunix_rt.domain.filtering.sql import Condition, Filterable
from tunix_rt.domain.scores.draft import SCORER_MAX_CHARS
from tunix_rt.domain.text import require_text

CORRECT_AT = 1.0
"""The least score of a correct trace, unless another one is given."""

trace_groups = Table(
    "trace_groups",
    MetaData(),
    Column("key", code_point_text(), nullable=False),
    Column("first_seq", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("graded_count", BigInteger, nullable=False),
    Column("correct_count", BigInteger, nullable=False),
    Column("pass_rate", Double),
)
"""The groups that a ``Grouping`` makes; computed by each statement, never stored."""

TRACE_GROUPS = Filterable(
    table=trace_groups,
    columns={name: trace_groups.c[name] for name in ("key", "size", "graded_count", "correct_count", "pass_rate")},
)


GRADES = frozenset({"graded_count", "correct_count", "pass_rate"})
"""The columns of groups for which scores have to be read."""


def uses_grades(clauses: Iterable[ColumnElement[Any]]) -> bool:
    """Returns whether one of several expressions of the columns of groups needs their scores."""
    parts = (part for clause in clauses for part in iterate(clause))
    return any(isinstance(part, Column) and part.table is trace_groups and part.name in GRADES for part in parts)


def in_groups(keys: Collection[str], kind: str) -> Condition:
    """Returns the condition for traces of some groups."""
    return among_values(traces.c.group_key, keys, kind)


@dataclass(frozen=True, eq=False)
class Grouping:
    """The traces that form groups, and how they are graded.

    Args:
        conditions: all of them must hold for a trace.
        scorer: whose latest score of the whole trace grades it; None to grade nothing.
        correct_at: the least score of a correct trace.

    Raises:
        BadUserInput: the scorer's name is no such name.
    """

    conditions: Sequence[Condition] = ()
    scorer: str | None = None
    correct_at: float = CORRECT_AT

    def __post_init__(self) -> None:
        if self.scorer is not None:
            require_text(self.scorer, 1, SCORER_MAX_CHARS, ["scorer"])

    @property
    def ungraded(self) -> Grouping:
        """The same groups without their grades, for which no scores are read."""
        return replace(self, scorer=None)

    def among(self, keys: Collection[str], kind: str) -> Grouping:
        """Returns the grouping of the traces of some groups."""
        return replace(self, conditions=[*self.conditions, in_groups(keys, kind)])

    def members(self, *columns: ColumnElement[Any]) -> Select[Any]:
        """Returns the query of columns of the traces, of which those in ``scores`` are null without a score."""
        if self.scorer is None:
            return select(*columns).select_from(traces).where(*self.conditions)
        grades = and_(
            scores.c.trace_id == traces.c.id,
            scores.c.scorer == self.scorer,
            scores.c.step_index.is_(None),
            latest(True),
        )
        return select(*columns).select_from(traces.outerjoin(scores, grades)).where(*self.conditions)

    @property
    def counts(self) -> tuple[ColumnElement[int], ...]:
        """The numbers of all, of the graded and of the correct members, as aggregates."""
        if self.scorer is None:
            return func.count(), cast(0, BigInteger), cast(0, BigInteger)
        return (
            func.count(),
            func.count(scores.c.score),
            func.sum(case((scores.c.score >= self.correct_at, 1), else_=0)),
        )

    def groups(self) -> CTE:
        """Returns the groups as the expression that ``trace_groups`` names in a statement."""
        size, graded, correct = self.counts
        rate = null() if self.scorer is None else cast(correct, Double) / func.nullif(graded, 0)
        columns = (traces.c.group_key, func.min(traces.c.seq), size, graded, correct, cast(rate, Double))
        labelled = [column.label(own.name) for column, own in zip(columns, trace_groups.columns, strict=True)]
        return self.members(*labelled).group_by(traces.c.group_key).cte(trace_groups.name)
