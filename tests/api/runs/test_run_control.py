"""Runs cancelled, retried, deleted and waited for through the API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.conftest import Execute
from tests.support.api import Ask
from tests.support.locks import locked
from tests.support.run_requests import entered
from tests.support.runs import Away, StandIn, away, stand_in, until_exists
from tests.support.started_runs import ONE, RUN, START, dataset, reaching, settings, started
from tests.support.traces import UNKNOWN_UUID, code_of, data_of, on_sqlite, user_error_of
from tunix_rt.app import create_app
from tunix_rt.db.session import Database
from tunix_rt.domain.runs.files import runs_folder
from tunix_rt.settings import Settings

__all__ = ["away", "dataset", "settings", "stand_in"]


CANCEL = f"""
mutation ($input: CancelRunInput!) {{
  cancelRun(input: $input) {{ run {{ {RUN} }} errors {{ code message path }} }}
}}
"""


RETRY = f"""
mutation ($input: RetryRunInput!) {{
  retryRun(input: $input) {{ run {{ {RUN} }} errors {{ code message path }} }}
}}
"""


DELETE = """
mutation ($input: DeleteRunInput!) { deleteRun(input: $input) { deletedUuid errors { code message path } } }
"""


async def test_a_run_is_cancelled_while_it_trains_and_goes_on_from_its_checkpoint(
    ask: Ask, dataset: dict[str, Any], stand_in: StandIn
):
    stand_in.waits(steps=4)
    run = await reaching(ask, (await started(ask, dataset, mode="TRAIN"))["run"], "RUNNING")
    payload = (await ask(CANCEL, input={"id": run["uuid"]}))["cancelRun"]
    assert (payload["errors"], payload["run"]["cancelRequested"]) == ([], True)
    cancelled = await reaching(ask, run, "CANCELLED")
    assert cancelled["completedAt"] is not None

    stand_in.does(steps=4)
    payload = (await ask(RETRY, input={"id": run["id"]}))["retryRun"]
    assert (payload["errors"], payload["run"]["status"]) == ([], "PENDING")
    ended = await reaching(ask, run, "COMPLETED", "FAILED")

    assert (ended["status"], ended["attempt"], ended["cancelRequested"]) == ("COMPLETED", 2, False)
    query = """
    query ($id: ID!) {
      run(id: $id) { attempts { attempt status } metrics(names: ["train/loss"]) { steps } }
    }
    """
    reported = (await ask(query, id=run["id"]))["run"]
    assert reported["attempts"] == [{"attempt": 1, "status": "CANCELLED"}, {"attempt": 2, "status": "COMPLETED"}]
    assert reported["metrics"][0]["steps"] == [1, 2, 3, 4]
    error = user_error_of((await ask(RETRY, input={"id": run["id"]}))["retryRun"])
    assert (error["code"], error["path"]) == ("CONFLICT", ["input", "id"])


async def test_a_run_that_waits_is_cancelled_at_once(ask: Ask, dataset: dict[str, Any], stand_in: StandIn):
    stand_in.waits()
    first = await reaching(ask, (await started(ask, dataset, mode="TRAIN"))["run"], "RUNNING")
    second = (await started(ask, dataset, mode="TRAIN"))["run"]

    payload = (await ask(CANCEL, input={"id": second["id"]}))["cancelRun"]
    again = (await ask(CANCEL, input={"id": second["id"]}))["cancelRun"]

    assert (payload["run"]["status"], payload["run"]["attempt"]) == ("CANCELLED", 0)
    assert (user_error_of(again)["code"], again["run"]) == ("CONFLICT", None)
    stand_in.open()
    assert (await reaching(ask, first, "COMPLETED"))["attempt"] == 1


async def test_a_run_is_deleted_with_its_folder_but_not_while_it_runs(
    ask: Ask, dataset: dict[str, Any], stand_in: StandIn, settings: Settings
):
    stand_in.waits()
    run = await reaching(ask, (await started(ask, dataset, mode="TRAIN"))["run"], "RUNNING")
    error = user_error_of((await ask(DELETE, input={"id": run["id"]}))["deleteRun"])
    assert (error["code"], error["path"]) == ("CONFLICT", ["input", "id"])
    stand_in.open()
    await reaching(ask, run, "COMPLETED")
    folder = runs_folder(settings.data_dir) / run["uuid"]
    assert folder.is_dir()

    payload = (await ask(DELETE, input={"id": run["id"]}))["deleteRun"]

    assert payload == {"deletedUuid": run["uuid"], "errors": []}
    assert (await ask(ONE, id=run["id"]))["run"] is None
    assert not folder.exists()
    assert user_error_of((await ask(DELETE, input={"id": run["id"]}))["deleteRun"])["code"] == "NOT_FOUND"


@pytest.mark.parametrize(("mutation", "field"), [(CANCEL, "cancelRun"), (RETRY, "retryRun"),
                                                 (DELETE, "deleteRun")])  # fmt: skip
@on_sqlite
async def test_runs_that_are_not_there(ask: Ask, database: Database, mutation: str, field: str):
    of_a_trace = "VHJhY2U6MDE4OTBhNWQtYWM5Ni03NzRiLWJjY2UtYjMwMjA5OWE4MDU3"
    for given, code in ((UNKNOWN_UUID, "NOT_FOUND"), ("nonsense", "NOT_FOUND"), (of_a_trace, "BAD_ID")):
        error = user_error_of((await ask(mutation, input={"id": given}))[field])
        assert (error["code"], error["path"]) == (code, ["input", "id"])
    imported = await entered(database, status="FAILED", attempt=1, config=None)
    if field == "retryRun":
        assert user_error_of((await ask(mutation, input={"id": str(imported["id"])}))[field])["code"] == "CONFLICT"


@on_sqlite
async def test_a_dry_run_is_reported_even_if_it_cannot_be_recorded(
    ask: Ask, graphql: Execute, dataset: dict[str, Any], settings: Settings
):
    given = {"datasetId": dataset["id"], "modelId": "tiny-random/qwen3"}
    async with locked(settings.database_url):
        payload = (await ask(START, input=given | {"wait": True}))["startRun"]
        body = await graphql(START, {"input": given})

    run = payload["run"]
    assert (run["status"], run["statusReason"]) == ("COMPLETED", "Dry-run validation successful.")
    assert (payload["persisted"], len(payload["warnings"])) == (False, 1)
    assert "✓ Dataset loaded: 10 traces" in run["stdout"]
    assert code_of(body) == "UNAVAILABLE", "one that is not waited for cannot be entered"
    assert "INSERT" not in str(body)
    assert (await ask(ONE, id=run["id"]))["run"] is None


KEPT = """
mutation ($input: StartRunInput!) {
  startRun(input: $input) {
    run {
      uuid status dataset { key } attempts { attempt } latestMetrics { name } metrics { name } checkpoints { step }
      logs { totalCount nodes { text } pageInfo { hasNextPage } } events { edges { cursor } } artifacts { totalCount }
    }
    persisted warnings errors { code }
  }
}
"""


async def test_a_run_is_reported_with_whatever_is_selected_though_the_database_is_away(
    ask: Ask, dataset: dict[str, Any], stand_in: StandIn, away: Away, settings: Settings
):
    stand_in.waits()
    given = {"datasetId": dataset["id"], "modelId": "tiny-random/qwen3", "mode": "TRAIN", "outputName": "named"}
    waiting = asyncio.ensure_future(ask(KEPT, input=given | {"wait": True}))
    await until_exists(settings.data_dir / "runs" / "named" / "checkpoints" / "1")
    async with away():
        stand_in.open()
        payload = (await waiting)["startRun"]

    run = payload["run"]
    assert (run["status"], payload["persisted"], payload["errors"]) == ("COMPLETED", False, [])
    if settings.database_url.startswith("sqlite"):  # it can be read still
        assert (len(payload["warnings"]), run["dataset"], run["attempts"]) == (1, {"key": "math-v1"}, [{"attempt": 1}])
        return
    assert payload["warnings"][1] == (
        "The database cannot be read now, so these fields are empty: artifacts, attempts, checkpoints, dataset, "
        "events, latestMetrics, logs, metrics. Query the run later."
    )
    assert run["dataset"] is None
    assert run["attempts"] == run["latestMetrics"] == run["metrics"] == run["checkpoints"] == run["events"]["edges"]
    assert run["logs"] == {"totalCount": 0, "nodes": [], "pageInfo": {"hasNextPage": False}}
    assert run["artifacts"] == {"totalCount": 0}


@pytest.fixture
async def impatient(settings: Settings) -> AsyncIterator[Ask]:
    """Asks a server whose requests may take a second."""
    app = create_app(replace(settings, request_timeout_seconds=1.0))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client,
    ):

        async def ask(query: str, **variables: Any) -> dict[str, Any]:
            return data_of((await client.post("/graphql", json={"query": query, "variables": variables})).json())

        yield ask


@on_sqlite
async def test_a_run_may_be_waited_for_longer_than_requests_may_take(
    ask: Ask, impatient: Ask, dataset: dict[str, Any], stand_in: StandIn
):
    stand_in.waits()
    run = await reaching(ask, (await started(ask, dataset, mode="TRAIN", idempotencyKey="k"))["run"], "RUNNING")
    waiting = asyncio.create_task(started(impatient, dataset, mode="TRAIN", idempotencyKey="k", wait=True))
    await asyncio.wait([waiting], timeout=1.5)
    assert not waiting.done()
    stand_in.open()

    ended = (await waiting)["run"]
    assert (ended["id"], ended["status"]) == (run["id"], "COMPLETED")
