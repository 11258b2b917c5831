"""The application: the only place where its routes, middleware and services are assembled."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute, Route, WebSocketRoute

from tunix_rt.api.context import Context
from tunix_rt.api.execution.limits.operation import Limits
from tunix_rt.api.schema import build_schema
from tunix_rt.api.services import Services
from tunix_rt.db.session import Database
from tunix_rt.domain.attempts import paths
from tunix_rt.domain.keys.scopes import KeyScope
from tunix_rt.http.access.authentication import Authenticate
from tunix_rt.http.access.open_paths import GRAPHQL_PATH, METRICS_PATH, SESSION_PATH, requires
from tunix_rt.http.access.sign_in import session_endpoint
from tunix_rt.http.attempts.claims import claim, leave
from tunix_rt.http.attempts.input_tasks import InputTasks
from tunix_rt.http.attempts.routes import attempt_routes
from tunix_rt.http.downloads import download, download_artifact, stream_dataset
from tunix_rt.http.fallbacks import exception_handlers
from tunix_rt.http.graphql.endpoint import graphql_endpoint
from tunix_rt.http.graphql.operation_slots import OperationSlots
from tunix_rt.http.graphql.persisted_documents import PersistedDocuments
from tunix_rt.http.graphql.websocket import WebSocketView
from tunix_rt.http.guard import Guard
from tunix_rt.http.health import healthz, readyz
from tunix_rt.http.ingest.scores import ingest_scores
from tunix_rt.http.ingest.traces import ingest
from tunix_rt.http.metrics import Measure, ServerMetrics, metrics_endpoint
from tunix_rt.http.model_archives import download_model
from tunix_rt.http.pages import CLIENT, WEB, page_routes, unknown_page
from tunix_rt.integrations.tunix import TunixProbe
from tunix_rt.jobs.dry_runs.kind import DryRuns
from tunix_rt.jobs.kinds import kinds_of
from tunix_rt.jobs.runs.runner import LocalRunner
from tunix_rt.jobs.worker import Worker
from tunix_rt.services import services_of
from tunix_rt.setting_values import comma_separated
from tunix_rt.settings import Settings


def create_app(settings: Settings, web: Path = WEB) -> Starlette:
    """Creates the ASGI application on a migrated database.

    Args:
        settings: validated settings; the database is opened when the application starts.
        web: the folder of the built pages.
    """
    metrics, slots = ServerMetrics(), OperationSlots(settings.max_live_operations)
    documents = PersistedDocuments(web / CLIENT / "persisted-documents.json")
    schema = build_schema(Limits.of(settings), metrics)
    sockets = WebSocketView(schema, settings, slots, documents)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.schema = schema
        app.state.slots = slots
        app.state.persisted_documents = documents
        app.state.metrics = metrics
        async with running_services(settings, metrics) as (database, services):
            app.state.database = database
            app.state.services = services
            app.state.context_for = partial(context_for, settings, database, services)
            app.state.input_tasks = InputTasks()
            yield
            await app.state.input_tasks.close()

    app = Starlette(
        routes=routes(sockets, web),
        middleware=[
            Middleware(Measure, metrics=metrics),
            Middleware(Guard, settings=settings),
            *cross_origin(settings),
            Middleware(Authenticate, settings=settings),
        ],
        exception_handlers=exception_handlers(unknown_page(web)),
        lifespan=lifespan,
    )
    app.state.server_id = uuid.uuid4().hex
    return app


@asynccontextmanager
async def running_services(settings: Settings, metrics: ServerMetrics) -> AsyncIterator[tuple[Database, Services]]:
    """Opens the database and starts the worker and the services; stops them in reverse order."""
    database = Database(settings, metrics)
    dry_runs = DryRuns(database, settings)
    labels = comma_separated(settings.worker_labels)
    tunix = TunixProbe(settings.trainer_python)
    worker = Worker(database, kinds_of(database, settings, dry_runs, tunix), labels)
    runner = LocalRunner(database, settings, dry_runs, tunix, worker.wake)
    services = services_of(database, settings, tunix, runner, worker.wake)
    await services.keys.start()
    if settings.worker:
        worker.start()
    try:
        yield database, services
    finally:
        await worker.stop()
        await runner.close()
        await services.close()
        await database.close()


def context_for(settings: Settings, database: Database, services: Services, connection: HTTPConnection) -> Context:
    """Returns the context of a request or of a WebSocket connection."""
    grant = getattr(connection.state, "grant", None)
    return Context(database, settings, services, base_url(connection, settings), grant, connection.state.request_id)


def routes(sockets: WebSocketView, web: Path) -> list[BaseRoute]:
    """Returns the routes of the server."""
    return [
        graphql_route(),
        WebSocketRoute(GRAPHQL_PATH, sockets),
        Route("/v1/traces", requires(KeyScope.WRITE, ingest), methods=["POST"]),
        Route("/v1/scores", requires(KeyScope.WRITE, ingest_scores), methods=["POST"]),
        Route("/v1/exports/{export}/{file_name}", download),
        Route("/v1/artifacts/{artifact}/{file_name}", download_artifact),
        Route("/v1/runs/{run}/model.zip", download_model),
        Route("/v1/datasets/{dataset}/export.jsonl", requires(KeyScope.READ, stream_dataset)),
        Route(paths.CLAIMS, claim, methods=["POST"]),
        Route(paths.WORKER, leave, methods=["DELETE"]),
        *attempt_routes(),
        Route(SESSION_PATH, session_endpoint, methods=["POST", "DELETE"]),
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route(METRICS_PATH, metrics_endpoint),
        *page_routes(web),
    ]


def graphql_route() -> Route:
    """Returns the route of GraphQL over HTTP, without the method HEAD, which Starlette adds to GET.

    Such a request would execute an operation whose result nobody receives.
    """
    route = Route(GRAPHQL_PATH, graphql_endpoint, methods=["GET", "POST"])
    route.methods = {"GET", "POST"}
    return route


def base_url(connection: HTTPConnection, settings: Settings) -> str:
    """Returns the server's URL for a client, without a slash at the end."""
    scheme = "https" if connection.scope["scheme"] in {"https", "wss"} else "http"
    return (settings.public_url or f"{scheme}://{connection.headers['host']}").rstrip("/")


def cross_origin(settings: Settings) -> list[Middleware]:
    """Returns the CORS middleware, with which pages of the allowed origins can read answers."""
    if not settings.origins:
        return []
    methods, headers = ["GET", "POST"], ["*"]
    return [Middleware(CORSMiddleware, allow_origins=settings.origins, allow_methods=methods, allow_headers=headers)]
