"""``/metrics``: what happened is counted under labels from closed lists, and scrapes never depend on other systems."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

import tunix_rt
from tests.support.api import client_of
from tests.support.fake_server import answering
from tests.support.ledger import ended, enter, export_row, run_row, running
from tests.support.traces import CREATE_TRACE, on_sqlite, trace_input
from tests.support.waiting import WAIT_SECONDS
from tunix_rt.app import create_app
from tunix_rt.db.identity import new_id, now
from tunix_rt.db.models.jobs import JobKindName, JobStatus
from tunix_rt.db.session import Database
from tunix_rt.domain.jobs.workers import ALIVE, WorkerProcess, renew_worker
from tunix_rt.http import metrics
from tunix_rt.http.metrics import ServerMetrics
from tunix_rt.settings import Settings


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets a scrape wait for the database: a late answer has fewer samples."""
    monkeypatch.setattr(metrics, "LEDGER_SECONDS", WAIT_SECONDS)


async def scraped(client: httpx.AsyncClient) -> dict[tuple[str, frozenset[str]], float]:
    """Every sample by its name and the values of its labels."""
    response = await client.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, frozenset(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


async def value(client: httpx.AsyncClient, name: str, *labels: str) -> float:
    """One sample; 0 if it is not there."""
    return (await scraped(client)).get((name, frozenset(labels)), 0.0)


async def ask(client: httpx.AsyncClient, query: str, **variables: Any) -> httpx.Response:
    """A GraphQL request."""
    return await client.post("/graphql", json={"query": query, "variables": variables})


async def operations(client: httpx.AsyncClient, kind: str, outcome: str) -> float:
    """Returns the number of operations of a kind with an outcome."""
    return await value(client, "tunix_rt_graphql_operation_seconds_count", kind, outcome)


async def test_the_server_and_its_process_are_reported(app_client: httpx.AsyncClient):
    samples = await scraped(app_client)

    assert samples["tunix_rt_info", frozenset({tunix_rt.__version__})] == 1
    assert samples["process_resident_memory_bytes", frozenset()] > 10_000_000
    assert samples["process_open_fds", frozenset()] > 0


async def test_requests_are_counted_by_route_method_and_status(app_client: httpx.AsyncClient):
    name = "tunix_rt_http_request_seconds_count"
    await ask(app_client, "{ __typename }")
    await ask(app_client, "{ __typename }")
    await app_client.get("/healthz")
    await app_client.get("/graphiql/no/such/file")
    await app_client.get("/v1/traces")
    for path in ("/nothing", "/nothing/else?x=1", "/healthz/x"):
        await app_client.get(path)
    await app_client.request("BREW", "/healthz")
    await app_client.get("/healthz", headers={"Host": "evil.example"})

    for labels, count in {
        ("/graphql", "POST", "200"): 2,
        ("/healthz", "GET", "200"): 1,
        ("/graphiql", "GET", "404"): 1,
        ("/v1/traces", "GET", "405"): 1,
        ("unmatched", "GET", "404"): 3,
        ("/healthz", "other", "405"): 1,
        ("unmatched", "GET", "421"): 1,
    }.items():
        assert await value(app_client, name, *labels) == count, labels
    assert await value(app_client, "tunix_rt_http_request_seconds_sum", "/graphql", "POST", "200") > 0


@on_sqlite
async def test_a_failure_is_a_500(settings: Settings):
    app = create_app(settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client,
    ):
        context_for, app.state.context_for = app.state.context_for, None
        assert (await client.get("/readyz")).status_code == 500
        app.state.context_for = context_for

        assert await value(client, "tunix_rt_http_request_seconds_count", "/readyz", "GET", "500") == 1


async def test_operations_are_counted_by_type_and_outcome(app_client: httpx.AsyncClient):
    good = {"trace": trace_input()}
    for query, variables in [
        ("{ traces { totalCount } }", {}),
        ("query A { __typename } query B { __typename }", {}),
        ("{ nothing }", {}),
        ("{", {}),
        ("query ($n: Int!) { traces(first: $n) { totalCount } }", {}),
        ("{ traces(first: 500) { nodes { scores(first: 500) { nodes { id } } } } }", {}),
        ("{ traces(first: 501) { totalCount } }", {}),
        ('{ ok: traces { totalCount } node(id: "x") { id } }', {}),
        (CREATE_TRACE, {"input": good}),
        (CREATE_TRACE, {"input": good | {"trace": trace_input(prompt="")}}),
        ("subscription { traceCreated { id } }", {}),
    ]:
        await ask(app_client, query, **variables)
    await app_client.get("/graphql", params={"query": "mutation { deleteTraces(input: {ids: []}) { deletedCount } }"})

    for labels, count in {
        ("query", "ok"): 1,
        ("query", "errors"): 2,
        ("query", "refused"): 3,
        ("unknown", "refused"): 2,
        ("mutation", "ok"): 2,
        ("mutation", "refused"): 1,
        ("subscription", "refused"): 1,
    }.items():
        assert await operations(app_client, *labels) == count, labels


@on_sqlite
async def test_an_operation_that_takes_too_long_is_cancelled(settings: Settings):
    async with (
        answering(waits=True) as server,
        client_of(
            replace(settings, request_timeout_seconds=0.1, rediai_mode="real", rediai_base_url=server.url)
        ) as client,
    ):
        await ask(client, "{ health { rediai { status } } }")

        assert await operations(client, "query", "cancelled") == 1
        assert await value(client, "tunix_rt_graphql_errors_total", "TIMEOUT", "answer") == 1


async def test_errors_are_counted_by_code_and_place(app_client: httpx.AsyncClient):
    await ask(app_client, '{ node(id: "x") { id } }')
    await ask(app_client, '{ traces(after: "x") { totalCount } }')
    await ask(app_client, "{ nothing { at all } here }")
    await ask(app_client, CREATE_TRACE, input={"trace": trace_input(prompt="", finalAnswer="")})
    await ask(app_client, 'mutation { scoreTraces(input: {scorer: "no"}) { errors { code } } }')
    await ask(app_client, "mutation { generateUngarTraces(input: {count: 0, seed: -1}) { errors { code } } }")

    for labels, count in {
        ("BAD_ID", "answer"): 1,
        ("BAD_CURSOR", "answer"): 1,
        ("BAD_USER_INPUT", "answer"): 2,
        ("BAD_USER_INPUT", "payload"): 2 + 1 + 2,
    }.items():
        assert await value(app_client, "tunix_rt_graphql_errors_total", *labels) == count, labels


async def test_the_databases_use_is_reported(app_client: httpx.AsyncClient, database: Database):
    name = "tunix_rt_database_session_seconds_count"
    before = await scraped(app_client)
    await ask(app_client, "{ traces { nodes { id } } }")
    await ask(app_client, CREATE_TRACE, input={"trace": trace_input()})
    after = await scraped(app_client)

    for kind, least in {"write": 1, "read": 2}.items():  # the scrape reads too, and the worker now and then
        assert after[name, frozenset({kind})] - before.get((name, frozenset({kind})), 0) >= least
    for pool, most in most_connections(database).items():
        assert after["tunix_rt_database_connections_max", frozenset({pool})] == most
        assert 0 <= after["tunix_rt_database_connections_in_use", frozenset({pool})] <= most


def most_connections(database: Database) -> dict[str, int]:
    """Returns the maximum connections of each pool, by the settings' defaults."""
    return {"read": 5, "write": 1} if database.kind == "sqlite" else {"write": 15}


async def test_pools_reports_what_is_in_use(database: Database):
    reading = "read" if database.kind == "sqlite" else "write"
    async with database.read(), database.read():
        assert database.pools()[reading].in_use == 2

    assert {name: state.in_use for name, state in database.pools().items()} == dict.fromkeys(
        most_connections(database), 0
    )


async def test_the_ledger_is_reported(settings: Settings, database: Database):
    await enter(
        database,
        [export_row(), export_row(), export_row(**running()), export_row(**ended(JobStatus.COMPLETED, 4))],
        [run_row(**ended(JobStatus.FAILED, 1)), run_row(**ended(JobStatus.FAILED, 3))],
    )

    async with client_of(replace(settings, export_slots=0)) as client:  # no pending export is taken
        samples = await scraped(client)
    assert samples["tunix_rt_database_up", frozenset()] == 1
    assert {labels: count for (name, labels), count in samples.items() if name == "tunix_rt_jobs"} == {
        frozenset({"exports", "PENDING"}): 2,
        frozenset({"exports", "RUNNING"}): 1,
        frozenset({"exports", "COMPLETED"}): 1,
        frozenset({"tunix_runs", "FAILED"}): 2,
    }
    failed = frozenset({"tunix_runs", "FAILED"})
    assert samples["tunix_rt_jobs_recent_mean_seconds", failed] == pytest.approx(2, abs=1e-3)
    assert samples["tunix_rt_jobs_recent_max_seconds", failed] == pytest.approx(3, abs=1e-3)


async def test_live_workers_are_counted_by_the_kinds_of_job_that_they_take(settings: Settings, database: Database):
    ages = {"EXPORT": (0, 1, ALIVE.seconds + 1), "EXPORT,RUN": (0, 2), "": (0,)}
    for kinds, seconds in ages.items():
        for age in seconds:
            at = now() - timedelta(seconds=age)
            async with database.write() as session:
                await renew_worker(session, WorkerProcess(new_id(), "here", 7, "1.0", kinds), at)
    async with client_of(replace(settings, worker=False)) as client:
        samples = await scraped(client)

    assert {labels: count for (name, labels), count in samples.items() if name == "tunix_rt_workers"} == {
        frozenset({kind.value}): {"EXPORT": 4, "RUN": 2}.get(kind.value, 0) for kind in JobKindName
    }


async def test_a_scrape_answers_while_the_database_is_away(tmp_path: Path):
    file = tmp_path / "no.db"
    file.write_bytes(b"This is not a database. " * 500)
    async with client_of(Settings(data_dir=tmp_path, database_url=f"sqlite+aiosqlite:///{file}")) as client:
        await ask(client, "{ traces { totalCount } }")
        samples = await scraped(client)

        assert samples["tunix_rt_database_up", frozenset()] == 0
        assert samples["tunix_rt_database_errors_total", frozenset({"UNAVAILABLE"})] >= 2, "the query and the scrape"
        assert samples["tunix_rt_graphql_errors_total", frozenset({"UNAVAILABLE", "answer"})] == 1
        assert not [name for name, _ in samples if name.startswith(("tunix_rt_jobs", "tunix_rt_workers"))]


@on_sqlite
async def test_nothing_of_a_user_becomes_a_label(app_client: httpx.AsyncClient):
    await app_client.get("/secret-path/secret?secret=1", headers={"X-Request-Id": "secret"})
    await app_client.request("SECRET", "/graphql")
    await ask(app_client, "query secret { secret }")
    await ask(app_client, 'query Secret { node(id: "secret") { id } }')
    await app_client.post("/v1/traces?format=secret", headers={"Content-Type": "application/jsonl"})

    assert "secret" not in (await app_client.get("/metrics")).text.lower()


@on_sqlite
async def test_the_number_of_samples_does_not_grow_with_requests(app_client: httpx.AsyncClient):
    async def many(first: int) -> int:
        for number in range(first, first + 30):
            await app_client.get(f"/path-{number}/{number}")
            await app_client.request(f"VERB{number}", f"/v1/traces?{number}")
            await ask(app_client, f"query Name{number} {{ alias{number}: __typename }}")
        return len(await scraped(app_client))

    await many(0)
    assert await many(30) == await many(60)


@on_sqlite
async def test_open_metrics_is_spoken(app_client: httpx.AsyncClient):
    response = await app_client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})

    assert response.headers["content-type"].startswith("application/openmetrics-text")
    names = {family.name for family in open_metrics(response.text)}
    assert {"tunix_rt", "tunix_rt_jobs", "tunix_rt_database_up", "process_cpu_seconds"} <= names


@on_sqlite
async def test_the_guard_stands_before_it(app_client: httpx.AsyncClient):
    assert (await app_client.get("/metrics", headers={"Host": "evil.example"})).status_code == 421
    assert (await app_client.get("/metrics", headers={"Origin": "https://evil.example"})).status_code == 403


@on_sqlite
async def test_each_application_counts_for_itself(settings: Settings, app_client: httpx.AsyncClient):
    await app_client.get("/healthz")
    async with client_of(settings) as other:
        assert await value(other, "tunix_rt_http_request_seconds_count", "/healthz", "GET", "200") == 0
    assert ServerMetrics().registry is not ServerMetrics().registry


@on_sqlite
async def test_streams_and_sockets_are_counted(address: str):
    async with httpx.AsyncClient(base_url=f"http://{address}", timeout=WAIT_SECONDS) as client:
        sse = {"Accept": "text/event-stream"}
        body = await client.post("/graphql", json={"query": "{ __typename }"}, headers=sse)
        assert "event: complete" in body.text
        assert await operations(client, "query", "ok") == 1

        async with connect(f"ws://{address}/graphql", subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
            await socket.send(json.dumps({"type": "connection_init"}))
            await socket.recv()
            await socket.send(
                json.dumps(
                    {"id": "1", "type": "subscribe", "payload": {"query": "subscription { traceCreated { id } }"}}
                )
            )
            await socket.send(
                json.dumps({"id": "2", "type": "subscribe", "payload": {"query": "{ node(id: 1) { id } }"}})
            )
            while json.loads(await socket.recv())["type"] != "complete":
                pass
            assert await value(client, "tunix_rt_websockets") == 1
            assert await operations(client, "query", "errors") == 1
            assert await value(client, "tunix_rt_graphql_errors_total", "BAD_ID", "answer") == 1
