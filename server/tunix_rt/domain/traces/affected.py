"""Guards of mutations that take a ``where``: the affected traces, and checks of the number that the caller expects.

Deleting by a filter that a script has built from an empty list loses data. So a filter that is true of every trace is
refused, one that happens to match every stored trace needs ``expectedCount``, and a dry run returns the count.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, not_, select

from tunix_rt.db.membership import among
from tunix_rt.db.models import traces
from tunix_rt.db.session import Session
from tunix_rt.domain.filtering.predicates import EVERYTHING, Predicate
from tunix_rt.domain.filtering.simplification import is_tautology
from tunix_rt.domain.filtering.sql import Condition, compile_predicate
from tunix_rt.domain.filtering.traces import TRACES
from tunix_rt.domain.traces.storage import count_traces
from tunix_rt.errors import BadUserInput, Conflict, TooCostly


@dataclass(frozen=True)
class Target:
    """The traces that a mutation changes, given by ids or by a filter.

    Args:
        expected: the number of traces that the caller expects; None if not given.
    """

    ids: Sequence[uuid.UUID] | None = None
    where: Predicate = EVERYTHING
    expected: int | None = None

    def condition(self, kind: str) -> Condition:
        """Returns the SQL condition of the traces; ``kind`` is ``sqlite`` or ``postgresql``."""
        if self.ids is not None:
            return among(traces.c.id, self.ids, kind)
        return compile_predicate(self.where, TRACES, kind)


def require_restrictive(target: Target) -> None:
    """Refuses a filter that is true of every possible trace.

    Raises:
        BadUserInput: the filter is provably a tautology.
    """
    if target.ids is None and is_tautology(target.where, TRACES):
        raise BadUserInput("where must restrict the traces; this one matches every trace.", ["where"])


async def affected_ids(session: Session, target: Target, maximum: int, *, lock: bool) -> list[uuid.UUID]:
    """Returns the ids of the targeted traces in order of commit.

    Args:
        lock: whether to lock the traces until the end of the transaction, so that exactly these are changed.

    Raises:
        TooCostly: there are more than ``maximum`` traces.
        Conflict: their number is not the expected one.
    """
    condition = target.condition(session.dialect.name)
    query = select(traces.c.id).where(condition).order_by(traces.c.seq).limit(maximum + 1)
    found = list((await session.execute(query.with_for_update() if lock else query)).scalars())
    count = len(found) if len(found) <= maximum else await count_traces(session, target.where)
    require_count(target.expected, count)
    if count > maximum:
        raise TooCostly(f"where may match at most {maximum} traces, it matches {count}.", ["where"])
    return found


def require_count(expected: int | None, count: int) -> None:
    """Refuses a number of traces other than the expected one, if that is given.

    Raises:
        Conflict: the numbers differ; the message names both.
    """
    if expected is not None and count != expected:
        verb = "trace matches" if count == 1 else "traces match"
        message = f"expectedCount is {expected}, but {count} {verb}; nothing was changed."
        raise Conflict(message, ["expectedCount"])


async def require_others(session: Session, target: Target, count: int) -> None:
    """Refuses a filter that matches every stored trace, unless the caller expects that number.

    Raises:
        BadUserInput: ``expectedCount`` is missing; the message names the count to confirm.
    """
    if target.ids is not None or target.expected is not None or not count:
        return
    others = select(exists(select(traces.c.seq).where(not_(target.condition(session.dialect.name)))))
    if not (await session.execute(others)).scalar_one():
        raise BadUserInput(
            f"where matches all {count} stored traces; to confirm, set expectedCount: {count}.",
            ["where"],
        )
