"""``/metrics`` for Prometheus: requests, operations, errors, the database, the ledger and the process.

Each application has a separate registry. Label values come from closed lists (routes, methods, codes, statuses), never
from user input, so their number is bounded.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info
from prometheus_client.exposition import choose_encoder
from prometheus_client.gc_collector import GCCollector
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tunix_rt import __version__
from tunix_rt.api.context import Context
from tunix_rt.api.execution.observing import ErrorPlace, Outcome
from tunix_rt.db.clock import instant
from tunix_rt.db.models.jobs import JobKindName
from tunix_rt.db.probing import probe
from tunix_rt.db.session import Database
from tunix_rt.domain.jobs.counts import Duration, JobCount, job_counts, recent_durations
from tunix_rt.domain.jobs.workers import count_live_workers_by_kind
from tunix_rt.errors import ErrorCode, TunixRtError

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""The bucket bounds of every histogram."""

LEDGER_SECONDS = 3.0
"""Maximum time that a scrape waits for the database before it answers without it."""

METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})
OTHER = "other"
UNMATCHED = "unmatched"
"""The route label of requests that matched no route or that the guard refused."""


class Children(dict[Any, Any]):
    """A metric's children by their label values; a lookup is faster than the metric's own."""

    def __init__(self, metric: Histogram | Counter) -> None:
        super().__init__()
        self._metric = metric

    def __missing__(self, values: tuple[str, ...]) -> Any:
        child = self[values] = self._metric.labels(*values)
        return child


class ServerMetrics:
    """Counters of one application, updated by the transport, the schema and the database."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        Info("tunix_rt", "The server.", registry=self.registry).info({"version": __version__})
        self._requests = self._histogram(
            "tunix_rt_http_request_seconds",
            "Duration of HTTP requests by route, method and status, until the last byte.",
            ("route", "method", "status"),
        )
        self._operations = self._histogram(
            "tunix_rt_graphql_operation_seconds",
            "Duration of GraphQL operations by type and outcome, over all transports.",
            ("type", "outcome"),
        )
        self._sessions = self._histogram(
            "tunix_rt_database_session_seconds",
            "Duration of database sessions by kind, including waits for a connection or the writer lock.",
            ("kind",),
        )
        self._errors = self._counter(
            "tunix_rt_graphql_errors", "Errors by code, in responses and mutation payloads.", ("code", "place")
        )
        self._database_errors = self._counter("tunix_rt_database_errors", "Database errors by code.", ("code",))
        self.sockets = Gauge("tunix_rt_websockets", "Open WebSockets.", registry=self.registry)

    def request_ended(self, route: str, method: str, status: str, seconds: float) -> None:
        """Records an answered HTTP request."""
        self._requests[route, method if method in METHODS else OTHER, status].observe(seconds)

    def operation_ended(self, kind: str, outcome: Outcome, seconds: float) -> None:
        """See ``api.execution.observing.Observer``."""
        self._operations[kind, outcome.value].observe(seconds)

    def record_error(self, code: ErrorCode, place: ErrorPlace) -> None:
        """See ``api.execution.observing.Observer``."""
        self._errors[code.value, place.value].inc()

    def session_ended(self, kind: str, seconds: float) -> None:
        """See ``db.session.SessionObserver``."""
        self._sessions[(kind,)].observe(seconds)

    def database_failed(self, code: ErrorCode) -> None:
        """See ``db.session.SessionObserver``."""
        self._database_errors[(code.value,)].inc()

    def _histogram(self, name: str, description: str, labels: tuple[str, ...]) -> Children:
        return Children(Histogram(name, description, labels, buckets=SECONDS, registry=self.registry))

    def _counter(self, name: str, description: str, labels: tuple[str, ...]) -> Children:
        return Children(Counter(name, description, labels, registry=self.registry))


class Measure:
    """The outermost ASGI middleware, which measures the duration of every request.

    Args:
        metrics: receives the measurements.
    """

    def __init__(self, app: ASGIApp, metrics: ServerMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            with self._metrics.sockets.track_inprogress():
                await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._measure(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _measure(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = "none"

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        start = time.perf_counter()
        try:
            await self._app(scope, receive, watched)
        except Exception:
            status = "500"  # Starlette sends it outside of all middleware
            raise
        finally:
            self._metrics.request_ended(
                getattr(scope.get("route"), "path", UNMATCHED), scope["method"], status, time.perf_counter() - start
            )


async def metrics_endpoint(request: Request) -> Response:
    """Returns all metrics in Prometheus' text format or OpenMetrics, without the ledger's if the database is down."""
    context: Context = request.app.state.context_for(request)
    metrics: ServerMetrics = request.app.state.metrics
    families = [*pool_families(context.database), *await ledger_families(context.database)]
    encode, media = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(Scrape(metrics.registry, families)), headers={"Content-Type": media})


class Scrape:
    """A registry together with the metrics collected for one scrape, in the interface that the encoders expect."""

    def __init__(self, registry: CollectorRegistry, families: Iterable[Metric]) -> None:
        self._registry = registry
        self._families = families

    def collect(self) -> Iterator[Metric]:
        """Yields every metric."""
        yield from self._registry.collect()
        yield from self._families


def pool_families(database: Database) -> list[Metric]:
    """Returns the usage of the connection pools."""
    in_use = GaugeMetricFamily("tunix_rt_database_connections_in_use", "Connections in use, by pool.", labels=["pool"])
    maximum = GaugeMetricFamily("tunix_rt_database_connections_max", "Maximum number of connections.", labels=["pool"])
    for name, state in database.pools().items():
        in_use.add_metric([name], state.in_use)
        maximum.add_metric([name], state.maximum)
    return [in_use, maximum]


async def ledger_families(database: Database) -> list[Metric]:
    """Returns whether the database answers, and if it does, the ledger's jobs, their durations and the live workers."""
    up = GaugeMetricFamily("tunix_rt_database_up", "1 if the job ledger could be read for this scrape, else 0.")

    async def ask() -> tuple[list[JobCount], list[Duration], Mapping[JobKindName, int]]:
        async with database.read() as session:
            live = await count_live_workers_by_kind(session, await instant(session))
            return await job_counts(session), await recent_durations(session), live

    try:
        counts, durations, live = await probe(ask, LEDGER_SECONDS)
    except TunixRtError:
        up.add_metric([], 0)
        return [up]
    up.add_metric([], 1)
    return [up, count_family(counts), *duration_families(durations), worker_family(live)]


def count_family(counts: Iterable[JobCount]) -> Metric:
    """Returns the number of jobs by table and status."""
    family = GaugeMetricFamily("tunix_rt_jobs", "Jobs in the ledger, by table and status.", labels=["table", "status"])
    for found in counts:
        family.add_metric([found.table, found.status.value], found.count)
    return family


def duration_families(durations: Iterable[Duration]) -> list[Metric]:
    """Returns the durations of the latest jobs."""
    labels = ["table", "status"]
    mean = GaugeMetricFamily(
        "tunix_rt_jobs_recent_mean_seconds",
        "Mean duration of the ended jobs among the newest 1,000 of each table.",
        labels=labels,
    )
    longest = GaugeMetricFamily("tunix_rt_jobs_recent_max_seconds", "Longest duration of the same jobs.", labels=labels)
    for found in durations:
        mean.add_metric([found.table, found.status.value], found.mean)
        longest.add_metric([found.table, found.status.value], found.longest)
    return [mean, longest]


def worker_family(live: Mapping[JobKindName, int]) -> Metric:
    """Returns the number of live workers by the kinds of job that they take."""
    family = GaugeMetricFamily("tunix_rt_workers", "Live workers, by the kind of job that they take.", labels=["kind"])
    for kind, count in live.items():
        family.add_metric([kind.value], count)
    return family
