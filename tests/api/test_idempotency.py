"""Idempotency keys of every creating mutation: equal requests at once, keys that come again, and how long they live."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any, TypeAlias

import pytest
from graphql import build_schema, get_named_type
from sqlalchemy import func, select, update

from tests.support import ungar_package
from tests.support.api import Ask, Store
from tests.support.repository import ROOT
from tests.support.traces import CREATE_TRACE, on_sqlite, trace_input, user_error_of
from tunix_rt.db.models import METADATA, datasets, idempotency_keys
from tunix_rt.db.session import Database
from tunix_rt.domain.idempotency import RETENTION
from tunix_rt.domain.keys.acting import Actor, acting

AT_ONCE = 12
WEEK = timedelta(days=7)
Request: TypeAlias = tuple[str, dict[str, Any]]

CREATES = {
    "createTrace": ("trace { uuid }", "traces", 1),
    "createTraces": ("traces { uuid }", "traces", 3),
    "createScore": ("score { uuid }", "scores", 1),
    "createScores": ("scores { uuid }", "scores", 2),
    "createDataset": ("dataset { uuid }", "datasets", 1),
    "splitDataset": ("datasets { uuid }", "datasets", 2),
    "createSavedView": ("savedView { uuid }", "saved_views", 1),
    "createRubric": ("rubric { uuid }", "rubrics", 1),
    "startExport": ("export { uuid }", "exports", 1),
    "startRun": ("run { uuid }", "tunix_runs", 1),
    "generateUngarTraces": ("traces { uuid }", "traces", 4),
    "createProtectedSet": ("protectedSet { uuid }", "protected_sets", 1),
    "createEvaluation": ("evaluation { uuid }", "evaluations", 1),
    "startGeneration": ("generation { uuid }", "generations", 1),
    "registerRun": ("run { uuid }", "tunix_runs", 1),
}
"""Each creating mutation: what it answers, and how many rows of which table it makes."""


def mutation_of(name: str) -> str:
    """The document of a creating mutation."""
    title = name[0].upper() + name[1:]
    selection = CREATES[name][0]
    return (
        f"mutation ($input: {title}Input!) {{ {name}(input: $input) {{ {selection} errors {{ code message path }} }} }}"
    )


@pytest.fixture
async def inputs(ask: Ask, store: Store, monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """An input for each creating mutation."""
    ungar_package.use(monkeypatch, ungar_package.PACKAGES[0])
    first, *_ = await store(*(trace_input(f"prompt {n}") for n in range(10)))
    made = await ask(mutation_of("createDataset"), input={"name": "parent", "version": "1"})
    parent = made["createDataset"]["dataset"]["uuid"]
    return {
        "createTrace": {"trace": trace_input("new")},
        "createTraces": {"traces": [trace_input(f"new {n}") for n in range(3)]},
        "createScore": {"traceId": first["id"], "scorer": "ada", "score": 1.0},
        "createScores": {"scores": [{"traceId": first["id"], "scorer": name, "score": 1.0} for name in ("ada", "bob")]},
        "createDataset": {"name": "ds", "version": "1"},
        "splitDataset": {"id": parent, "parts": [{"name": "a", "count": 7}, {"name": "b", "count": 3}]},
        "createSavedView": {"page": "RUNS", "name": "mine", "search": ""},
        "createRubric": {
            "name": "mine",
            "criteria": [{"scorer": "ada", "label": "Correct", "scale": {"min": 0, "max": 1}}],
        },
        "startExport": {"datasetId": parent, "format": "TRACE"},
        "startRun": {"datasetId": parent, "modelId": "google/gemma-2b-it", "outputName": "mine"},
        "generateUngarTraces": {"count": 4, "seed": 7},
        "createProtectedSet": {"name": "mine", "hashes": ["0" * 64]},
        "createEvaluation": {
            "name": "mine",
            "datasetId": parent,
            "scorer": "baseline",
            "candidates": [{"name": "all", "where": {"source": {"isNull": True}}}],
        },
        "startGeneration": {"datasetId": parent, "modelId": "tiny-random/qwen3"},
        "registerRun": {"modelId": "own/model", "outputName": "mine"},
    }


def test_every_mutation_with_a_key_is_tried():
    """But two: ``replayRun`` needs a completed run, and ``createKey`` shows its secret once."""
    mutations = build_schema((ROOT / "schema.graphql").read_text()).mutation_type
    assert mutations is not None
    inputs = {name: get_named_type(field.args["input"].type) for name, field in mutations.fields.items()}
    with_key = {name for name, input_type in inputs.items() if "idempotencyKey" in input_type.fields}

    assert with_key == CREATES.keys() | {"replayRun", "createKey"}


BY_NAME: dict[str, dict[str, Any]] = {
    "createDataset": {"name": "child", "version": "1", "parentDatasetId": "parent-1"},
    "splitDataset": {"id": "parent-1", "parts": [{"name": "a", "count": 7}, {"name": "b", "count": 3}]},
    "startExport": {"datasetId": "parent-1", "format": "TRACE"},
    "startRun": {"datasetId": "parent-1", "modelId": "google/gemma-2b-it"},
    "createProtectedSet": {"name": "mine", "datasetId": "parent-1"},
    "createEvaluation": {
        "name": "mine",
        "datasetId": "parent-1",
        "scorer": "baseline",
        "candidates": [{"name": "all", "where": {"source": {"isNull": True}}}],
    },
    "startGeneration": {"datasetId": "parent-1", "modelId": "tiny-random/qwen3"},
    "registerRun": {"modelId": "own/model", "datasetId": "parent-1"},
}
"""Inputs that name a dataset by its key."""


async def count(database: Database, table: str) -> int:
    """Returns the number of rows of a table."""
    async with database.read() as session:
        return (await session.execute(select(func.count()).select_from(METADATA.tables[table]))).scalar_one()


@pytest.mark.parametrize("name", CREATES)
async def test_equal_requests_at_once_answer_the_same(
    ask: Ask, database: Database, inputs: dict[str, dict[str, Any]], name: str
):
    _, table, rows = CREATES[name]
    before = await count(database, table)
    request = inputs[name] | {"idempotencyKey": "once"}

    answers = await asyncio.gather(*(ask(mutation_of(name), input=request) for _ in range(AT_ONCE)))

    assert [answer[name]["errors"] for answer in answers] == [[]] * AT_ONCE
    assert len({json.dumps(answer) for answer in answers}) == 1
    assert await count(database, table) == before + rows


async def test_equal_runs_that_are_waited_for_are_one(ask: Ask, database: Database, inputs: dict[str, dict[str, Any]]):
    request = inputs["startRun"] | {"idempotencyKey": "once", "wait": True}

    answers = await asyncio.gather(*(ask(mutation_of("startRun"), input=request) for _ in range(AT_ONCE)))

    assert len({json.dumps(answer) for answer in answers}) == 1
    assert await count(database, "tunix_runs") == 1


@pytest.mark.parametrize("name", BY_NAME)
async def test_a_repeated_request_is_answered_though_what_it_names_is_there_no_more(
    ask: Ask, database: Database, inputs: dict[str, dict[str, Any]], name: str
):
    assert inputs
    request = BY_NAME[name] | {"idempotencyKey": "once"}
    first = await ask(mutation_of(name), input=request)
    assert first[name]["errors"] == []
    async with database.write() as session:
        await session.execute(update(datasets).where(datasets.c.key == "parent-1").values(key="another"))

    assert await ask(mutation_of(name), input=request) == first
    refused = (await ask(mutation_of(name), input=BY_NAME[name]))[name]
    assert {error["code"] for error in refused["errors"]} == {"NOT_FOUND"}


async def test_a_repeated_request_may_wait_and_have_another_policy(ask: Ask, inputs: dict[str, dict[str, Any]]):
    request = inputs["startRun"] | {"idempotencyKey": "once"}
    first = await ask(mutation_of("startRun"), input=request)

    for other in ({"wait": True}, {"contaminationPolicy": "REFUSE"}, {"evalDatasetId": None}):
        assert await ask(mutation_of("startRun"), input=request | other) == first
    conflicting = (await ask(mutation_of("startRun"), input=request | {"batchSize": 7}))["startRun"]
    assert user_error_of(conflicting)["code"] == "CONFLICT"


async def test_keys_from_before_clients_were_stored_are_those_of_everybody(ask: Ask, database: Database):
    request = {"trace": trace_input(), "idempotencyKey": "k"}
    first = await ask(CREATE_TRACE, input=request)
    async with database.write() as session:
        await session.execute(update(idempotency_keys).values(client="*"))

    with acting(Actor("ada")):
        assert await ask(CREATE_TRACE, input=request) == first


async def test_unequal_requests_at_once_are_distinguished(ask: Ask, database: Database):
    requests = [{"trace": trace_input(f"prompt {n % 2}"), "idempotencyKey": "once"} for n in range(AT_ONCE)]

    answers = await asyncio.gather(*(ask(CREATE_TRACE, input=request) for request in requests))

    refused = [answer["createTrace"] for answer in answers if answer["createTrace"]["trace"] is None]
    assert len(refused) == AT_ONCE / 2
    assert {user_error_of(payload)["code"] for payload in refused} == {"CONFLICT"}
    assert await count(database, "traces") == 1


@pytest.mark.parametrize("given", [{"referenceAnswer": "5"}, {"group": "other"}, {"referenceAnswer": None}])
async def test_what_is_stored_beside_a_trace_distinguishes_requests(ask: Ask, given: dict[str, Any]):
    trace = trace_input(referenceAnswer="4", group="own")
    first = await ask(CREATE_TRACE, input={"trace": trace, "idempotencyKey": "k"})
    assert await ask(CREATE_TRACE, input={"trace": trace, "idempotencyKey": "k"}) == first

    answer = await ask(CREATE_TRACE, input={"trace": trace | given, "idempotencyKey": "k"})

    assert user_error_of(answer["createTrace"])["code"] == "CONFLICT"


async def make_older(database: Database, by: timedelta) -> None:
    """Lets time pass for every remembered key."""
    at = idempotency_keys.c.created_at
    async with database.write() as session:
        rows = (await session.execute(select(idempotency_keys.c.key, at))).all()
        for key, created_at in rows:
            older = update(idempotency_keys).where(idempotency_keys.c.key == key).values(created_at=created_at - by)
            await session.execute(older)


async def test_a_key_is_remembered_for_a_week_and_no_longer(ask: Ask, database: Database):
    request = {"trace": trace_input(), "idempotencyKey": "k"}
    first = await ask(CREATE_TRACE, input=request)
    await make_older(database, WEEK - timedelta(hours=1))

    assert await ask(CREATE_TRACE, input=request) == first
    await make_older(database, timedelta(hours=1))
    second = await ask(CREATE_TRACE, input=request)
    assert second["createTrace"]["errors"] == []
    assert second != first
    assert await ask(CREATE_TRACE, input=request) == second
    assert RETENTION == WEEK


@on_sqlite
async def test_forgotten_keys_leave_the_database(ask: Ask, database: Database):
    for key in ("old", "older"):
        await ask(CREATE_TRACE, input={"trace": trace_input(), "idempotencyKey": key})
    await make_older(database, WEEK)

    await ask(CREATE_TRACE, input={"trace": trace_input(), "idempotencyKey": "new"})

    async with database.read() as session:
        assert list((await session.execute(select(idempotency_keys.c.key))).scalars()) == ["new"]
