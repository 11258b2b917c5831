"""External runs: registered, reported in batches that are stored once, finished, and left alone by this server."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from tests.support.api import Ask, Store
from tests.support.no_worker import settings
from tests.support.run_requests import entered
from tests.support.traces import CREATE_DATASET, UNKNOWN_UUID, on_sqlite, trace_input, user_error_of
from tunix_rt.db.identity import now
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.session import Database
from tunix_rt.domain.jobs.queue import expired_holds
from tunix_rt.domain.runs.external.registration import STARTED
from tunix_rt.jobs.runs.kind import Runs

__all__ = ["settings"]

RUN = """
  uuid status statusReason mode method modelId outputName datasetKey engine attempt maxAttempts progress parameters
  lastBatch lastReportAt completedAt durationSeconds config { seed } error { code message }
  trainingProgress { step totalSteps } dataset { key } attempts { attempt status }
"""
ERRORS = "errors { code message path }"
REGISTER = f"mutation ($input: RegisterRunInput!) {{ registerRun(input: $input) {{ run {{ {RUN} }} {ERRORS} }} }}"
APPEND = f"""
mutation ($input: AppendRunEventsInput!) {{ appendRunEvents(input: $input) {{ run {{ {RUN} }} appended {ERRORS} }} }}
"""
FINISH = f"mutation ($input: FinishRunInput!) {{ finishRun(input: $input) {{ run {{ {RUN} }} {ERRORS} }} }}"
DELETE = f"mutation ($input: DeleteRunInput!) {{ deleteRun(input: $input) {{ deletedUuid {ERRORS} }} }}"
TIMELINE = """
query ($id: ID!) {
  run(id: $id) {
    metrics { name steps values kinds }
    latestMetrics { name step value }
    logs { nodes { text stream } }
    events(first: 100) {
      nodes { seq attempt ... on RunState { status } ... on RunMetricPoint { name } ... on RunLogLine { text } }
    }
  }
}
"""
TIMES = """
query ($id: ID!) {
  run(id: $id) { events { nodes { at ... on RunState { trainingProgress { step totalSteps } } } } }
}
"""
AT_ONCE = 8
END: list[dict[str, Any]] = [{}, {"status": "CANCELLED"}]
REFUSED = {
    "cancelRun": "CancelRunInput",
    "retryRun": "RetryRunInput",
    "replayRun": "ReplayRunInput",
}


async def register(ask: Ask, **fields: Any) -> dict[str, Any]:
    """Returns the payload of ``registerRun``."""
    payload: dict[str, Any] = (await ask(REGISTER, input={"modelId": "own/model"} | fields))["registerRun"]
    return payload


async def append(ask: Ask, run: str, batch: int, **fields: Any) -> dict[str, Any]:
    """Returns the payload of ``appendRunEvents``."""
    payload: dict[str, Any] = (await ask(APPEND, input={"id": run, "batch": batch} | fields))["appendRunEvents"]
    return payload


async def finish(ask: Ask, run: str, **fields: Any) -> dict[str, Any]:
    """Returns the payload of ``finishRun``."""
    payload: dict[str, Any] = (await ask(FINISH, input={"id": run} | fields))["finishRun"]
    return payload


def loss(step: int, value: float | None = 0.5, **fields: Any) -> dict[str, Any]:
    """Returns a value of ``train/loss`` as an input."""
    return {"name": "train/loss", "step": step, "value": value} | fields


async def test_a_run_is_registered_reported_and_finished(ask: Ask, store: Store):
    await store(trace_input())
    await ask(CREATE_DATASET, input={"name": "d", "version": "1", "limit": 1})

    registered = await register(
        ask, outputName="mine", method="LORA", datasetId="d-1", parameters={"rank": 4, "lr": [1e-3]}, totalSteps=4
    )
    run = registered["run"]
    assert registered["errors"] == []
    assert run | {"uuid": "", "lastReportAt": ""} == {
        "uuid": "", "status": "RUNNING", "statusReason": STARTED,
        "mode": "TRAIN", "method": "LORA", "modelId": "own/model", "outputName": "mine", "datasetKey": "d-1",
        "engine": "external", "attempt": 1, "maxAttempts": 1, "progress": 0.0, "parameters": {"rank": 4, "lr": [1e-3]},
        "lastBatch": 0, "lastReportAt": "", "completedAt": None, "durationSeconds": None, "config": None, "error": None,
        "trainingProgress": {"step": None, "totalSteps": 4}, "dataset": {"key": "d-1"},
        "attempts": [{"attempt": 1, "status": "RUNNING"}],
    }  # fmt: skip

    first = await append(ask, "mine", 1, metrics=[loss(0, 2.0), loss(1, 1.0)], lines=[{"text": "begins"}], step=1)
    assert (first["appended"], first["errors"]) == (True, [])
    assert (first["run"]["lastBatch"], first["run"]["progress"]) == (1, 0.25)
    assert first["run"]["lastReportAt"] > run["lastReportAt"]
    silent = await append(ask, "mine", 2)
    assert (silent["appended"], silent["run"]["progress"]) == (True, 0.25)
    await append(ask, "mine", 3, metrics=[loss(2, None, kind="NAN")], lines=[{"text": "", "stream": "STDERR"}])

    timeline = (await ask(TIMELINE, id="mine"))["run"]
    assert timeline["metrics"] == [
        {
            "name": "train/loss",
            "steps": [0, 1, 2],
            "values": [2.0, 1.0, None],
            "kinds": ["FINITE", "FINITE", "NAN"],
        }
    ]
    assert timeline["logs"]["nodes"] == [{"text": "begins", "stream": "STDOUT"}, {"text": "", "stream": "STDERR"}]

    done = (await finish(ask, "mine"))["run"]
    assert (done["status"], done["progress"], done["error"]) == ("COMPLETED", 1.0, None)
    assert done["durationSeconds"] > 0
    assert done["attempts"] == [{"attempt": 1, "status": "COMPLETED"}]
    events = (await ask(TIMELINE, id="mine"))["run"]["events"]["nodes"]
    assert [event["seq"] for event in events] == list(range(1, 9))
    assert [event["status"] for event in events if "status" in event] == ["RUNNING", "RUNNING", "COMPLETED"]


async def test_times_and_position_are_those_that_the_program_reports(ask: Ask):
    run = (await register(ask, totalSteps=2))["run"]["uuid"]
    at = "2026-01-02T03:04:05.000006Z"
    first = await append(ask, run, 1, metrics=[loss(1, at=at), loss(2)], lines=[{"text": "a", "at": at}], step=3)
    assert (first["run"]["progress"], first["run"]["trainingProgress"]) == (1.0, {"step": 3, "totalSteps": 2})
    events = (await ask(TIMES, id=run))["run"]["events"]["nodes"]
    reported = first["run"]["lastReportAt"]
    assert [event["at"] for event in events] == [events[0]["at"], at, reported, at, reported]

    longer = await append(ask, run, 2, totalSteps=12)
    assert (longer["run"]["progress"], longer["run"]["trainingProgress"]) == (0.25, {"step": 3, "totalSteps": 12})
    assert (await ask(TIMES, id=run))["run"]["events"]["nodes"][-1]["trainingProgress"] == {"step": 3, "totalSteps": 12}
    ended = (await finish(ask, run, status="FAILED", error="x" * 10_000))["run"]
    assert (ended["progress"], len(ended["error"]["message"])) == (0.25, 10_000)
    assert ended["lastReportAt"] > longer["run"]["lastReportAt"]
    other = user_error_of(await finish(ask, run, status="FAILED", error="another"))
    assert (other["code"], other["message"]) == ("CONFLICT", "The run is FAILED already.")


async def test_a_batch_that_is_sent_again_is_stored_once(ask: Ask):
    run = (await register(ask))["run"]["uuid"]
    batch = {"metrics": [loss(1)], "lines": [{"text": "once"}]}

    assert [(await append(ask, run, 1, **batch))["appended"] for _ in range(3)] == [True, False, False]
    other = user_error_of(await append(ask, run, 1, metrics=[loss(1, 0.25)]))
    assert (other["code"], other["path"]) == ("CONFLICT", ["input", "batch"])
    assert other["message"] == "Batch 1 was stored with other contents; the next one is 2."
    gap = user_error_of(await append(ask, run, 3))
    assert (gap["code"], gap["message"]) == (
        "CONFLICT",
        "batch must be 2, the one after the last that is stored; it is 3.",
    )
    assert (await append(ask, run, 2))["appended"] is True

    await finish(ask, run)
    assert (await append(ask, run, 2))["appended"] is False, "the answer of the last batch may be lost, too"
    assert user_error_of(await append(ask, run, 3))["message"].startswith("The run is COMPLETED already")
    timeline = (await ask(TIMELINE, id=run))["run"]
    assert timeline["metrics"][0]["values"] == [0.5]
    assert [line["text"] for line in timeline["logs"]["nodes"]] == ["once"]


async def test_equal_requests_at_once_are_stored_once_and_all_succeed(ask: Ask):
    """A client that does not get its answer in time sends its request again, while the first may be on its way."""
    run = (await register(ask))["run"]["uuid"]

    batches = await asyncio.gather(*(append(ask, run, 1, lines=[{"text": "once"}]) for _ in range(AT_ONCE)))
    ends = await asyncio.gather(*(finish(ask, run) for _ in range(AT_ONCE)))

    assert [payload["errors"] for payload in [*batches, *ends]] == [[]] * (2 * AT_ONCE)
    assert sorted(payload["appended"] for payload in batches) == [False] * (AT_ONCE - 1) + [True]
    events = (await ask(TIMELINE, id=run))["run"]["events"]["nodes"]
    assert [event.get("text", event.get("status")) for event in events] == ["RUNNING", "once", "COMPLETED"]


async def test_unequal_requests_at_once_are_distinguished(ask: Ask):
    run = (await register(ask))["run"]["uuid"]

    batches = await asyncio.gather(*(append(ask, run, 1, lines=[{"text": str(n)}]) for n in range(AT_ONCE)))
    ends = await asyncio.gather(*(finish(ask, run, **END[n % 2]) for n in range(AT_ONCE)))

    refused = [user_error_of(payload) for payload in batches if payload["errors"]]
    assert [error["code"] for error in refused] == ["CONFLICT"] * (AT_ONCE - 1)
    late = [user_error_of(payload) for payload in ends if payload["errors"]]
    assert [error["code"] for error in late] == ["CONFLICT"] * (AT_ONCE // 2)
    assert {error["message"].split()[-2] for error in late} <= {"COMPLETED", "CANCELLED"}


async def test_registration_and_end_are_repeatable(ask: Ask):
    first = await register(ask, outputName="mine", idempotencyKey="k")
    again = await register(ask, outputName="mine", idempotencyKey="k")
    assert first["run"]["uuid"] == again["run"]["uuid"]
    taken = user_error_of(await register(ask, outputName="mine"))
    assert (taken["code"], taken["path"]) == ("CONFLICT", ["input", "outputName"])

    failed = [(await finish(ask, "mine", status="FAILED", error="out of memory"))["run"] for _ in range(2)]
    assert failed[0] == failed[1]
    assert failed[0]["error"] == {"code": "TRAINER_FAILED", "message": "out of memory"}
    assert user_error_of(await finish(ask, "mine"))["message"] == "The run is FAILED already."


async def test_this_server_leaves_it_alone(ask: Ask, database: Database):
    run = (await register(ask, outputName="mine"))["run"]["uuid"]

    for mutation, kind in REFUSED.items():
        query = f"mutation ($input: {kind}!) {{ {mutation}(input: $input) {{ run {{ uuid }} {ERRORS} }} }}"
        error = user_error_of((await ask(query, input={"id": run}))[mutation])
        assert (error["code"], error["path"]) == ("CONFLICT", ["input", "id"])
        assert "The run is external" in error["message"]
    async with database.read() as session:
        later = now() + timedelta(days=1)
        assert [str(hold.id) for hold in await expired_holds(session, tunix_runs, later)] == [run]
        assert await expired_holds(session, tunix_runs, later, *Runs.conditions) == []
    assert "`finishRun` ends it here" in user_error_of((await ask(DELETE, input={"id": run}))["deleteRun"])["message"]
    assert (await finish(ask, run, status="CANCELLED"))["run"]["status"] == "CANCELLED"
    assert (await ask(DELETE, input={"id": run}))["deleteRun"]["deletedUuid"] == run
    assert user_error_of(await append(ask, run, 1))["code"] == "NOT_FOUND"
    assert user_error_of(await finish(ask, run))["code"] == "NOT_FOUND"


@on_sqlite
async def test_a_run_of_this_server_takes_no_reports(ask: Ask, database: Database):
    run = str((await entered(database, status="RUNNING", attempt=1))["id"])

    for payload in (await append(ask, run, 1), await finish(ask, run)):
        error = user_error_of(payload)
        assert (error["code"], error["path"]) == ("CONFLICT", ["input", "id"])
        assert "trained by this server" in error["message"]


@on_sqlite
async def test_every_error_of_a_registration_is_named(ask: Ask):
    payload = await register(
        ask, modelId="", outputName="a/b", parameters=[1], totalSteps=0, datasetId=UNKNOWN_UUID, idempotencyKey="k"
    )
    assert payload["run"] is None
    assert [error["path"][1:] for error in payload["errors"]] == [
        ["modelId"], ["outputName"], ["totalSteps"], ["parameters"]
    ]  # fmt: skip
    missing = user_error_of(await register(ask, datasetId=UNKNOWN_UUID))
    assert (missing["code"], missing["path"]) == ("NOT_FOUND", ["input", "datasetId"])
    large = user_error_of(await register(ask, parameters={"text": "x" * 65_536}))
    assert large["message"] == "parameters must have at most 65,536 bytes of JSON; it has 65,547."
    assert user_error_of(await register(ask, parameters={"a": "\0"}))["path"][1:] == ["parameters", "a"]


@on_sqlite
async def test_every_error_of_a_batch_is_named(ask: Ask):
    run = (await register(ask))["run"]["uuid"]

    bad = await append(
        ask,
        run,
        0,
        metrics=[loss(-1), loss(1, None), loss(1, kind="NAN"), loss(1, name="")],
        lines=[{"text": "x" * 16_385}, {"text": "a\0"}],
        step=-1,
        totalSteps=0,
    )
    assert [error["path"][1:] for error in bad["errors"]] == [
        ["batch"],
        ["step"],
        ["totalSteps"],
        ["metrics", "0", "step"],
        ["metrics", "1", "value"],
        ["metrics", "2", "value"],
        ["metrics", "3", "name"],
        ["lines", "0", "text"],
        ["lines", "1", "text"],
    ]
    lines = [{"text": "x" * 16_384}, *[{"text": "x"}] * 1000]
    assert user_error_of(await append(ask, run, 1, lines=lines))["message"].startswith("lines must have at most 1000")
    many = user_error_of(await append(ask, run, 1, metrics=[loss(1)] * 1001))
    assert many["message"] == "metrics must have at most 1000 entries; it has 1001."
    assert (await append(ask, run, 1, metrics=[loss(1)] * 1000, lines=lines[:1000]))["errors"] == []

    assert user_error_of(await finish(ask, run, status="RUNNING"))["path"][1:] == ["status"]
    assert user_error_of(await finish(ask, run, status="FAILED"))["path"][1:] == ["error"]
    assert user_error_of(await finish(ask, run, error="x"))["path"][1:] == ["error"]
    for error in ("", "x" * 10_001):
        assert user_error_of(await finish(ask, run, status="FAILED", error=error))["path"][1:] == ["error"]
