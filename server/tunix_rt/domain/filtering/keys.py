"""The filterable fields of API keys and of audit events."""

from __future__ import annotations

from tunix_rt.db.models import api_keys, audit_events
from tunix_rt.domain.filtering.sql import Filterable

API_KEYS = Filterable(
    table=api_keys,
    columns={
        "id": api_keys.c.id,
        "name": api_keys.c.name,
        "prefix": api_keys.c.prefix,
        "created_at": api_keys.c.created_at,
        "expires_at": api_keys.c.expires_at,
        "revoked_at": api_keys.c.revoked_at,
        "last_used_at": api_keys.c.last_used_at,
    },
)

AUDIT_EVENTS = Filterable(
    table=audit_events,
    columns={
        name: audit_events.c[name]
        for name in ("id", "at", "key_name", "address", "action", "outcome", "object_type", "object_uuid", "request_id")
    },
)
