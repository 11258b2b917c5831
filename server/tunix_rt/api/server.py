"""What the server says of itself: its version and its limits."""

from __future__ import annotations

import enum

import strawberry

from tunix_rt import __version__
from tunix_rt.api.context import Context
from tunix_rt.api.limits import PAGE_DEFAULT, PAGE_MAX
from tunix_rt.api.scalars import BigInt


@strawberry.enum(description="The kinds of database.")
class DatabaseKind(enum.Enum):
    SQLITE = strawberry.enum_value("sqlite", description="An embedded file.")
    POSTGRESQL = strawberry.enum_value("postgresql", description="A PostgreSQL server.")


@strawberry.type(description="The limits that the server sets; more is an error, never silently less.")
class ServerLimits:
    page_default: int = strawberry.field(description="Rows of a page when neither `first` nor `last` is given.")
    page_max: int = strawberry.field(description="Rows of a page at most.")
    trace_max_bytes: BigInt = strawberry.field(description="The largest trace, in bytes of its compact JSON.")
    body_max_bytes: BigInt = strawberry.field(description="The largest request body, in bytes.")
    answer_max_bytes: BigInt = strawberry.field(
        description="The largest answer of one operation, in bytes of its JSON; also the most that is read for it."
    )
    query_max_chars: int = strawberry.field(description="The largest document, in characters.")
    query_max_tokens: int = strawberry.field(description="The largest document, in tokens.")
    query_max_depth: int = strawberry.field(description="The deepest nesting of fields.")
    query_max_aliases: int = strawberry.field(description="The most aliases in a document.")
    query_max_directives: int = strawberry.field(description="The most directives in a document.")
    query_max_cost: int = strawberry.field(
        description="The most objects that one operation may ask for, and that its answer may have."
    )
    timeout_seconds: float = strawberry.field(description="The longest query or mutation, in seconds.")


@strawberry.type(description="The database behind the server.")
class DatabaseInfo:
    kind: DatabaseKind = strawberry.field(description="What kind it is.")


@strawberry.type(description="What this server is.")
class ServerInfo:
    version: str = strawberry.field(description="The server's version.")
    database: DatabaseInfo = strawberry.field(description="The database behind it.")
    limits: ServerLimits = strawberry.field(description="The limits it sets.")


def server_info(context: Context) -> ServerInfo:
    """What the server is."""
    settings = context.settings
    limits = ServerLimits(
        page_default=PAGE_DEFAULT,
        page_max=PAGE_MAX,
        trace_max_bytes=BigInt(settings.trace_max_bytes),
        body_max_bytes=BigInt(settings.body_max_bytes),
        answer_max_bytes=BigInt(settings.answer_max_bytes),
        query_max_chars=settings.max_query_chars,
        query_max_tokens=settings.max_query_tokens,
        query_max_depth=settings.max_query_depth,
        query_max_aliases=settings.max_query_aliases,
        query_max_directives=settings.max_query_directives,
        query_max_cost=settings.max_query_cost,
        timeout_seconds=settings.request_timeout_seconds,
    )
    database = DatabaseInfo(kind=DatabaseKind(context.database.kind))
    return ServerInfo(version=__version__, database=database, limits=limits)
