"""API keys in GraphQL: the type and its orders."""

from __future__ import annotations

import enum
from datetime import datetime

import strawberry

from tunix_rt.api.access.scopes import ADMIN
from tunix_rt.api.keys.filters import ApiKeyWhere
from tunix_rt.api.lists.listing import Listing
from tunix_rt.api.lists.orders import OrderDirection
from tunix_rt.api.lists.shape import Shape, as_value, node_sources
from tunix_rt.api.relay.node import Node
from tunix_rt.db.models import api_keys
from tunix_rt.db.paging import Term
from tunix_rt.domain.filtering.keys import API_KEYS
from tunix_rt.domain.keys.scopes import KeyScope, scopes_of


@strawberry.type(
    description="A key that gives access to the API. Its secret is shown once, when the key is created or rotated; the "
    "server stores the secret's SHA-256 only. Keys are never deleted, so that their names stay unique.",
    directives=[ADMIN],
)
class ApiKey(Node):
    name: str = strawberry.field(description="Unique name of the key.")
    prefix: str = strawberry.field(description="First characters of the secret, to recognise it by. They are public.")
    scopes: list[KeyScope] = strawberry.field(description="Granted scopes, without those that they include.")
    created_at: datetime = strawberry.field(description="When the key was created.")
    rotated_at: datetime | None = strawberry.field(
        description="When the secret was last replaced; null if it never was."
    )
    expires_at: datetime | None = strawberry.field(description="When the key expires; null if it does not.")
    revoked_at: datetime | None = strawberry.field(description="When the key was revoked; null if it is not.")
    last_used_at: datetime | None = strawberry.field(
        description="When the key was last used, to the minute; null if it never was."
    )


API_KEY_SHAPE = Shape(
    make=ApiKey,
    table=api_keys,
    sources=node_sources("ApiKey", api_keys.c.id)
    | {
        "name": api_keys.c.name,
        "prefix": api_keys.c.prefix,
        "scopes": as_value(api_keys.c.scopes, lambda text: list(scopes_of(text))),
        "createdAt": api_keys.c.created_at,
        "rotatedAt": api_keys.c.rotated_at,
        "expiresAt": api_keys.c.expires_at,
        "revokedAt": api_keys.c.revoked_at,
        "lastUsedAt": api_keys.c.last_used_at,
    },
)


@strawberry.enum(description="Fields that API keys can be sorted by.")
class ApiKeyOrderField(enum.Enum):
    NAME = strawberry.enum_value("name", description="Name of the key.")
    CREATED_AT = strawberry.enum_value("created_at", description="Time of creation.")
    EXPIRES_AT = strawberry.enum_value("expires_at", description="Expiry.")
    LAST_USED_AT = strawberry.enum_value("last_used_at", description="Last use.")
    ID = strawberry.enum_value("id", description="Id, in chronological order of creation.")


@strawberry.input(description="A term of the sort order of API keys.")
class ApiKeyOrder:
    field: ApiKeyOrderField = strawberry.field(description="Field to sort by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="Sort direction.")


API_KEY_LIST = Listing(
    name="ApiKey",
    shape=API_KEY_SHAPE,
    identity=api_keys.c.id,
    filterable=API_KEYS,
    where=ApiKeyWhere,
    order=ApiKeyOrder,
    default=(Term(api_keys.c.name, descending=False),),
)
