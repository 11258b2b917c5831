"""The tables, one file a noun. Importing this package makes ``METADATA`` whole."""

from tunix_rt.db.models.base import METADATA
from tunix_rt.db.models.datasets import dataset_traces, datasets
from tunix_rt.db.models.exports import export_events, exports
from tunix_rt.db.models.idempotency import idempotency_keys
from tunix_rt.db.models.runs import tunix_runs
from tunix_rt.db.models.scores import scores
from tunix_rt.db.models.traces import traces

__all__ = [
    "METADATA",
    "dataset_traces",
    "datasets",
    "export_events",
    "exports",
    "idempotency_keys",
    "scores",
    "traces",
    "tunix_runs",
]
