"""Filters of API keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import strawberry
from strawberry import UNSET

from tunix_rt.api.filtering.operators import DateTimeFilter, IdFilter, StringFilter, Where, op


@strawberry.input(description="Filters API keys. All given conditions must hold; `{}` matches every key.")
class ApiKeyWhere(Where):
    ID_TYPES: ClassVar[Mapping[str, str]] = {"id": "ApiKey"}

    and_: list[ApiKeyWhere] | None = strawberry.field(
        name="and", default=UNSET, description="All of these filters match; an empty list matches everything."
    )
    or_: list[ApiKeyWhere] | None = strawberry.field(
        name="or", default=UNSET, description="At least one of these filters matches; an empty list matches nothing."
    )
    not_: ApiKeyWhere | None = strawberry.field(name="not", default=UNSET, description="This filter does not match.")
    id: IdFilter | None = op("The key's `id` or `uuid`.")
    name: StringFilter | None = op("The key's name.")
    prefix: StringFilter | None = op("First characters of the key's secret.")
    created_at: DateTimeFilter | None = op("Time of creation.")
    expires_at: DateTimeFilter | None = op("Expiry. A key that does not expire has none.")
    revoked_at: DateTimeFilter | None = op("Time of revocation. A key that is not revoked has none.")
    last_used_at: DateTimeFilter | None = op("Last use. A key that was never used has none.")
