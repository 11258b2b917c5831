"""Subscriptions of runs: the events of one run, and changed runs."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Annotated

import strawberry
from strawberry import UNSET

from tunix_rt.api.context import Context
from tunix_rt.api.execution.selection import current_selection
from tunix_rt.api.filtering.runs import RunWhere
from tunix_rt.api.naming import row_id, ways_to_name
from tunix_rt.api.runs.events import RunEvent
from tunix_rt.api.runs.types import RUN_LIST, RUN_SHAPE, Run
from tunix_rt.db.models import tunix_runs
from tunix_rt.domain.jobs.ledger import ENDS
from tunix_rt.domain.runs.lookup import runs_among
from tunix_rt.domain.runs.timeline import position_of
from tunix_rt.errors import BadUserInput, NotFound

Info = strawberry.Info[Context, None]
RunArgument = Annotated[strawberry.ID, strawberry.argument(description=f"The run: {ways_to_name('Run')}.")]
SeqArgument = Annotated[
    int, strawberry.argument(description="Sequence number of the last event received; 0 for all events.")
]
WhereArgument = Annotated[
    RunWhere | None, strawberry.argument(description="Filter on the state of a run after each change.")
]


async def run_events(info: Info, id: RunArgument, after: SeqArgument = 0) -> AsyncGenerator[list[RunEvent], None]:
    """Yields the events of a run after a number, in batches.

    Raises:
        NotFound: the run does not exist.
        BadUserInput: no event can have that number.
    """
    context, run_id = info.context, await row_id(info.context, id, "Run")
    if after < 0:
        raise BadUserInput(f"after must be 0 or the number of an event; it is {after}.", ["after"])
    async with context.database.read() as session:
        position = await position_of(session, run_id)
    if position is None:
        raise NotFound(f"There is no run {run_id}.", ["id"])
    if position.status in ENDS and position.newest <= after:
        return
    async with aclosing(context.services.run_events.follow(run_id, after)) as batches:
        async for events in batches:
            yield events if isinstance(events, list) else list(events)
            if events[-1].last:
                return


async def run_changed(info: Info, where: WhereArgument = UNSET) -> AsyncGenerator[Run, None]:
    """Yields runs that have changed, with their current values; raises as the list of runs does."""
    context, names = info.context, frozenset(current_selection(info))
    predicate = RUN_LIST.predicate_of(where)
    conditions = RUN_LIST.conditions(where, context.database.kind)

    async def load(ids: Sequence[uuid.UUID]) -> list[Run]:
        columns = RUN_SHAPE.columns(names) or [tunix_runs.c.id]
        async with context.database.read() as session:
            rows = await runs_among(session, ids, columns, conditions)
        return RUN_SHAPE.objects(rows, names)

    async with aclosing(context.services.changed_runs.follow()) as changes:
        async for changed in changes:
            for run in await changed.load((predicate, names), load):
                yield run
