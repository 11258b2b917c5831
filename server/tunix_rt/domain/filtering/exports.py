"""The filterable fields of exports and their events."""

from __future__ import annotations

from tunix_rt.db.models import export_events, exports
from tunix_rt.domain.filtering.sql import Filterable

EXPORTS = Filterable(
    table=exports,
    columns={
        "id": exports.c.id,
        "dataset_id": exports.c.dataset_id,
        "status": exports.c.status,
        "format": exports.c.format,
        "container": exports.c.container,
        "created_at": exports.c.created_at,
        "created_by": exports.c.created_by,
    },
)

EXPORT_EVENTS = Filterable(
    table=export_events,
    columns={"seq": export_events.c.seq, "status": export_events.c.status, "at": export_events.c.at},
)
