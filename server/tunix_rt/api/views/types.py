"""Saved views in GraphQL: the type and its orders."""

from __future__ import annotations

import enum
from datetime import datetime

import strawberry

from tunix_rt.api.filtering.views import SavedViewWhere
from tunix_rt.api.lists.listing import Listing
from tunix_rt.api.lists.orders import OrderDirection
from tunix_rt.api.lists.shape import Shape, as_enum, node_sources
from tunix_rt.api.relay.node import Node
from tunix_rt.db.models import saved_views
from tunix_rt.db.models.views import ViewPage
from tunix_rt.db.paging import Term
from tunix_rt.domain.filtering.views import SAVED_VIEWS


@strawberry.type(
    description="A named state of a page of the web client: filters, order, columns and selection, as the query string "
    "of its URL. Immutable: delete it and create it again to change it."
)
class SavedView(Node):
    page: ViewPage = strawberry.field(description="Page of the view.")
    name: str = strawberry.field(description="Name of the view, unique among those of its page.")
    search: str = strawberry.field(description="Query string of the page's URL, as given.")
    created_at: datetime = strawberry.field(description="When the view was saved.")


SAVED_VIEW_SHAPE = Shape(
    make=SavedView,
    table=saved_views,
    sources=node_sources("SavedView", saved_views.c.id)
    | {
        "page": as_enum(saved_views.c.page, ViewPage),
        "name": saved_views.c.name,
        "search": saved_views.c.search,
        "createdAt": saved_views.c.created_at,
    },
)


@strawberry.enum(description="Fields that saved views can be sorted by.")
class SavedViewOrderField(enum.Enum):
    NAME = strawberry.enum_value("name", description="Name of the view.")
    PAGE = strawberry.enum_value("page", description="Name of the page, alphabetically.")
    CREATED_AT = strawberry.enum_value("created_at", description="Time of creation.")
    ID = strawberry.enum_value("id", description="Id, in chronological order of creation.")


@strawberry.input(description="A term of the sort order of saved views.")
class SavedViewOrder:
    field: SavedViewOrderField = strawberry.field(description="Field to sort by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="Sort direction.")


SAVED_VIEW_LIST = Listing(
    name="SavedView",
    shape=SAVED_VIEW_SHAPE,
    identity=saved_views.c.id,
    filterable=SAVED_VIEWS,
    where=SavedViewWhere,
    order=SavedViewOrder,
    default=(Term(saved_views.c.name, descending=False),),
)
