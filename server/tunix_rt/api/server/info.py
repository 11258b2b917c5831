"""Information about the server: its version and its limits."""

from __future__ import annotations

import enum

import strawberry

from tunix_rt import __version__
from tunix_rt.api.context import Context
from tunix_rt.api.execution.limits.operation import PAGE_DEFAULT, PAGE_MAX, SOCKET_MESSAGE_MAX_BYTES
from tunix_rt.api.scalars import BigInt
from tunix_rt.api.traces.inputs import CREATE_CHARS_MAX, CREATE_MAX, CREATE_STEPS_MAX
from tunix_rt.domain.datasets.recipes import LIMIT_MAX
from tunix_rt.domain.datasets.splitting import PARTS_MAX
from tunix_rt.domain.exports.lifecycle import TRACES_MAX
from tunix_rt.domain.imports.importing import LINE_OVERHEAD
from tunix_rt.domain.imports.tables.columns import COLUMNS_MAX
from tunix_rt.domain.imports.tables.csv_splitting import ROW_OVERHEAD
from tunix_rt.domain.json_bounds import JSON_MAX_VALUES
from tunix_rt.domain.traces.trace import ANSWER_MAX_CHARS, PROMPT_MAX_CHARS, STEP_CONTENT_MAX_CHARS, STEPS_MAX


@strawberry.enum(description="Database system.")
class DatabaseKind(enum.Enum):
    SQLITE = strawberry.enum_value("sqlite", description="SQLite, embedded in the server.")
    POSTGRESQL = strawberry.enum_value("postgresql", description="PostgreSQL.")


@strawberry.type(
    description="Limits of the server. A request that exceeds one is refused; nothing is truncated silently."
)
class ServerLimits:
    page_default: int = strawberry.field(description="Default number of rows of a page.")
    page_max: int = strawberry.field(description="Maximum number of rows of a page.")
    trace_max_bytes: BigInt = strawberry.field(description="Maximum size of a trace, in bytes of compact JSON.")
    trace_max_steps: int = strawberry.field(description="Maximum number of steps of a trace.")
    step_max_characters: int = strawberry.field(description="Maximum length of a step's content, in characters.")
    prompt_max_characters: int = strawberry.field(description="Maximum length of a prompt, in characters.")
    final_answer_max_characters: int = strawberry.field(description="Maximum length of a final answer, in characters.")
    create_max_traces: int = strawberry.field(description="Maximum number of traces per `createTraces`.")
    create_max_steps: int = strawberry.field(
        description="Maximum number of steps per `createTraces`, over all its traces."
    )
    create_max_characters: int = strawberry.field(
        description="Maximum number of characters per `createTraces`, over the prompts, final answers and steps of "
        "all its traces."
    )
    import_max_line_bytes: BigInt = strawberry.field(
        description="Maximum size of a line of an import, in bytes: four times `traceMaxBytes`."
    )
    import_max_row_bytes: BigInt = strawberry.field(
        description="Maximum size of a row of an imported CSV file, in bytes: twice `traceMaxBytes`."
    )
    import_max_columns: int = strawberry.field(description="Maximum number of columns of an imported table.")
    upload_max_bytes: BigInt = strawberry.field(
        description="Maximum size of a Parquet file sent to `POST /v1/traces`, in bytes. NDJSON and CSV are streamed "
        "and have no such limit."
    )
    dataset_max_traces: int = strawberry.field(description="Maximum number of members of a dataset.")
    split_max_parts: int = strawberry.field(description="Maximum number of parts per `splitDataset`.")
    export_max_traces: int = strawberry.field(description="Maximum number of `traceIds` per `startExport`.")
    json_max_values: int = strawberry.field(
        description="Maximum number of values in a JSON document: a request body or a line of an import. Empty lists "
        "and objects count twice."
    )
    body_max_bytes: BigInt = strawberry.field(description="Maximum size of a request body, in bytes.")
    socket_message_max_bytes: BigInt = strawberry.field(
        description="Maximum size of a WebSocket message that a client sends, in bytes. A larger one closes the "
        "WebSocket with code 1009; HTTP takes larger requests."
    )
    response_max_bytes: BigInt = strawberry.field(
        description="Maximum size of a response, in bytes of JSON. Also the maximum amount of data read from the "
        "database for it."
    )
    query_max_characters: int = strawberry.field(description="Maximum length of a GraphQL document, in characters.")
    query_max_tokens: int = strawberry.field(description="Maximum number of tokens of a GraphQL document.")
    query_max_depth: int = strawberry.field(description="Maximum nesting depth of the fields of a GraphQL document.")
    query_max_aliases: int = strawberry.field(description="Maximum number of aliases in a GraphQL document.")
    query_max_directives: int = strawberry.field(description="Maximum number of directives in a GraphQL document.")
    socket_max_operations: int = strawberry.field(
        description="Maximum number of concurrent operations on one WebSocket."
    )
    live_max_operations: int = strawberry.field(
        description="Maximum number of concurrent operations over all WebSockets and server-sent event streams."
    )
    key_points_per_minute: int | None = strawberry.field(
        description="Maximum number of cost points of the operations of one client (an API key, or a user whom a proxy "
        "signed in) per minute; null if there is none. An "
        "operation costs the number of objects that it may request, at least 1."
    )
    key_max_operations: int | None = strawberry.field(
        description="Maximum number of concurrent operations of one client over all WebSockets and server-sent event "
        "streams; null if there is none."
    )
    key_max_jobs: int | None = strawberry.field(
        description="Maximum number of jobs of an API key, or of a user whom a proxy signed in, that are PENDING or "
        "RUNNING; null if there is none."
    )
    query_max_cost: int = strawberry.field(
        description="Maximum number of objects that an operation may request, and that its response may contain."
    )
    timeout_seconds: float = strawberry.field(description="Maximum duration of a query or mutation, in seconds.")


@strawberry.type(description="The database behind the server.")
class DatabaseInfo:
    kind: DatabaseKind = strawberry.field(description="Database system.")


@strawberry.type(description="Version and limits of the server.")
class ServerInfo:
    version: str = strawberry.field(description="Version of the server.")
    database: DatabaseInfo = strawberry.field(description="The database behind the server.")
    limits: ServerLimits = strawberry.field(description="Limits of the server.")


def server_info(context: Context) -> ServerInfo:
    """Returns the server's information."""
    settings = context.settings
    limits = ServerLimits(
        page_default=PAGE_DEFAULT,
        page_max=PAGE_MAX,
        trace_max_bytes=BigInt(settings.trace_max_bytes),
        trace_max_steps=STEPS_MAX,
        step_max_characters=STEP_CONTENT_MAX_CHARS,
        prompt_max_characters=PROMPT_MAX_CHARS,
        final_answer_max_characters=ANSWER_MAX_CHARS,
        create_max_traces=CREATE_MAX,
        create_max_steps=CREATE_STEPS_MAX,
        create_max_characters=CREATE_CHARS_MAX,
        import_max_line_bytes=BigInt(settings.trace_max_bytes * LINE_OVERHEAD),
        import_max_row_bytes=BigInt(settings.trace_max_bytes * ROW_OVERHEAD),
        import_max_columns=COLUMNS_MAX,
        upload_max_bytes=BigInt(settings.upload_max_bytes),
        dataset_max_traces=LIMIT_MAX,
        split_max_parts=PARTS_MAX,
        export_max_traces=TRACES_MAX,
        json_max_values=JSON_MAX_VALUES,
        body_max_bytes=BigInt(settings.body_max_bytes),
        socket_message_max_bytes=BigInt(SOCKET_MESSAGE_MAX_BYTES),
        response_max_bytes=BigInt(settings.response_max_bytes),
        query_max_characters=settings.max_query_chars,
        query_max_tokens=settings.max_query_tokens,
        query_max_depth=settings.max_query_depth,
        query_max_aliases=settings.max_query_aliases,
        query_max_directives=settings.max_query_directives,
        socket_max_operations=settings.max_socket_operations,
        live_max_operations=settings.max_live_operations,
        key_points_per_minute=settings.key_points_per_minute or None,
        key_max_operations=settings.key_max_operations or None,
        key_max_jobs=settings.key_max_jobs or None,
        query_max_cost=settings.max_query_cost,
        timeout_seconds=settings.request_timeout_seconds,
    )
    database = DatabaseInfo(kind=DatabaseKind(context.database.kind))
    return ServerInfo(version=__version__, database=database, limits=limits)
