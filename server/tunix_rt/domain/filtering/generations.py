"""The filterable fields of generations, their events, and the origins of traces."""

from __future__ import annotations

from tunix_rt.db.models import generation_events, generations, trace_origins, traces
from tunix_rt.domain.filtering.sql import Filterable

GENERATIONS = Filterable(
    table=generations,
    columns={
        name: generations.c[name]
        for name in (
            *("id", "model_id", "run_id", "checkpoint_step", "dataset_id", "status", "prompt_count", "answer_count"),
            *("malformed_count", "token_count", "created_at", "created_by", "started_at", "completed_at"),
        )
    },
)

GENERATION_EVENTS = Filterable(
    table=generation_events,
    columns={name: generation_events.c[name] for name in ("seq", "status", "at")},
)

OF_TRACE = trace_origins.c.trace_id == traces.c.id
"""The condition that joins a trace to its origin."""

ORIGINS = Filterable(
    table=trace_origins,
    columns={
        "generation_id": trace_origins.c.generation_id,
        "run_id": trace_origins.c.run_id,
        "model_id": trace_origins.c.model_id,
        "checkpoint_step": trace_origins.c.checkpoint_step,
        "policy_version": trace_origins.c.policy_version,
        "prompt_position": trace_origins.c.prompt_position,
        "sample_index": trace_origins.c.sample_index,
        "temperature": trace_origins.c.temperature,
        "top_p": trace_origins.c.top_p,
        "max_new_tokens": trace_origins.c.max_new_tokens,
        "seed": trace_origins.c.seed,
        "template": trace_origins.c.template,
        "finish_reason": trace_origins.c.finish_reason,
        "token_count": trace_origins.c.token_count,
        "mean_log_probability": trace_origins.c.mean_log_probability,
        "malformed": trace_origins.c.malformed,
    },
)
