"""The filterable fields of evaluations, their events, candidates and pairs."""

from __future__ import annotations

from tunix_rt.db.models import evaluation_candidates, evaluation_events, evaluation_pairs, evaluations
from tunix_rt.domain.filtering.sql import Filterable

EVALUATIONS = Filterable(
    table=evaluations,
    columns={
        "id": evaluations.c.id,
        "name": evaluations.c.name,
        "dataset_id": evaluations.c.dataset_id,
        "dataset_key": evaluations.c.dataset_key,
        "scorer": evaluations.c.scorer,
        "status": evaluations.c.status,
        "created_at": evaluations.c.created_at,
        "created_by": evaluations.c.created_by,
    },
)

EVALUATION_EVENTS = Filterable(
    table=evaluation_events,
    columns={
        "seq": evaluation_events.c.seq,
        "status": evaluation_events.c.status,
        "at": evaluation_events.c.at,
    },
)

EVALUATION_CANDIDATES = Filterable(
    table=evaluation_candidates,
    columns={
        "id": evaluation_candidates.c.id,
        "evaluation_id": evaluation_candidates.c.evaluation_id,
        "name": evaluation_candidates.c.name,
        "kind": evaluation_candidates.c.kind,
        "run_id": evaluation_candidates.c.run_id,
        "mean": evaluation_candidates.c.mean,
    },
)

EVALUATION_PAIRS = Filterable(
    table=evaluation_pairs,
    columns={
        "id": evaluation_pairs.c.id,
        "difference": evaluation_pairs.c.difference,
        "p_value": evaluation_pairs.c.p_value,
        "p_holm": evaluation_pairs.c.p_holm,
    },
)
