"""Metrics of runs: curves of bounded size, and the newest value of each.

A step that a later attempt repeated is superseded: of two values of one name and step the later event counts.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import CTE, ColumnElement, Integer, Label, Select, bindparam, func, literal, select, tuple_, union_all

from tunix_rt.db.columns import code_point_text, uuid_column
from tunix_rt.db.membership import among
from tunix_rt.db.models import run_metrics, tunix_runs
from tunix_rt.db.prepared import Prepared
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.runs.downsampling import Downsampler, Point
from tunix_rt.domain.text import sha256
from tunix_rt.errors import BadUserInput, PathPart, TooCostly
from tunix_rt.suggestions import did_you_mean

POINTS_DEFAULT = 1000
POINTS_TOTAL = 1_000_000
"""The maximum of points of all curves that one request reads."""
FIRST_PAGE = 1000
"""The number of points of each curve that the first statement, shared by all curves, reads."""
PAGE = 10_000
"""The number of points of one curve that each further statement reads."""
ARMS = 100
"""The number of curves in one statement."""
STEP_MAX = 2**31 - 1
OF_EVERY_TRAINING = frozenset(
    ("train/loss", "train/perplexity", "train/grad_norm", "train/learning_rate", "eval/loss", "eval/perplexity")
)
"""The metrics that are known before a run has reported them."""
SUGGESTING_RUNS = 200
"""The number of newest runs whose metrics are suggested in place of an unknown one."""
SUGGESTED = 12
"""The maximum number of metrics in such a message, if none has a similar name."""


@dataclass(frozen=True)
class Curve:
    """One metric of one run; ``count`` is the number of its points in the requested range without superseded ones."""

    run_id: uuid.UUID
    name: str
    points: Sequence[Point]
    count: int


@dataclass(frozen=True)
class Window:
    """The requested range of steps, and the maximum number of points per curve.

    Args:
        names: the metrics; None for all.
    """

    names: frozenset[str] | None = None
    low: int = 0
    high: int = STEP_MAX
    maximum: int = POINTS_DEFAULT


def names_of(ids: Sequence[uuid.UUID], kind: str) -> CTE:
    """Selects each run's metric names, and NULL once per run; a recursive query seeks the index name by name."""
    first = select(func.min(run_metrics.c.name)).where(run_metrics.c.run_id == tunix_runs.c.id)
    start = select(tunix_runs.c.id.label("run_id"), first.scalar_subquery().label("name"))
    known = start.where(among(tunix_runs.c.id, ids, kind)).cte("named", recursive=True)
    later = select(func.min(run_metrics.c.name)).where(
        run_metrics.c.run_id == known.c.run_id, run_metrics.c.name > known.c.name
    )
    return known.union_all(
        select(known.c.run_id, later.scalar_subquery()).where(known.c.name.is_not(None)).select_from(known)
    )


async def latest_metrics(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Any]]:
    """Returns each run's metrics at their greatest step, by name: ``run_id name step value value_kind at``."""
    known = names_of(ids, session.dialect.name)
    at_end = run_metrics.alias("at_end")
    newest = (
        select(at_end.c.seq)
        .where(at_end.c.run_id == known.c.run_id, at_end.c.name == known.c.name)
        .order_by(at_end.c.step.desc(), at_end.c.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    found = run_metrics.c
    query = (
        select(found.run_id, found.name, found.step, found.value, found.value_kind, found.at)
        .join_from(known, run_metrics, (found.run_id == known.c.run_id) & (found.seq == newest))
        .order_by(found.run_id, found.name)
    )
    grouped: dict[uuid.UUID, list[Any]] = {run_id: [] for run_id in ids}
    for row in await session.execute(query):
        grouped[row.run_id].append(row)
    return grouped


@lru_cache(maxsize=1000)
def last_value(name: str) -> Label[float | None]:
    """Selects a run's last finite value of a metric; null if the run has no such metric or it is not finite.

    The same name gives the same expression, so that statements with it are compiled once.
    """
    at_end = run_metrics.alias("last_metric")
    query = select(at_end.c.value).where(at_end.c.run_id == tunix_runs.c.id, at_end.c.name == name)
    query = query.order_by(at_end.c.step.desc(), at_end.c.seq.desc()).limit(1).correlate(tunix_runs)
    return query.scalar_subquery().label(f"metric_{sha256(name.encode())[:16]}")


async def require_metric(session: Session, name: str, path: Sequence[PathPart]) -> None:
    """Requires that a run has a metric, unless every training has it or no run has any.

    It looks at each run by an index, as an order by the metric does.

    Raises:
        BadUserInput: runs have metrics, but none has this one; the message has the metrics that there are.
    """
    if name in OF_EVERY_TRAINING:
        return
    found = newest_with_points(run_metrics.c.name == name).limit(1)
    if (await session.execute(found)).first() is None and (known := await metric_names(session)):
        listed = (
            f" Metrics of runs are {', '.join(map(repr, known[:SUGGESTED]))}{', …' if len(known) > SUGGESTED else '.'}"
        )
        raise BadUserInput(
            f"No run has the metric {name!r}.{did_you_mean(name, OF_EVERY_TRAINING.union(known)) or listed}", path
        )


def newest_with_points(*conditions: ColumnElement[bool]) -> Select[Any]:
    """Selects the ids of the runs that have a point which satisfies conditions, the newest first.

    A subquery of one value is looked up run by run, in an index; PostgreSQL may read all points for ``EXISTS``.
    """
    point = select(run_metrics.c.seq).where(run_metrics.c.run_id == tunix_runs.c.id, *conditions).limit(1)
    has_point = point.correlate(tunix_runs).scalar_subquery().is_not(None)
    return select(tunix_runs.c.id).where(has_point).order_by(tunix_runs.c.id.desc())


async def metric_names(session: Session) -> list[str]:
    """Returns the names of the metrics of the newest runs that have any, sorted."""
    ids = (await session.execute(newest_with_points().limit(SUGGESTING_RUNS))).scalars().all()
    named = names_of(ids, session.dialect.name)
    query = select(named.c.name).where(named.c.name.is_not(None)).distinct()
    return sorted((await session.execute(query)).scalars())


async def curves(database: Database, ids: Sequence[uuid.UUID], window: Window) -> dict[uuid.UUID, list[Curve]]:
    """Returns the curves of runs, each run's by name. Short curves of all runs are read in one statement.

    Raises:
        TooCostly: the curves have more points than one request may read.
    """
    async with database.read() as session:
        known = names_of(ids, session.dialect.name)
        query = select(known.c.run_id, known.c.name).where(known.c.name.is_not(None))
        rows = (await session.execute(query.order_by(known.c.run_id, known.c.name))).all()
    wanted = [(row.run_id, row.name) for row in rows if window.names is None or row.name in window.names]
    if len(wanted) * window.maximum > POINTS_TOTAL:
        raise TooCostly(
            f"{len(wanted)} curves of up to {window.maximum} points are more than {POINTS_TOTAL} points in total; ask "
            "for fewer runs, fewer names or smaller maxPoints.",
            ["maxPoints"],
        )
    found: dict[uuid.UUID, list[Curve]] = {run_id: [] for run_id in ids}
    for start in range(0, len(wanted), ARMS):
        for curve in await downsample_curves(database, wanted[start : start + ARMS], window):
            found[curve.run_id].append(curve)
    return found


async def downsample_curves(database: Database, wanted: Sequence[tuple[uuid.UUID, str]], window: Window) -> list[Curve]:
    """Reads some curves: their first points in one statement, and the rest of longer ones page by page."""
    async with database.read() as session:
        rows = (await session.execute(first_pages(wanted, window))).all()
    pages: list[list[Point]] = [[] for _ in wanted]
    for arm, *row in rows:
        pages[arm].append(Point(*row))
    found = []
    for (run_id, name), page in zip(wanted, pages, strict=True):
        downsampler = Downsampler(window.maximum)
        downsampler.extend(page)
        if len(page) == FIRST_PAGE:
            await read_on(database, downsampler, (run_id, name), window, page[-1])
        found.append(Curve(run_id, name, [Point(*point) for point in downsampler.points()], downsampler.count))
    return found


def first_pages(wanted: Sequence[tuple[uuid.UUID, str]], window: Window) -> Select[Any]:
    """Selects the first points of each curve: its index in ``wanted``, then ``step seq value value_kind``."""
    found = run_metrics.c
    arms = []
    for number, (run_id, name) in enumerate(wanted):
        arm = select(literal(number, Integer()).label("arm"), found.step, found.seq, found.value, found.value_kind)
        arm = arm.where(found.run_id == run_id, found.name == name, found.step.between(window.low, window.high))
        arms.append(select(arm.order_by(found.step, found.seq).limit(FIRST_PAGE).subquery()))
    together = union_all(*arms).subquery()
    return select(together).order_by(together.c.arm, together.c.step, together.c.seq)


def next_page() -> Prepared:
    """Selects the points of one curve after a position, with the columns of ``first_pages``."""
    found = run_metrics.c
    position = tuple_(bindparam("step", type_=Integer()), bindparam("seq", type_=Integer()))
    return Prepared(
        select(found.step, found.seq, found.value, found.value_kind)
        .where(
            found.run_id == bindparam("run", type_=uuid_column()),
            found.name == bindparam("name", type_=code_point_text()),
            tuple_(found.step, found.seq) > position,
            found.step <= bindparam("high", type_=Integer()),
        )
        .order_by(found.step, found.seq)
        .limit(PAGE)
    )


NEXT_PAGE = next_page()


async def read_on(
    database: Database, downsampler: Downsampler, curve: tuple[uuid.UUID, str], window: Window, last: Point
) -> None:
    """Reads the rest of a curve, after the point ``last``, in one short transaction per page."""
    run_id, name = curve
    while True:
        async with database.read() as session:
            page: Sequence[Any] = await NEXT_PAGE.rows(
                session, run=run_id, name=name, step=last[0], seq=last[1], high=window.high
            )
        downsampler.extend(page)
        if len(page) < PAGE:
            return
        last = page[-1]
