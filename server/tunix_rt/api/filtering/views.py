"""Filters of saved views."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import strawberry
from strawberry import UNSET

from tunix_rt.api.filtering.operators import DateTimeFilter, EnumFilter, IdFilter, StringFilter, Where, op
from tunix_rt.db.models.views import ViewPage


@strawberry.input(description="Conditions on the page of a saved view.")
class SavedViewPageFilter(EnumFilter[ViewPage]):
    pass


@strawberry.input(description="Filters saved views. All given conditions must hold; `{}` matches every view.")
class SavedViewWhere(Where):
    ID_TYPES: ClassVar[Mapping[str, str]] = {"id": "SavedView"}

    and_: list[SavedViewWhere] | None = strawberry.field(
        name="and", default=UNSET, description="All of these filters match; an empty list matches everything."
    )
    or_: list[SavedViewWhere] | None = strawberry.field(
        name="or", default=UNSET, description="At least one of these filters matches; an empty list matches nothing."
    )
    not_: SavedViewWhere | None = strawberry.field(name="not", default=UNSET, description="This filter does not match.")
    id: IdFilter | None = op("The view's `id` or `uuid`.")
    page: SavedViewPageFilter | None = op("Page of the view.")
    name: StringFilter | None = op("Name of the view.")
    created_at: DateTimeFilter | None = op("Time of creation.")
