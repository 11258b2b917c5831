"""The root fields of audit."""

from __future__ import annotations

import strawberry

from tunix_rt.api.access.scopes import ADMIN
from tunix_rt.api.audit.types import AUDIT_EVENT_LIST, AuditEvent
from tunix_rt.api.lists.fields import root_connection
from tunix_rt.api.relay.connection import Connection


@strawberry.type
class AuditQueries:
    audit_events: Connection[AuditEvent] = root_connection(
        AUDIT_EVENT_LIST,
        ADMIN,
        "The audit log: actions of clients and refusals for lack of a scope, recorded since the server has had API "
        "keys; newest first by default.",
    )
