"""The latest scores of exported traces and the raw texts of malformed ones, read for a page of traces at once."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, bindparam, select

from tunix_rt.db.columns import code_point_text
from tunix_rt.db.membership import among_parameter, id_list
from tunix_rt.db.models import scores, trace_origins, traces
from tunix_rt.db.session import Database
from tunix_rt.domain.exports.formats.base import lacks_answer
from tunix_rt.domain.exports.scored_formats import TraceScore, TraceWithScores
from tunix_rt.domain.exports.sources import TracePage
from tunix_rt.domain.filtering.scores import latest


async def with_scores(database: Database, page: TracePage, wait_limit: float = 0.0) -> list[TraceWithScores]:
    """Returns a page's traces with their latest scores, sorted by step and scorer, those of the whole trace first.

    Args:
        wait_limit: the seconds to retry while the database is unavailable.
    """
    ids = list({trace.id: uuid.UUID(trace.id) for trace in page.traces}.values())
    if not ids:
        return []
    found = await database.retrying(wait_limit)(read_scores, database, ids)
    texts = await database.retrying(wait_limit)(read_raw_texts, database, ids)
    return [TraceWithScores(trace, found.get(trace.id, ()), texts.get(trace.id)) for trace in page.traces]


async def read_scores(database: Database, ids: Sequence[uuid.UUID]) -> dict[str, list[TraceScore]]:
    """Returns the latest scores of each trace that has some."""
    found: dict[str, list[TraceScore]] = {}
    async with database.bulk_read() as session:
        for row in await session.execute(scores_query(database.kind), {"ids": ids}):
            found.setdefault(str(row.trace_id), []).append(TraceScore(row.scorer, row.step_index, row.score))
    for given in found.values():
        given.sort(key=lambda score: (-1 if score.step_index is None else score.step_index, score.scorer))
    return found


@cache
def scores_query(kind: str) -> Any:
    """Returns the query of the latest scores of some traces."""
    columns = (scores.c.trace_id, scores.c.scorer, scores.c.step_index, scores.c.score)
    return select(*columns).where(among_parameter(scores.c.trace_id, id_list("ids"), kind), latest(True))


async def texts_without_answer(database: Database, page: TracePage, wait_limit: float = 0.0) -> dict[str, str]:
    """Returns what the model wrote of a page's traces without a final answer; pages without such are not looked up.

    Args:
        wait_limit: the seconds to retry while the database is unavailable.
    """
    ids = [uuid.UUID(identity) for identity in {trace.id for trace in page.traces if lacks_answer(trace.payload)}]
    return await database.retrying(wait_limit)(read_raw_texts, database, ids) if ids else {}


async def read_raw_texts(database: Database, ids: Sequence[uuid.UUID]) -> dict[str, str]:
    """Returns the raw text of the traces whose answers do not follow their template."""
    async with database.bulk_read() as session:
        rows = await session.execute(raw_texts_query(database.kind), {"ids": ids})
        return {str(row.trace_id): row.raw_text for row in rows}


@cache
def raw_texts_query(kind: str) -> Any:
    """Returns the query of the raw texts of some traces that are malformed."""
    chosen = among_parameter(trace_origins.c.trace_id, id_list("ids"), kind)
    return select(trace_origins.c.trace_id, trace_origins.c.raw_text).where(chosen, trace_origins.c.malformed)


def latest_score() -> ColumnElement[float | None]:
    """Returns the latest score of a whole trace by the scorer of the parameter ``scorer``."""
    own = (scores.c.trace_id == traces.c.id, scores.c.step_index.is_(None))
    query = select(scores.c.score).where(*own, scores.c.scorer == bindparam("scorer", type_=code_point_text()))
    return query.order_by(scores.c.scored_at.desc(), scores.c.id.desc()).limit(1).scalar_subquery()
