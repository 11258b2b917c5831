"""Datasets over HTTP: built from the whole table, listed, walked both ways, deleted."""

from __future__ import annotations

import hashlib
import random

import pytest

from tests.support.api import Ask, Store
from tests.support.datasets import Traces, create, prompts
from tests.support.traces import (
    CREATE_SCORE,
    on_sqlite,
    trace_input,
)


async def test_all_of_it(ask: Ask, ten: Traces):
    for scorer, score in (("ada", 1.0), ("ada", 3.0), ("bob", 0.5)):
        await ask(CREATE_SCORE, input={"traceId": ten[4]["id"], "scorer": scorer, "score": score})
    await ask(CREATE_SCORE, input={"traceId": ten[5]["id"], "scorer": "ada", "score": 2.0, "stepIndex": 0})
    await ask(CREATE_SCORE, input={"traceId": ten[6]["id"], "scorer": "ada", "score": 5.0})

    dataset = await create(
        ask, name="my data/set", version="v 1.0", where={"source": {"eq": "a"}}, sessionId="s", trainingRunId="r"
    )

    assert dataset["key"] == "my_data_set-v_1.0"
    assert (dataset["name"], dataset["version"]) == ("my data/set", "v 1.0")
    assert (dataset["sessionId"], dataset["trainingRunId"]) == ("s", "r")
    assert dataset["traceCount"] == 6
    chars = len("prompt 0") + len("4") + len("Two and two") + len("make four.")
    assert dataset["stats"] == {
        "traceCount": 6,
        "avgStepCount": 2.0,
        "minStepCount": 2,
        "maxStepCount": 2,
        "avgCharCount": float(chars),
        "sourceCount": 1,
        "sources": [{"source": "a", "count": 6}],
        "scores": [
            {"scorer": "ada", "count": 1, "mean": 3.0, "low": 3.0, "high": 3.0},
            {"scorer": "bob", "count": 1, "mean": 0.5, "low": 0.5, "high": 0.5},
        ],
    }
    assert dataset["recipe"] == {
        "__typename": "SelectionRecipe",
        "where": {"source": {"eq": "a"}},
        "orderBy": [{"field": "CREATED_AT", "direction": "DESC"}],
        "strategy": "LATEST",
        "seed": None,
        "limit": 10_000_000,
        "asOf": 10,
    }
    assert await prompts(ask, dataset) == [f"prompt {n}" for n in (8, 7, 5, 4, 2, 1)]
    hashes = (
        await ask("query ($id: ID!) { dataset(id: $id) { traces { nodes { contentHash } } } }", id=dataset["id"])
    )["dataset"]["traces"]["nodes"]
    joined = b"".join(bytes.fromhex(node["contentHash"]) for node in hashes)
    assert dataset["sha256"] == hashlib.sha256(joined).hexdigest()


async def test_a_selection_looks_at_the_whole_table_however_old_its_match_is(ask: Ask, ten: Traces):
    dataset = await create(ask, where={"meta": [{"path": ["n"], "eq": 0}]}, limit=1)

    assert await prompts(ask, dataset) == ["prompt 0"]


async def test_a_trace_without_metadata_is_no_obstacle_to_a_filter_of_metadata(ask: Ask, store: Store):
    await store(trace_input("with", meta={"k": "v"}), trace_input("without"), trace_input("null", meta=None))

    assert await prompts(ask, await create(ask, where={"meta": [{"path": ["k"], "eq": "v"}]})) == ["with"]


async def test_the_order_decides_what_latest_takes(ask: Ask, store: Store):
    await store(*(trace_input("x" * n) for n in (3, 1, 2, 5, 4)))

    dataset = await create(ask, orderBy=[{"field": "CHAR_COUNT", "direction": "DESC"}], limit=3)

    assert await prompts(ask, dataset) == ["xxxxx", "xxxx", "xxx"]
    assert dataset["recipe"]["orderBy"] == [{"field": "CHAR_COUNT", "direction": "DESC"}]


@pytest.mark.parametrize(
    ("count", "limit", "seed", "indexes"),
    [
        (10, 3, 42, [1, 0, 4]),
        (10, 3, 7, [5, 2, 6]),
        (10, 3, 0, [6, 9, 0]),
        (10, 3, -1, [2, 1, 4]),
        (5, 3, 42, [0, 4, 2]),
        (5, 5, 42, [0, 4, 2, 1, 3]),
    ],
)
@on_sqlite
async def test_random_samples_are_those_of_the_original(
    ask: Ask, store: Store, count: int, limit: int, seed: int, indexes: list[int]
):
    stored = await store(*(trace_input(f"prompt {n}") for n in range(count)))
    newest_first = [trace["prompt"] for trace in reversed(stored)]

    dataset = await create(ask, strategy="RANDOM_SAMPLE", seed=seed, limit=limit)

    assert await prompts(ask, dataset) == [newest_first[index] for index in indexes]


async def test_random_samples_are_python_s_own_over_several_pages(
    ask: Ask, ten: Traces, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tunix_rt.domain.datasets.sampling.PAGE_ROWS", 4)
    newest_first = [f"prompt {n}" for n in reversed(range(10))]

    dataset = await create(ask, strategy="RANDOM_SAMPLE", seed=3, limit=9)

    expected = random.Random(3).sample(newest_first, 9)  # noqa: S311 - the very generator that is promised
    assert await prompts(ask, dataset) == expected


async def test_random_choices_repeat_stay_under_inserts_and_grow_with_the_limit(ask: Ask, store: Store, ten: Traces):
    where = {"meta": [{"path": ["n"], "gte": 0}]}
    four = await prompts(ask, await create(ask, strategy="RANDOM", seed=1, limit=4, where=where))
    again = await prompts(ask, await create(ask, version="2", strategy="RANDOM", seed=1, limit=4, where=where))
    await store(*(trace_input(f"later {n}") for n in range(20)))
    later = await prompts(ask, await create(ask, version="3", strategy="RANDOM", seed=1, limit=4, where=where))
    seven = await prompts(ask, await create(ask, version="4", strategy="RANDOM", seed=1, limit=7, where=where))
    other = await prompts(ask, await create(ask, version="5", strategy="RANDOM", seed=2, limit=10, where=where))

    assert four == again == later == seven[:4]
    assert len(set(seven)) == 7
    assert sorted(other) == sorted(trace["prompt"] for trace in ten)
    assert other[:4] != four


async def test_more_candidates_than_are_held_at_once(ask: Ask, ten: Traces, monkeypatch: pytest.MonkeyPatch):
    whole = await prompts(ask, await create(ask, strategy="RANDOM", seed=5))
    monkeypatch.setattr("tunix_rt.domain.datasets.sampling.SLACK", 1)
    monkeypatch.setattr("tunix_rt.domain.traces.selection.PAGE_ROWS", 3)

    assert await prompts(ask, await create(ask, version="2", strategy="RANDOM", seed=5, limit=3)) == whole[:3]
