"""The filterable fields of scores."""

from __future__ import annotations

from sqlalchemy import exists, not_, tuple_

from tunix_rt.db.models import scores
from tunix_rt.domain.filtering.sql import Condition, Filterable


def latest(wanted: bool) -> Condition:
    """Returns the condition for the latest scores of each trace, step and scorer, or else for the superseded ones."""
    newer = scores.alias("newer")
    superseded = exists().where(
        newer.c.trace_id == scores.c.trace_id,
        newer.c.scorer == scores.c.scorer,
        newer.c.step_index.is_not_distinct_from(scores.c.step_index),
        tuple_(newer.c.scored_at, newer.c.id) > tuple_(scores.c.scored_at, scores.c.id),
    )
    return not_(superseded) if wanted else superseded


SCORES = Filterable(
    table=scores,
    columns={
        "id": scores.c.id,
        "trace_id": scores.c.trace_id,
        "step_index": scores.c.step_index,
        "scorer": scores.c.scorer,
        "scorer_version": scores.c.scorer_version,
        "kind": scores.c.kind,
        "score": scores.c.score,
        "rationale": scores.c.rationale,
        "scored_at": scores.c.scored_at,
        "created_by": scores.c.created_by,
        "run_id": scores.c.run_id,
    },
    computed={"latest": latest},
)
