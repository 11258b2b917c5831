"""Bad days of the Python client: no server, a lost server, no answer."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from graphql import GraphQLEnumType, build_schema

from tests.client.conftest import ROWS
from tests.support.repository import ROOT
from tests.support.runs import StandIn
from tests.support.servers import serving
from tunix_rt_client import (
    AsyncClient,
    BadInput,
    Client,
    ConnectionLost,
    RequestTimeout,
    ScorerFailed,
    Unavailable,
)
from tunix_rt_client._sync import connection, exports, jobs, live
from tunix_rt_client.errors import BY_CODE, request_error

GENERATION: dict[str, Any] = {
    "labels": [],
    **dict.fromkeys(("completedAt", "error", "checkpointStep", "promptCount", "tokensPerSecond")),
    **dict.fromkeys(("answerCount", "malformedCount", "tokenCount", "tooLongCount"), 0),
    "id": "g",
    "uuid": "01a22531-7041-7727-bad0-94804a0fd55e",
    "progress": 0.5,
    "modelId": "m",
    "createdAt": "2026-01-31T12:00:00Z",
    "samplesPerPrompt": 1,
    "scorers": [],
}


OF_PROXY = httpx.Response(502, html="<h1>502 Bad Gateway</h1>")
"""The response of nginx when its server is gone."""


@pytest.fixture(autouse=True)
def _no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries at once."""
    for module in (connection, exports, live):
        monkeypatch.setattr(module, "FIRST_DELAY", 0.05)


def client_with(answer: Callable[[httpx.Request], httpx.Response]) -> Client:
    """Returns a client whose requests are answered by a function."""
    client = Client("http://server")
    client.connection.http = httpx.Client(base_url="http://server", transport=httpx.MockTransport(answer))
    return client


def test_without_a_server_the_error_names_the_address():
    with (
        Client("http://127.0.0.1:9") as client,
        pytest.raises(ConnectionLost, match=r"http://127\.0\.0\.1:9 cannot be"),
    ):
        client.traces().count()


def test_a_read_is_repeated_and_a_write_without_key_is_not(monkeypatch: pytest.MonkeyPatch):
    sent: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        if len(sent) == 1:
            raise httpx.ReadError("reset")
        return OF_PROXY if len(sent) == 2 else httpx.Response(200, json={"data": {"traces": {"totalCount": 7}}})

    client = client_with(answer)
    assert client.traces().count() == 7
    assert len(sent) == 3
    sent.clear()
    with pytest.raises(ConnectionLost, match="reset"):
        client.traces({"source": {"eq": "a"}}).delete(expected_count=1)
    assert len(sent) == 1
    with pytest.raises(ConnectionLost, match="502"):
        client.traces({"source": {"eq": "a"}}).delete(expected_count=1)
    assert len(sent) == 2
    client.close()


def test_a_mutation_is_waited_for_longer_than_a_read():
    limits: list[float] = []

    def answer(request: httpx.Request) -> httpx.Response:
        limits.append(request.extensions["timeout"]["read"])
        counted = b"query CountTraces" in request.content
        data = {"traces": {"totalCount": 1}} if counted else {"deleteTraces": {"deletedCount": 1}}
        return httpx.Response(200, json={"data": data})

    with client_with(answer) as client:
        client.traces({"source": {"eq": "a"}}).delete()

    assert limits == [60.0, connection.ANSWER_SECONDS]


def test_traces_that_a_scorer_failed_for_are_reported():
    failed = {"traceUuid": GENERATION["uuid"], "code": "SCORER_FAILED", "message": "ZeroDivisionError"}
    payload: dict[str, Any] = {"scoredCount": 1, "skippedCount": 0, "unscoredCount": 0, "failedCount": 1}
    payload |= {"failures": [failed], "remainingCount": 0, "lastId": None, "errors": []}

    def answer(request: httpx.Request) -> httpx.Response:
        counted = b"query CountTraces" in request.content
        return httpx.Response(
            200, json={"data": {"traces": {"totalCount": 2}} if counted else {"scoreTraces": payload}}
        )

    with client_with(answer) as client:
        report = client.traces().score("mine")

    assert (report.scored, report.failed) == (1, 1)
    assert [(found.code, found.message) for found in report.failures] == [("SCORER_FAILED", "ZeroDivisionError")]


def test_an_import_whose_server_is_lost_behind_a_proxy_can_be_repeated(tmp_path: Path):
    file = tmp_path / "traces.jsonl"
    file.write_text("{}\n")
    with (
        client_with(lambda _: OF_PROXY) as client,
        pytest.raises(ConnectionLost, match="broke off: repeat it to go on"),
    ):
        client.import_traces(file)


def test_a_download_whose_server_is_lost_behind_a_proxy_goes_on(tmp_path: Path):
    target, answers = tmp_path / "file", [OF_PROXY, httpx.Response(200, content=b"whole")]
    with client_with(lambda _: answers.pop(0)) as client:
        exports.download(client.connection, "http://server/file", target, 5, hashlib.sha256(b"whole").hexdigest())

    assert (target.read_bytes(), answers) == (b"whole", [])


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://host", "http://", ""])
def test_an_address_that_is_no_url_is_refused(url: str):
    with pytest.raises(BadInput, match="url must be an http or https URL"):
        Client(url)


def test_an_error_about_a_variable_names_the_argument():
    """Users of the package have not written its operations and their variables."""
    messages = {
        "Variable '$where' has invalid value: Expected ...": (["where"], "where: Expected ..."),
        "Variable '$i' has invalid value at .scores[0].score: No.": (["input", "scores", "0"], "input.scores[0]: No."),
        "first must be between 0 and 500; it is 501.": (["first"], "first must be between 0 and 500; it is 501."),
    }
    for sent, (path, shown) in messages.items():
        error = request_error([{"message": sent, "extensions": {"code": "BAD_USER_INPUT", "argumentPath": path}}])
        assert (str(error), error.path) == (shown, path)


def test_every_code_of_an_error_has_a_class():
    schema = build_schema((ROOT / "schema.graphql").read_text())
    codes = cast(GraphQLEnumType, schema.type_map["ErrorCode"]).values

    assert codes.keys() - BY_CODE.keys() == {"PERSISTED_QUERY_NOT_FOUND"}, "the client sends no hashes"
    assert BY_CODE["SCORER_FAILED"] is ScorerFailed


@pytest.mark.parametrize("code", ["TIMEOUT", "UNAVAILABLE", None])
def test_a_job_is_waited_for_over_readings_that_fail(code: str | None, monkeypatch: pytest.MonkeyPatch):
    """The server answers that it is overloaded, or not at all: that does not concern the job."""
    monkeypatch.setattr(jobs, "MISSES", 2)
    monkeypatch.setattr(jobs, "LONGEST_PAUSE", 0.0)
    monkeypatch.setattr(connection, "RETRIES", 0)
    failures = 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal failures
        if failures == 0:
            return httpx.Response(200, json={"data": {"generation": GENERATION | {"status": status}}})
        failures -= 1
        if code is None:
            raise httpx.ConnectError("refused")
        error = {"message": "Later.", "extensions": {"code": code}}
        return httpx.Response(200, json={"data": None, "errors": [error]})

    client = Client("http://server")
    client.connection.http = httpx.Client(base_url="http://server", transport=httpx.MockTransport(answer))
    status = "RUNNING"
    generation = client.generation("g")
    status, failures = "COMPLETED", 2
    assert generation.wait().status == "COMPLETED"
    status = "RUNNING"
    generation.refresh()
    failures = 3
    with pytest.raises((RequestTimeout, Unavailable, ConnectionLost)):
        generation.wait()
    client.close()


def test_a_run_is_followed_over_a_killed_server(tmp_path: Path, sqlite_url: str, trainer: StandIn):
    trainer.does(steps=3, lines=50, gate=str(trainer.gate))
    environment = trainer.environment | {"TUNIX_RT_DATABASE_URL": sqlite_url, "TUNIX_RT_LOAD_SAMPLES": "false"}
    command = [sys.executable, "-m", "tunix_rt"]
    seen: list[int] = []
    with serving(command, tmp_path, environment) as server:
        client = Client(server.url)
        client.import_traces(ROWS)
        run = client.start_run(client.create_dataset("d", "1", where={}), "tiny-random/qwen3")
        following = threading.Thread(target=lambda: seen.extend(event["seq"] for event in run.events()))
        following.start()
        while not seen:
            assert following.is_alive()
            time.sleep(0.01)
        os.kill(server.process.pid, signal.SIGKILL)
        port = int(server.url.rpartition(":")[2])
        with serving(command, tmp_path, environment, port=port):
            trainer.gate.touch()
            assert run.wait(120).status == "COMPLETED"
            following.join(60)
    assert not following.is_alive()
    assert seen == list(range(1, len(seen) + 1))
    client.close()


def test_the_async_client_does_the_same(served: str):
    async def walk() -> None:
        async with AsyncClient(served) as client:
            report = await client.import_traces(ROWS)
            dataset = await client.traces().create_dataset("d", "1")
            run = await (await client.start_run(dataset, "tiny-random/qwen3")).watch()
            traces = [trace async for trace in dataset]
            assert (report.added, len(traces), await client.traces().count()) == (30, 30, 30)
            assert (run.status, len(await client.runs().to_list())) == ("COMPLETED", 1)

    asyncio.run(walk())


def test_the_sync_client_works_inside_a_running_loop(served: str):
    async def cell() -> int:
        with Client(served) as client:
            return client.traces().count()

    assert asyncio.run(cell()) == 0


def test_a_server_on_this_machine_is_reached_without_the_proxies_of_the_environment(
    served: str, monkeypatch: pytest.MonkeyPatch
):
    for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    for variable in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(variable, raising=False)

    with Client(served) as client:
        report = client.import_traces(ROWS)
        first = client.execute("{ traces(last: 1) { nodes { id } } }")["traces"]["nodes"][0]["id"]
        followed = client.subscribe(
            "subscription ($after: ID) { traceCreated(after: $after) { prompt } }", {"after": first}
        )
        assert (report.added, next(iter(followed))["traceCreated"]["prompt"]) == (len(ROWS), ROWS[1]["prompt"])
    with Client("http://traces.example") as client, pytest.raises(ConnectionLost):
        client.traces().count()


async def test_an_async_client_is_closed():
    client = AsyncClient("http://127.0.0.1:9")
    assert repr(client) == "AsyncClient('http://127.0.0.1:9')"
    await client.aclose()
    assert client.connection.http.is_closed
    with pytest.raises(ConnectionLost, match=r"The client of http://127\.0\.0\.1:9 was closed\."):
        await client.traces().count()
