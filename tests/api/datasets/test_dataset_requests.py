"""Requests for datasets: refused ones, and those repeated under an idempotency key."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.conftest import Execute
from tests.support.api import Ask, Store
from tests.support.datasets import CREATE, DELETE_DATASET, Traces, create, refused
from tests.support.traces import (
    CREATE_SCORE,
    UNKNOWN_UUID,
    error_of,
    trace_input,
    user_error_of,
)
from tunix_rt.domain.datasets.building import Built, build
from tunix_rt.settings import Settings


async def test_keys_collide_only_as_conflicts(ask: Ask, ten: Traces):
    await create(ask, name="a-b", version="c")
    for name, version in (("a-b", "c"), ("a", "b-c")):
        payload = (await ask(CREATE, input={"name": name, "version": version}))["createDataset"]
        error = user_error_of(payload)
        assert (error["code"], error["path"]) == ("CONFLICT", ["input", "version"])
        assert "'a-b'" in error["message"]
    assert (await ask("{ datasets { totalCount } }"))["datasets"]["totalCount"] == 1


@pytest.mark.parametrize(
    ("fields", "path", "output"),
    [
        ({"name": ""}, ["name"], "1 to 128 characters; it has 0"),
        ({"name": "x" * 129}, ["name"], "it has 129"),
        ({"version": "x" * 65}, ["version"], "1 to 64 characters; it has 65"),
        ({"name": "a\\b"}, ["name"], "at position 1"),
        ({"name": "a/../b"}, ["name"], "'..' at position 2"),
        ({"name": ".hidden"}, ["name"], "'.' at position 0"),
        ({"name": "a:b"}, ["name"], "':' at position 1"),
        ({"name": "a*"}, ["name"], "'*' at position 1"),
        ({"name": "a\nb"}, ["name"], "at position 1"),
        ({"name": "e\u0301"}, ["name"], "at position 1"),
        ({"name": "- /_"}, ["name"], "a letter or a digit"),
        ({"limit": 0}, ["limit"], "between 1 and 10000000; it is 0"),
        ({"limit": 10_000_001}, ["limit"], "it is 10000001"),
        ({"strategy": "RANDOM"}, ["seed"], "RANDOM needs a seed"),
        ({"strategy": "RANDOM_SAMPLE"}, ["seed"], "RANDOM_SAMPLE needs a seed"),
        ({"strategy": "RANDOM", "seed": 1, "orderBy": [{"field": "CHAR_COUNT"}]}, ["orderBy"], "for strategy LATEST"),
        ({"sessionId": "x" * 129}, ["sessionId"], "sessionId must have 1 to 128 characters; it has 129"),
        ({"trainingRunId": ""}, ["trainingRunId"], "1 to 128 characters; it has 0"),
        ({"where": {"source": {"eq": "none"}}}, ["where"], "no trace satisfies where"),
        ({"seed": 3, "limit": 5}, ["seed"], "seed is for the random strategies"),
        ({"where": {"search": "?!"}}, ["where", "search"], "at least one word"),
    ],
)
async def test_bad_input_names_its_field_and_limit(
    ask: Ask, ten: Traces, fields: dict[str, Any], path: list[str], output: str
):
    error = await refused(ask, **fields)

    assert (error["code"], error["path"]) == ("BAD_USER_INPUT", ["input", *path])
    assert output in error["message"]


async def test_all_validation_errors_are_reported_together(ask: Ask):
    wrong = {"name": "a:b", "version": "", "sessionId": "", "trainingRunId": "\0", "limit": 0, "strategy": "RANDOM"}

    errors = (await ask(CREATE, input=wrong))["createDataset"]["errors"]

    assert [error["path"][1:] for error in errors] == [
        ["name"],
        ["version"],
        ["sessionId"],
        ["trainingRunId"],
        ["limit"],
        ["seed"],
    ]


async def test_scores_of_any_size_have_a_mean(ask: Ask, ten: Traces):
    for trace in ten[:3]:
        await ask(CREATE_SCORE, input={"traceId": trace["id"], "scorer": "ada", "score": 1.7e308})

    dataset = await create(ask)

    (summary,) = dataset["stats"]["scores"]
    assert (summary["count"], summary["mean"]) == (3, pytest.approx(1.7e308))
    assert (await ask("query ($id: ID!) { dataset(id: $id) { stats { scores { mean } } } }", id=dataset["id"]))[
        "dataset"
    ]


async def test_members_that_cannot_be_kept_are_reported(
    ask: Ask, graphql: Execute, ten: Traces, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tunix_rt.domain.datasets.members.HELD_BYTES", 100)
    await create(ask)
    assert [*settings.data_dir.glob("*")] == []
    settings.data_dir.rmdir()
    settings.data_dir.write_text("a file where the folder should be")

    error = error_of(await graphql(CREATE, {"input": {"name": "ds", "version": "2"}}))

    assert error["extensions"]["code"] == "UNAVAILABLE"
    assert error["message"] == "The members cannot be written to a temporary file in the data folder: File exists."


async def test_an_empty_database_makes_no_dataset(ask: Ask):
    error = await refused(ask)

    assert (error["path"], error["message"]) == (["input", "where"], "The selection is empty: there are no traces.")


async def test_letters_of_any_script_make_a_key(ask: Ask, ten: Traces):
    assert (await create(ask, name="größe 数", version="é"))["key"] == "größe_数-é"


async def test_an_unknown_parent_is_not_found(ask: Ask, ten: Traces):
    error = await refused(ask, parentDatasetId=UNKNOWN_UUID)

    assert (error["code"], error["path"]) == ("NOT_FOUND", ["input", "parentDatasetId"])


async def test_an_idempotency_key_makes_one_dataset(ask: Ask, store: Store, ten: Traces):
    fields = {"idempotencyKey": "once", "where": {"source": {"eq": "a"}}}
    first = await create(ask, **fields)
    await store(trace_input("later", meta={"source": "a"}))

    assert await create(ask, **fields) == first
    payload = (await ask(CREATE, input={"name": "ds", "version": "1", **fields, "limit": 3}))["createDataset"]
    assert user_error_of(payload)["code"] == "CONFLICT"


async def test_twins_with_an_idempotency_key_make_one_dataset(ask: Ask, ten: Traces, monkeypatch: pytest.MonkeyPatch):
    """Two requests that begin before either has stored anything."""
    both = asyncio.Barrier(2)

    async def build_together(*arguments: Any) -> Built:
        built = await build(*arguments)
        await both.wait()
        return built

    monkeypatch.setattr("tunix_rt.api.datasets.mutations.build", build_together)

    first, second = await asyncio.gather(*(create(ask, idempotencyKey="once") for _ in range(2)))

    assert first == second
    assert (await ask("{ datasets { totalCount } }"))["datasets"]["totalCount"] == 1


async def test_what_was_deleted_since_cannot_be_answered_again(ask: Ask, ten: Traces):
    dataset = await create(ask, idempotencyKey="once")
    await ask(DELETE_DATASET, input={"id": dataset["id"]})

    payload = (await ask(CREATE, input={"name": "ds", "version": "1", "idempotencyKey": "once"}))["createDataset"]

    error = user_error_of(payload)
    assert (error["code"], error["path"]) == ("NOT_FOUND", ["input", "idempotencyKey"])
