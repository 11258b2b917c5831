"""The filterable fields of saved views."""

from __future__ import annotations

from tunix_rt.db.models import saved_views
from tunix_rt.domain.filtering.sql import Filterable

SAVED_VIEWS = Filterable(
    table=saved_views,
    columns={
        "id": saved_views.c.id,
        "page": saved_views.c.page,
        "name": saved_views.c.name,
        "created_at": saved_views.c.created_at,
    },
)
