"""Names of the objects that audit events are about, as far as these still exist."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, func, select

from tunix_rt.db.membership import among
from tunix_rt.db.models import (
    api_keys,
    datasets,
    evaluations,
    exports,
    generations,
    protected_sets,
    rubrics,
    saved_views,
    scores,
    traces,
    tunix_runs,
)
from tunix_rt.db.session import Session

NAMES: Mapping[str, tuple[ColumnElement[Any], ColumnElement[str]]] = {
    "ApiKey": (api_keys.c.id, api_keys.c.name),
    "Dataset": (datasets.c.id, datasets.c.key),
    "Evaluation": (evaluations.c.id, evaluations.c.name),
    "Export": (exports.c.id, exports.c.format),
    "Generation": (generations.c.id, generations.c.model_id),
    "ProtectedSet": (protected_sets.c.id, protected_sets.c.name),
    "Rubric": (rubrics.c.id, rubrics.c.name),
    "Run": (tunix_runs.c.id, func.coalesce(tunix_runs.c.output_name, tunix_runs.c.model_id)),
    "SavedView": (saved_views.c.id, saved_views.c.name),
    "Score": (scores.c.id, scores.c.scorer),
    "Trace": (traces.c.id, traces.c.prompt_preview),
}
"""For each type, its id and the name by which people know an object."""


async def object_names(session: Session, objects: Iterable[tuple[str, uuid.UUID]]) -> dict[tuple[str, uuid.UUID], str]:
    """Returns the names of those objects, given by type and id, that exist; one statement for each type."""
    ids: dict[str, list[uuid.UUID]] = defaultdict(list)
    for kind, object_id in dict.fromkeys(objects):
        if kind in NAMES:
            ids[kind].append(object_id)
    found: dict[tuple[str, uuid.UUID], str] = {}
    for kind, some in ids.items():
        identity, name = NAMES[kind]
        rows = await session.execute(select(identity, name).where(among(identity, some, session.dialect.name)))
        found |= {(kind, row[0]): row[1] for row in rows}
    return found
