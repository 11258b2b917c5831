"""The application: routes, the guard, the lifespan. Nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import HTTPConnection
from starlette.routing import Route, WebSocketRoute

from tunix_rt.api.context import Context, Neighbours
from tunix_rt.api.execution.limits import Limits
from tunix_rt.api.live.trace_feed import TraceFeed
from tunix_rt.api.schema import build_schema
from tunix_rt.api.services import LongWork
from tunix_rt.db.session import Database
from tunix_rt.http.downloads import download, download_artifact, stream_dataset
from tunix_rt.http.fallbacks import EXCEPTION_HANDLERS
from tunix_rt.http.graphql.endpoint import graphql_endpoint
from tunix_rt.http.graphql.operation_slots import OperationSlots
from tunix_rt.http.graphql.websocket import WebSocketView
from tunix_rt.http.guard import Guard
from tunix_rt.http.health import healthz, readyz
from tunix_rt.http.ingest import ingest
from tunix_rt.http.metrics import Measure, ServerMetrics, metrics_endpoint
from tunix_rt.http.pages import page_routes
from tunix_rt.jobs.dry_runs.kind import DryRuns
from tunix_rt.jobs.kinds import kinds_of
from tunix_rt.jobs.runs.runner import LocalRunner
from tunix_rt.jobs.worker import Worker
from tunix_rt.settings import Settings


def create_app(settings: Settings) -> Starlette:
    """The ASGI application on a migrated database.

    Args:
        settings: checked ones; the database is opened when the application starts.
    """
    metrics, places = ServerMetrics(), OperationSlots(settings.max_live_operations)
    schema = build_schema(Limits.of(settings), metrics)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        database = Database(settings, metrics)
        feed = TraceFeed(database)
        neighbours = Neighbours.of(settings)
        dry_runs = DryRuns(database, settings)
        worker = Worker(database, kinds_of(database, settings, dry_runs))
        runner = LocalRunner(database, settings, dry_runs, neighbours.tunix, worker.wake)
        long_work = LongWork.of(database, settings, worker.wake, runner)

        def context_for(connection: HTTPConnection) -> Context:
            base, request_id = base_url(connection, settings), connection.state.request_id
            return Context(database, settings, feed, neighbours, long_work, base, request_id)

        app.state.context_for = context_for
        app.state.database = database
        app.state.streams = [feed, long_work]
        app.state.schema = schema
        app.state.places = places
        app.state.metrics = metrics
        if settings.worker:
            worker.start()
        try:
            yield
        finally:
            await worker.stop()
            await runner.close()
            await long_work.close()
            await feed.close()
            await neighbours.close()
            await database.close()

    return Starlette(
        routes=[
            Route("/graphql", graphql_endpoint, methods=["GET", "POST"]),
            WebSocketRoute("/graphql", WebSocketView(schema, settings, places)),
            Route("/v1/traces", ingest, methods=["POST"]),
            Route("/v1/exports/{export}/{file_name}", download),
            Route("/v1/artifacts/{artifact}/{file_name}", download_artifact),
            Route("/v1/datasets/{dataset}/export.jsonl", stream_dataset),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", metrics_endpoint),
            *page_routes(),
        ],
        middleware=[
            Middleware(Measure, metrics=metrics),
            Middleware(Guard, settings=settings),
            *cross_origin(settings),
        ],
        exception_handlers=EXCEPTION_HANDLERS,
        lifespan=lifespan,
    )


def base_url(connection: HTTPConnection, settings: Settings) -> str:
    """Where a client reaches the server, without a slash at the end."""
    scheme = "https" if connection.url.scheme in {"https", "wss"} else "http"
    return (settings.public_url or f"{scheme}://{connection.headers['host']}").rstrip("/")


def cross_origin(settings: Settings) -> list[Middleware]:
    """What tells browsers that pages of other origins may read the answers, where any may."""
    if not settings.origins:
        return []
    methods, headers = ["GET", "POST"], ["*"]
    return [Middleware(CORSMiddleware, allow_origins=settings.origins, allow_methods=methods, allow_headers=headers)]
