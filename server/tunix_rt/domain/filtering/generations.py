"""The filterable fields of generations and their events."""

from __future__ import annotations

from tunix_rt.db.models import generation_events, generations
from tunix_rt.domain.filtering.sql import Filterable

GENERATIONS = Filterable(
    table=generations,
    columns={
        name: generations.c[name]
        for name in (
            *("id", "model_id", "run_id", "checkpoint_step", "dataset_id", "status", "prompt_count", "answer_count"),
            *("malformed_count", "token_count", "created_at", "started_at", "completed_at"),
        )
    },
)

GENERATION_EVENTS = Filterable(
    table=generation_events,
    columns={name: generation_events.c[name] for name in ("seq", "status", "at")},
)
