"""The filterable fields of rubrics."""

from __future__ import annotations

from tunix_rt.db.models import rubrics
from tunix_rt.domain.filtering.sql import Filterable

RUBRICS = Filterable(
    table=rubrics,
    columns={"id": rubrics.c.id, "name": rubrics.c.name, "created_at": rubrics.c.created_at},
)
