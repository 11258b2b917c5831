"""The tables, one file a noun. Importing this package completes ``METADATA``."""

from tunix_rt.db.models.base import METADATA, schema_compatibility
from tunix_rt.db.models.contamination import (
    contaminated_pairs,
    contaminations,
    protected_comparisons,
    protected_prompts,
    protected_sets,
)
from tunix_rt.db.models.datasets import dataset_traces, datasets
from tunix_rt.db.models.evaluations import (
    evaluation_candidates,
    evaluation_events,
    evaluation_outcomes,
    evaluation_pairs,
    evaluation_rivals,
    evaluations,
)
from tunix_rt.db.models.exports import export_events, export_tokens, exports
from tunix_rt.db.models.generations import (
    generation_events,
    generation_labels,
    generation_tokens,
    generations,
    trace_origins,
)
from tunix_rt.db.models.jobs import workers
from tunix_rt.db.models.keys import api_keys, audit_events, idempotency_keys
from tunix_rt.db.models.receipts import run_receipts, run_weights
from tunix_rt.db.models.rubrics import rubrics
from tunix_rt.db.models.runs import (
    attempt_tokens,
    run_artifacts,
    run_labels,
    run_logs,
    run_metrics,
    run_states,
    tunix_runs,
)
from tunix_rt.db.models.scores import scores
from tunix_rt.db.models.traces import traces
from tunix_rt.db.models.views import saved_views

__all__ = [
    "METADATA",
    "api_keys",
    "attempt_tokens",
    "audit_events",
    "contaminated_pairs",
    "contaminations",
    "dataset_traces",
    "datasets",
    "evaluation_candidates",
    "evaluation_events",
    "evaluation_outcomes",
    "evaluation_pairs",
    "evaluation_rivals",
    "evaluations",
    "export_events",
    "export_tokens",
    "exports",
    "generation_events",
    "generation_labels",
    "generation_tokens",
    "generations",
    "idempotency_keys",
    "protected_comparisons",
    "protected_prompts",
    "protected_sets",
    "rubrics",
    "run_artifacts",
    "run_labels",
    "run_logs",
    "run_metrics",
    "run_receipts",
    "run_states",
    "run_weights",
    "saved_views",
    "schema_compatibility",
    "scores",
    "trace_origins",
    "traces",
    "tunix_runs",
    "workers",
]
