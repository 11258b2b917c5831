"""Audit events in GraphQL: the type and its orders."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import strawberry

from tunix_rt.api.access.scopes import ADMIN
from tunix_rt.api.audit.filters import AuditEventWhere
from tunix_rt.api.execution.columns import attribute_of
from tunix_rt.api.execution.fetching import Call
from tunix_rt.api.lists.fields import batched_field
from tunix_rt.api.lists.listing import Listing
from tunix_rt.api.lists.orders import OrderDirection
from tunix_rt.api.lists.shape import FieldSource, Shape, as_enum, as_value, node_sources
from tunix_rt.api.relay.node import Node
from tunix_rt.db.models import audit_events
from tunix_rt.db.models.keys import AuditOutcome
from tunix_rt.db.paging import Term
from tunix_rt.domain.audit.names import object_names
from tunix_rt.domain.filtering.keys import AUDIT_EVENTS


async def names_of_objects(events: Sequence[Any], call: Call) -> list[str | None]:
    """Returns the name of each event's object."""
    keys = attribute_of(events, "object_key")
    async with call.context.database.read() as session:
        names = await object_names(session, [key for key in keys if key is not None])
    return [names.get(key) for key in keys]


def object_keys(types: Sequence[str | None], ids: Sequence[str | None]) -> dict[str, list[Any]]:
    """Returns the type and the id of each event's object; None unless there is exactly one."""
    pairs = zip(types, ids, strict=True)
    return {"object_key": [None if not kind or not text else (kind, uuid.UUID(text)) for kind, text in pairs]}


@strawberry.type(
    description="An action of a client on a server that has API keys, or one that was refused because the client's key "
    "lacks a scope. Stored in the transaction of the action, and never changed; deleted only after the retention "
    "time, if there is one.",
    directives=[ADMIN],
)
class AuditEvent(Node):
    object_key: strawberry.Private[tuple[str, uuid.UUID] | None]
    at: datetime = strawberry.field(description="When the action took place.")
    key_name: str | None = strawberry.field(
        description="Name of the client's API key, or `user:` and the name of a user whom a proxy signed in. Null for "
        "a command on the local database, for a request that needs no key, and for a download, whose URL "
        "is signed instead."
    )
    address: str | None = strawberry.field(
        description="Network address of the client, or of the proxy in front of the server. Null for a command."
    )
    action: str = strawberry.field(
        description="Name of the mutation, or method and path of a route. If it was refused, names of all root fields."
    )
    outcome: AuditOutcome = strawberry.field(description="Whether the action was carried out or refused.")
    object_type: str | None = strawberry.field(
        description="Type of the objects that were created, changed or deleted. Null if there are none, or if they are "
        "not known yet when the event is stored, as for an import."
    )
    object_uuid: uuid.UUID | None = strawberry.field(
        description="UUID of the object, which may be deleted; null unless there was exactly one."
    )
    object_name = batched_field(
        names_of_objects,
        str | None,
        "Name of the object now: the key of a dataset, the format of an export, the model of a generation or of a run "
        "without an output name, the scorer of a score, the beginning of the prompt of a trace. Null if the object "
        "does not exist, or if there was not exactly one.",
    )
    object_count: int | None = strawberry.field(description="Number of the objects; null if `objectType` is null.")
    request_id: str | None = strawberry.field(
        description="Id of the request, which is also in the server's log; null for a command."
    )


@strawberry.enum(description="Fields that audit events can be sorted by.")
class AuditEventOrderField(enum.Enum):
    AT = strawberry.enum_value("at", description="Time of the action.")
    KEY_NAME = strawberry.enum_value("key_name", description="Name of the client's key.")
    ACTION = strawberry.enum_value("action", description="Name of the action.")
    ID = strawberry.enum_value("id", description="Id, in the order in which the objects were stored.")


@strawberry.input(description="A term of the sort order of audit events.")
class AuditEventOrder:
    field: AuditEventOrderField = strawberry.field(description="Field to sort by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="Sort direction.")


AUDIT_EVENT_LIST = Listing(
    name="AuditEvent",
    shape=Shape(
        make=AuditEvent,
        table=audit_events,
        sources=node_sources("AuditEvent", audit_events.c.id)
        | {
            "at": audit_events.c.at,
            "keyName": audit_events.c.key_name,
            "address": audit_events.c.address,
            "action": audit_events.c.action,
            "outcome": as_enum(audit_events.c.outcome, AuditOutcome),
            "objectType": audit_events.c.object_type,
            "objectUuid": as_value(audit_events.c.object_uuid, lambda text: uuid.UUID(text) if text else None),
            "objectName": FieldSource([audit_events.c.object_type, audit_events.c.object_uuid], object_keys),
            "objectCount": audit_events.c.object_count,
            "requestId": audit_events.c.request_id,
        },
    ),
    identity=audit_events.c.id,
    filterable=AUDIT_EVENTS,
    where=AuditEventWhere,
    order=AuditEventOrder,
    default=(Term(audit_events.c.at, descending=True),),
)
