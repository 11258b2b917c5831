"""The root type of subscriptions. Each can resume from a stored position, so no event is lost with a connection."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry
from strawberry import UNSET

from tunix_rt.api.access.scopes import READ
from tunix_rt.api.context import Context
from tunix_rt.api.evaluations.events import EVENT_SHAPE as EVALUATION_EVENT_SHAPE
from tunix_rt.api.evaluations.events import EvaluationEvent
from tunix_rt.api.execution.selection import current_selection
from tunix_rt.api.exports.types import EVENT_SHAPE, ExportEvent
from tunix_rt.api.filtering.traces import TraceWhere
from tunix_rt.api.generations.events import EVENT_SHAPE as GENERATION_EVENT_SHAPE
from tunix_rt.api.generations.events import GenerationEvent
from tunix_rt.api.inputs import given_or_none
from tunix_rt.api.jobs import JobFollower
from tunix_rt.api.live.new_traces import BATCH, BATCH_BYTES
from tunix_rt.api.live.trace_memory import LiveTrace, size_in_memory
from tunix_rt.api.naming import row_id, ways_to_name
from tunix_rt.api.runs.events import RunEvent
from tunix_rt.api.runs.subscriptions import SeqArgument, run_changed, run_events
from tunix_rt.api.runs.types import Run
from tunix_rt.api.traces.types import TRACE_LIST, TRACE_SHAPE, Trace
from tunix_rt.db.models import evaluations, exports, generations
from tunix_rt.db.session import Session
from tunix_rt.domain.evaluations.lifecycle import EVALUATION_HISTORY
from tunix_rt.domain.exports.lifecycle import EXPORT_HISTORY
from tunix_rt.domain.generations.lifecycle import GENERATION_HISTORY
from tunix_rt.domain.global_ids import uuid_of
from tunix_rt.domain.traces.storage import seq_of, traces_after
from tunix_rt.errors import NotFound

Info = strawberry.Info[Context, None]
WhereArgument = Annotated[TraceWhere | None, strawberry.argument(description="Filter on new traces.")]
AfterArgument = Annotated[
    strawberry.ID | None,
    strawberry.argument(
        description="The last trace received. Traces stored after it are delivered first, without duplicates. If "
        "omitted, only new traces are delivered."
    ),
]

ExportArgument = Annotated[strawberry.ID, strawberry.argument(description="The export: its `id` or `uuid`.")]
GenerationArgument = Annotated[strawberry.ID, strawberry.argument(description="The generation: its `id` or `uuid`.")]
EvaluationArgument = Annotated[
    strawberry.ID, strawberry.argument(description=f"The evaluation: {ways_to_name('Evaluation')}.")
]


@strawberry.type(description="Live updates over WebSocket (graphql-transport-ws) or server-sent events.")
class Subscription:
    @strawberry.subscription(
        directives=[READ],
        description="Delivers each trace as it is stored, by any process, in the order of commits. A client that reads "
        "slowly misses none: the server keeps a limited number of bytes for all subscriptions, and reads older traces "
        "again.",
    )
    async def trace_created(
        self, info: Info, where: WhereArgument = UNSET, after: AfterArgument = UNSET
    ) -> AsyncGenerator[Trace, None]:
        context, names = info.context, frozenset(current_selection(info))
        predicate = TRACE_LIST.predicate_of(where)
        conditions = TRACE_LIST.conditions(where, context.database.kind)
        columns = TRACE_SHAPE.columns(names)

        async def read(session: Session, seq: int) -> tuple[list[LiveTrace], bool]:
            rows, more = await traces_after(session, seq, columns, conditions, limit=BATCH, max_bytes=BATCH_BYTES)
            found = zip(rows, TRACE_SHAPE.objects(rows, names), strict=True)
            return [LiveTrace(row.seq, trace, size_in_memory(row)) for row, trace in found], more

        seq = await starting_seq(context, given_or_none(after))
        key = (predicate, names)
        async with aclosing(context.services.new_traces.follow(key, read, seq)) as found:
            async for trace in found:
                yield trace

    @strawberry.subscription(
        directives=[READ],
        description="Delivers the events of an export, past and future, in order and without duplicates, in lists of "
        "1 to 1,000. Completes when the export has finished.",
    )
    async def export_events(
        self, info: Info, id: ExportArgument, after: SeqArgument = 0
    ) -> AsyncGenerator[list[ExportEvent], None]:
        context, names = info.context, frozenset(current_selection(info))
        follower = JobFollower(exports, EXPORT_HISTORY.after, context.services.export_events)
        async with aclosing(follower.objects(context, uuid_of(id, "Export"), after, EVENT_SHAPE, names)) as batches:
            async for batch in batches:
                yield batch

    @strawberry.subscription(
        directives=[READ],
        description="Delivers the events of an evaluation, past and future, in order and without duplicates, in lists "
        "of 1 to 1,000. Completes when the evaluation has finished.",
    )
    async def evaluation_events(
        self, info: Info, id: EvaluationArgument, after: SeqArgument = 0
    ) -> AsyncGenerator[list[EvaluationEvent], None]:
        context, names = info.context, frozenset(current_selection(info))
        identity = await row_id(context, id, "Evaluation")
        follower = JobFollower(evaluations, EVALUATION_HISTORY.after, context.services.evaluation_events)
        async with aclosing(follower.objects(context, identity, after, EVALUATION_EVENT_SHAPE, names)) as batches:
            async for batch in batches:
                yield batch

    @strawberry.subscription(
        directives=[READ],
        description="Delivers the events of a generation, past and future, in order and without duplicates, in lists "
        "of 1 to 1,000. Completes when the generation has finished.",
    )
    async def generation_events(
        self, info: Info, id: GenerationArgument, after: SeqArgument = 0
    ) -> AsyncGenerator[list[GenerationEvent], None]:
        context, names = info.context, frozenset(current_selection(info))
        identity = uuid_of(id, "Generation")
        follower = JobFollower(generations, GENERATION_HISTORY.after, context.services.generation_events)
        async with aclosing(follower.objects(context, identity, after, GENERATION_EVENT_SHAPE, names)) as batches:
            async for batch in batches:
                yield batch

    run_events: AsyncGenerator[list[RunEvent], None] = strawberry.subscription(
        directives=[READ],
        resolver=run_events,
        description="Delivers the events of a run, past and future, in order and without duplicates, in lists of 1 to "
        "1,000. Completes when the run has finished.",
    )
    run_changed: AsyncGenerator[Run, None] = strawberry.subscription(
        directives=[READ],
        resolver=run_changed,
        description="Delivers each run when it is created, changes or finishes. Starts with all unfinished runs and "
        "those created or finished in the last minute, so a client that reconnects within a minute misses nothing. "
        "Deletions, and changes of tags and notes, are not delivered.",
    )


async def starting_seq(context: Context, after: str | None) -> int:
    """Returns the ``seq``, a position in the order of commits, after which a subscription starts.

    Raises:
        NotFound: the trace named by ``after`` does not exist, or was deleted.
    """
    if after is None:
        return await context.services.new_traces.newest_place()
    async with context.database.read() as session:
        seq = await seq_of(session, uuid_of(after, "Trace", ("after",)))
    if seq is None:
        raise NotFound("The trace named by after does not exist; subscribe without it.", ["after"])
    return seq
