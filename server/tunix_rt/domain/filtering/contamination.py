"""The filterable fields of contaminations, their pairs and protected sets."""

from __future__ import annotations

from tunix_rt.db.models import contaminated_pairs, contaminations, protected_sets
from tunix_rt.domain.filtering.sql import Filterable

CONTAMINATIONS = Filterable(
    table=contaminations,
    columns={
        "id": contaminations.c.id,
        "train_dataset_id": contaminations.c.train_dataset_id,
        "eval_dataset_id": contaminations.c.eval_dataset_id,
        "checked_at": contaminations.c.checked_at,
    },
)

CONTAMINATED_PAIRS = Filterable(
    table=contaminated_pairs,
    columns={
        "id": contaminated_pairs.c.id,
        "kind": contaminated_pairs.c.kind,
        "overlap": contaminated_pairs.c.overlap,
        "train_trace_id": contaminated_pairs.c.train_trace_id,
        "eval_trace_id": contaminated_pairs.c.eval_trace_id,
    },
)

PROTECTED_SETS = Filterable(
    table=protected_sets,
    columns={
        "id": protected_sets.c.id,
        "name": protected_sets.c.name,
        "prompt_count": protected_sets.c.prompt_count,
        "created_at": protected_sets.c.created_at,
    },
)
