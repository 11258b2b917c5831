"""The filterable fields of datasets."""

from __future__ import annotations

from tunix_rt.db.models import datasets
from tunix_rt.domain.filtering.sql import Filterable

DATASETS = Filterable(
    table=datasets,
    columns={
        "id": datasets.c.id,
        "key": datasets.c.key,
        "name": datasets.c.name,
        "version": datasets.c.version,
        "trace_count": datasets.c.trace_count,
        "sha256": datasets.c.sha256,
        "session_id": datasets.c.session_id,
        "training_run_id": datasets.c.training_run_id,
        "parent_dataset_id": datasets.c.parent_dataset_id,
        "created_at": datasets.c.created_at,
        "created_by": datasets.c.created_by,
        "status": datasets.c.status,
    },
)
