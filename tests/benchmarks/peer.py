"""The peer: a Strawberry server written as its documentation shows.

It has our database, driver, statements and answers. Plain attributes, one resolver for the page, a DataLoader for the
scores, Strawberry's own ASGI view on Starlette; what differs is that Strawberry is left to itself, which parses and
validates each request again and completes each field of each object by graphql-core. Run as a program it takes
``serve --port N``, as ours does.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import orjson
import strawberry
import uvicorn
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader

from tunix_rt.db.models import scores, traces
from tunix_rt.db.session import Database
from tunix_rt.domain.global_ids import global_id
from tunix_rt.domain.scores.storage import latest_scores
from tunix_rt.settings import settings_from

NEWEST_FIRST = (traces.c.created_at.desc(), traces.c.id.desc())


@strawberry.type
class Step:
    index: int
    type: str
    content: str


@strawberry.type
class Score:
    scorer: str
    score: float


@strawberry.type
class Trace:
    uuid: strawberry.Private[UUID]
    id: strawberry.ID
    prompt_preview: str
    step_count: int
    prompt: str = ""
    final_answer: str = ""
    steps: list[Step] = strawberry.field(default_factory=list)

    @strawberry.field
    async def latest_scores(self, info: strawberry.Info) -> list[Score]:
        found: list[Score] = await info.context["scores"].load(self.uuid)
        return found


@strawberry.type
class TracePage:
    nodes: list[Trace]


@strawberry.type
class Query:
    @strawberry.field
    async def traces(self, info: strawberry.Info, first: int = 50) -> TracePage:
        nodes = info.selected_fields[0].selections[0]
        whole = any(getattr(field, "name", None) == "prompt" for field in nodes.selections)
        columns = [traces.c.id, traces.c.prompt_preview, traces.c.step_count, *([traces.c.payload] if whole else [])]
        async with info.context["database"].read() as session:
            rows = await session.execute(select(*columns).order_by(*NEWEST_FIRST).limit(first + 1))
        return TracePage(nodes=[trace_of(row, whole=whole) for row in rows.all()[:first]])


def trace_of(row: Any, *, whole: bool) -> Trace:
    """The object of a row, with what only its payload holds if that was loaded."""
    trace = Trace(
        uuid=row.id,
        id=strawberry.ID(global_id("Trace", row.id)),
        prompt_preview=row.prompt_preview,
        step_count=row.step_count,
    )
    if whole:
        payload = orjson.loads(row.payload)
        trace.prompt, trace.final_answer = payload["prompt"], payload["final_answer"]
        trace.steps = [Step(index=step["i"], type=step["type"], content=step["content"]) for step in payload["steps"]]
    return trace


class View(GraphQL[Any, Any]):
    """Strawberry's view, with a context for each request."""

    async def get_context(self, request: Any, response: Any) -> Any:
        database: Database = request.app.state.database

        async def load_scores(ids: list[UUID]) -> list[list[Score]]:
            async with database.read() as session:
                found = await latest_scores(session, ids, [scores.c.scorer, scores.c.score])
            return [[Score(scorer=row[0], score=row[1]) for row in found[trace_id]] for trace_id in ids]

        return {"database": database, "scores": DataLoader(load_fn=load_scores)}


async def ready(_: Request) -> PlainTextResponse:
    """Answers the client that waits for the start."""
    return PlainTextResponse("ready")


def main() -> None:
    """Serves until interrupted."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.database = Database(settings_from())
        yield
        await app.state.database.close()

    view = View(strawberry.Schema(Query))
    app = Starlette(routes=[Route("/readyz", ready), Route("/graphql", view)], lifespan=lifespan)
    uvicorn.run(app, port=int(sys.argv[-1]), log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
