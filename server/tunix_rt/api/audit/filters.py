"""Filters of audit events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import strawberry
from strawberry import UNSET

from tunix_rt.api.filtering.operators import DateTimeFilter, EnumFilter, IdFilter, StringFilter, Where, op
from tunix_rt.db.models.keys import AuditOutcome


@strawberry.input(description="Conditions on the outcome of an action.")
class AuditOutcomeFilter(EnumFilter[AuditOutcome]):
    pass


@strawberry.input(description="Filters audit events. All given conditions must hold; `{}` matches every event.")
class AuditEventWhere(Where):
    ID_TYPES: ClassVar[Mapping[str, str]] = {"id": "AuditEvent"}

    and_: list[AuditEventWhere] | None = strawberry.field(
        name="and", default=UNSET, description="All of these filters match; an empty list matches everything."
    )
    or_: list[AuditEventWhere] | None = strawberry.field(
        name="or", default=UNSET, description="At least one of these filters matches; an empty list matches nothing."
    )
    not_: AuditEventWhere | None = strawberry.field(
        name="not", default=UNSET, description="This filter does not match."
    )
    id: IdFilter | None = op("The event's `id` or `uuid`.")
    at: DateTimeFilter | None = op("Time of the action.")
    key_name: StringFilter | None = op(
        "Name of the client's API key, or `user:` and the name of a user; `isNull: true` for others."
    )
    address: StringFilter | None = op("Network address of the client.")
    action: StringFilter | None = op("Name of the mutation, or method and path of a route.")
    outcome: AuditOutcomeFilter | None = op("Outcome of the action.")
    object_type: StringFilter | None = op("Type of the objects, such as `Dataset`.")
    object_uuid: StringFilter | None = op("UUID of the object, in lower case with hyphens.")
    request_id: StringFilter | None = op("Id of the request.")
