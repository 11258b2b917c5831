"""What the server says of itself: its version and its limits."""

from __future__ import annotations

import enum

import strawberry

from tunix_rt import __version__
from tunix_rt.api.context import Context
from tunix_rt.api.execution.limits import PAGE_DEFAULT, PAGE_MAX
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


@strawberry.enum(description="The kinds of database.")
class DatabaseKind(enum.Enum):
    SQLITE = strawberry.enum_value("sqlite", description="An embedded file.")
    POSTGRESQL = strawberry.enum_value("postgresql", description="A PostgreSQL server.")


@strawberry.type(description="The limits that the server sets; more is an error, never silently less.")
class ServerLimits:
    page_default: int = strawberry.field(description="Rows of a page when neither `first` nor `last` is given.")
    page_max: int = strawberry.field(description="Rows of a page at most.")
    trace_max_bytes: BigInt = strawberry.field(description="The largest trace, in bytes of its compact JSON.")
    trace_max_steps: int = strawberry.field(description="The most steps of one trace.")
    step_max_characters: int = strawberry.field(description="The longest content of one step.")
    prompt_max_characters: int = strawberry.field(description="The longest prompt.")
    final_answer_max_characters: int = strawberry.field(description="The longest final answer.")
    create_max_traces: int = strawberry.field(description="The most traces in one `createTraces`.")
    create_max_steps: int = strawberry.field(description="The most steps in one `createTraces`, of all its traces.")
    create_max_characters: int = strawberry.field(
        description="The most characters in one `createTraces`: prompts, answers and contents of steps."
    )
    import_max_line_bytes: BigInt = strawberry.field(
        description="The longest line of an import, in bytes: four times `traceMaxBytes`."
    )
    import_max_row_bytes: BigInt = strawberry.field(
        description="The longest row of a CSV that is imported, in bytes: twice `traceMaxBytes`."
    )
    import_max_columns: int = strawberry.field(description="The most columns of a table that is imported.")
    upload_max_bytes: BigInt = strawberry.field(
        description="The largest Parquet file by `POST /v1/traces`, in bytes; lines and CSV have no such limit."
    )
    dataset_max_traces: int = strawberry.field(description="The most traces of one dataset.")
    split_max_parts: int = strawberry.field(description="The most parts that a dataset is split into at once.")
    export_max_traces: int = strawberry.field(description="The most ids of traces in one `startExport`.")
    json_max_values: int = strawberry.field(
        description="The most values in one JSON text, a body's or a line's; an empty list or object counts twice."
    )
    body_max_bytes: BigInt = strawberry.field(description="The largest request body, in bytes.")
    answer_max_bytes: BigInt = strawberry.field(
        description="The largest answer of one operation, in bytes of its JSON; also the most that is read for it."
    )
    query_max_chars: int = strawberry.field(description="The largest document, in characters.")
    query_max_tokens: int = strawberry.field(description="The largest document, in tokens.")
    query_max_depth: int = strawberry.field(description="The deepest nesting of fields.")
    query_max_aliases: int = strawberry.field(description="The most aliases in a document.")
    query_max_directives: int = strawberry.field(description="The most directives in a document.")
    socket_max_operations: int = strawberry.field(description="The most operations that one WebSocket runs at once.")
    live_max_operations: int = strawberry.field(
        description="The most operations that run at once over all WebSockets and server-sent events."
    )
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
        answer_max_bytes=BigInt(settings.answer_max_bytes),
        query_max_chars=settings.max_query_chars,
        query_max_tokens=settings.max_query_tokens,
        query_max_depth=settings.max_query_depth,
        query_max_aliases=settings.max_query_aliases,
        query_max_directives=settings.max_query_directives,
        socket_max_operations=settings.max_socket_operations,
        live_max_operations=settings.max_live_operations,
        query_max_cost=settings.max_query_cost,
        timeout_seconds=settings.request_timeout_seconds,
    )
    database = DatabaseInfo(kind=DatabaseKind(context.database.kind))
    return ServerInfo(version=__version__, database=database, limits=limits)
