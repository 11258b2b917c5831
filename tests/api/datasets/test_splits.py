"""Datasets split into parts, and compared by their prompts."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Execute
from tests.support.api import Ask, Store
from tests.support.datasets import Traces, create, prompts
from tests.support.traces import (
    DELETE_TRACES,
    UNKNOWN_UUID,
    code_of,
    error_of,
    trace_input,
    user_error_of,
)
from tests.support.verification import SPLIT, verify
from tunix_rt.domain.datasets.splitting import RANK_END, Share, cut_near, exact_counts

OVERLAP = """
query ($a: ID!, $b: ID!) {
  datasetOverlap(a: $a, b: $b) { sharedPrompts promptsInA promptsInB sharedTracesInA sharedTracesInB }
}
"""


DELETE = "mutation ($input: DeleteDatasetInput!) { deleteDataset(input: $input) { deletedUuid } }"


HALVES = [{"name": "train", "fraction": 0.5}, {"name": "test", "fraction": 0.5}]


async def split(ask: Ask, dataset: dict[str, Any], parts: Any, **fields: Any) -> list[dict[str, Any]]:
    """The parts of a dataset."""
    payload = (await ask(SPLIT, input={"id": dataset["id"], "parts": parts} | fields))["splitDataset"]
    assert payload["errors"] == []
    found: list[dict[str, Any]] = payload["datasets"]
    return found


async def test_parts_have_their_shares_and_their_lineage(ask: Ask, ten: Traces):
    dataset = await create(ask)

    train, test = await split(ask, dataset, [{"name": "train", "fraction": 0.8}, {"name": "test", "fraction": 0.2}])

    assert (train["traceCount"], test["traceCount"]) == (8, 2)
    assert (train["key"], test["key"]) == ("ds-train-1", "ds-test-1")
    assert train["parent"] == {"key": "ds-1"}
    assert test["recipe"] == {
        "parentKey": "ds-1",
        "parentSha256": dataset["sha256"],
        "part": "test",
        "parts": [{"name": "train", "count": 8}, {"name": "test", "count": 2}],
        "promptSeed": 0,
    }
    members = [*await prompts(ask, train), *await prompts(ask, test)]
    assert sorted(members) == [f"prompt {n}" for n in range(10)]
    order = await prompts(ask, dataset)
    assert await prompts(ask, train) == [prompt for prompt in order if prompt in set(await prompts(ask, train))]


async def test_one_prompt_never_lands_in_two_parts(ask: Ask, store: Store):
    await store(*(trace_input(f"prompt {n % 7}", meta={"n": n}) for n in range(60)))
    dataset = await create(ask)

    parts = await split(
        ask, dataset, [{"name": "a", "count": 20}, {"name": "b", "count": 20}, {"name": "c", "fraction": 0.25}], seed=3
    )

    owners = defaultdict(set)
    for part in parts:
        for prompt in await prompts(ask, part):
            owners[prompt].add(part["key"])
    assert all(len(keys) == 1 for keys in owners.values())
    assert all(abs(part["traceCount"] - wanted) <= 9 for part, wanted in zip(parts, (20, 20, 15), strict=True))
    for part in parts:
        for other in parts:
            if part is not other:
                found = (await ask(OVERLAP, a=part["id"], b=other["id"]))["datasetOverlap"]
                assert (found["sharedPrompts"], found["sharedTracesInA"]) == (0, 0)


async def test_a_split_repeats_and_another_seed_makes_another(ask: Ask, ten: Traces):
    dataset = await create(ask)

    first, again, other = [
        await split(ask, dataset, HALVES, version=version, seed=seed)
        for version, seed in (("a", 1), ("b", 1), ("c", 2))
    ]

    assert [part["sha256"] for part in first] == [part["sha256"] for part in again]
    assert first[0]["sha256"] != other[0]["sha256"]


async def test_parts_are_verified_against_their_parent(ask: Ask, ten: Traces):
    dataset = await create(ask)
    train, test = await split(ask, dataset, HALVES)
    assert (await verify(ask, train))["reproducible"]
    gone = (await ask(f'{{ dataset(id: "{test["id"]}") {{ traces(first: 1) {{ nodes {{ id uuid }} }} }} }}'))["dataset"]
    await ask(DELETE_TRACES, input={"ids": [gone["traces"]["nodes"][0]["id"]]})

    untouched, touched = await verify(ask, train), await verify(ask, test)

    assert untouched["reproducible"]
    assert untouched["newerCount"] is None
    assert touched["changes"] == {("DELETED", gone["traces"]["nodes"][0]["uuid"]): 0}
    await ask(DELETE, input={"id": dataset["id"]})
    orphan = await verify(ask, train)
    assert (orphan["intact"], orphan["reproducible"], orphan["derivedSha256"]) == (True, False, None)
    assert "'ds-1' was deleted" in orphan["derivationError"]


async def test_a_split_with_an_idempotency_key_is_made_once(ask: Ask, ten: Traces):
    dataset = await create(ask)

    first = await split(ask, dataset, HALVES, idempotencyKey="once")

    assert await split(ask, dataset, HALVES, idempotencyKey="once") == first


async def test_everything_that_is_wrong_with_parts_is_reported_at_once(ask: Ask, ten: Traces):
    dataset = await create(ask)
    parts = [{"name": "a:b", "count": 0}, {"name": "c"}, {"name": "", "fraction": 2}]

    payload = (await ask(SPLIT, input={"id": dataset["id"], "parts": parts}))["splitDataset"]

    paths = [["0", "name"], ["0", "count"], ["1"], ["2", "name"], ["2", "fraction"]]
    assert [error["path"] for error in payload["errors"]] == [["input", "parts", *path] for path in paths]


async def test_a_part_that_was_deleted_since_cannot_be_answered_again(ask: Ask, ten: Traces):
    dataset = await create(ask)
    first, _ = await split(ask, dataset, HALVES, idempotencyKey="once")
    await ask(DELETE, input={"id": first["id"]})

    request = {"id": dataset["id"], "parts": HALVES, "idempotencyKey": "once"}
    error = user_error_of((await ask(SPLIT, input=request))["splitDataset"])

    assert (error["code"], error["path"]) == ("NOT_FOUND", ["input", "idempotencyKey"])


@pytest.mark.parametrize(
    ("fields", "code", "path", "output"),
    [
        ({"parts": []}, "BAD_USER_INPUT", ["parts"], "1 to 20 parts; it has 0"),
        ({"parts": [{"name": "a", "count": 1}] * 21}, "BAD_USER_INPUT", ["parts"], "it has 21"),
        ({"parts": [{"name": "a", "count": 1}] * 2}, "BAD_USER_INPUT", ["parts"], "'a' occurs 2 times"),
        ({"parts": [{"name": "a"}]}, "BAD_USER_INPUT", ["parts", "0"], "either a fraction or a count"),
        ({"parts": [{"name": "a", "count": 1, "fraction": 0.1}]}, "BAD_USER_INPUT", ["parts", "0"], "either"),
        ({"parts": [{"name": "a", "fraction": 0}]}, "BAD_USER_INPUT", ["parts", "0", "fraction"], "above 0"),
        ({"parts": [{"name": "a", "fraction": 1.5}]}, "BAD_USER_INPUT", ["parts", "0", "fraction"], "it is 1.5"),
        ({"parts": [{"name": "a", "count": 0}]}, "BAD_USER_INPUT", ["parts", "0", "count"], "at least 1"),
        (
            {"parts": [{"name": "a", "fraction": 0.7}, {"name": "b", "fraction": 0.7}]},
            "BAD_USER_INPUT",
            ["parts"],
            "they add up to 1.4",
        ),
        ({"parts": [{"name": "a", "count": 11}]}, "BAD_USER_INPUT", ["parts"], "ask for 11 traces, the dataset has 10"),
        (
            {"parts": [{"name": "", "count": 1}]},
            "BAD_USER_INPUT",
            ["parts", "0", "name"],
            "1 to 128 characters; it has 0",
        ),
        ({"parts": [{"name": "a:b", "count": 1}]}, "BAD_USER_INPUT", ["parts", "0", "name"], "':' at position 1"),
        ({"parts": [{"name": "x" * 128, "count": 1}]}, "BAD_USER_INPUT", ["parts", "0", "name"], "it has 131"),
        ({"parts": HALVES, "version": ""}, "BAD_USER_INPUT", ["version"], "1 to 64 characters; it has 0"),
        (
            {"parts": [{"name": "a b", "count": 1}, {"name": "a/b", "count": 1}]},
            "BAD_USER_INPUT",
            ["parts", "1", "name"],
            "'ds-a/b' and 'ds-a b' would have the same key, 'ds-a_b-1'",
        ),
        ({"parts": [{"name": "a", "fraction": 0.01}, *HALVES[:1]]}, "BAD_USER_INPUT", ["parts", "0"], "would be empty"),
        ({"id": UNKNOWN_UUID, "parts": HALVES}, "NOT_FOUND", ["id"], UNKNOWN_UUID),
    ],
)
async def test_bad_splits_store_nothing(
    ask: Ask, ten: Traces, fields: dict[str, Any], code: str, path: list[str], output: str
):
    dataset = await create(ask)

    payload = (await ask(SPLIT, input={"id": dataset["id"]} | fields))["splitDataset"]

    error = user_error_of(payload)
    assert (payload["datasets"], error["code"], error["path"]) == (None, code, ["input", *path])
    assert output in error["message"]
    assert (await ask("{ datasets { totalCount } }"))["datasets"]["totalCount"] == 1


async def test_a_part_whose_key_is_taken_leaves_none(ask: Ask, ten: Traces):
    dataset = await create(ask)
    await create(ask, name="ds-test", version="1")

    payload = (await ask(SPLIT, input={"id": dataset["id"], "parts": HALVES}))["splitDataset"]

    assert user_error_of(payload)["code"] == "CONFLICT"
    assert (await ask("{ datasets { totalCount } }"))["datasets"]["totalCount"] == 2


async def test_overlaps_are_counted_by_prompt(ask: Ask, graphql: Execute, store: Store):
    await store(*(trace_input(f"prompt {n // 2}", meta={"n": n}) for n in range(8)))
    first = await create(ask, where={"meta": [{"path": ["n"], "lte": 4}]})
    second = await create(ask, version="2", where={"meta": [{"path": ["n"], "gte": 3}]})

    assert (await ask(OVERLAP, a=first["id"], b=second["uuid"]))["datasetOverlap"] == {
        "sharedPrompts": 2,
        "promptsInA": 3,
        "promptsInB": 3,
        "sharedTracesInA": 3,
        "sharedTracesInB": 3,
    }
    body = await graphql(OVERLAP, {"a": first["id"], "b": UNKNOWN_UUID})
    assert code_of(body) == "NOT_FOUND"
    assert error_of(body)["extensions"]["argumentPath"] == ["b"]


@given(st.lists(st.integers(0, 6), min_size=1, max_size=40), st.data())
def test_a_cut_lies_between_two_prompts_and_as_near_as_they_allow(groups: list[int], data: st.DataObject):
    ranks = sorted(groups)
    wanted = data.draw(st.integers(1, len(ranks)))

    below = sum(rank < cut_near(ranks, wanted) for rank in ranks)

    edges = {0, len(ranks), *(place for place in range(1, len(ranks)) if ranks[place - 1] != ranks[place])}
    assert below in edges
    assert abs(below - wanted) == min(abs(edge - wanted) for edge in edges)
    assert cut_near(ranks, len(ranks)) == RANK_END


@given(st.lists(st.integers(1, 100), min_size=1, max_size=20), st.integers(1, 10_000))
def test_fractions_of_a_whole_leave_nothing_over(weights: list[int], total: int):
    shares = [Share(str(place), fraction=weight / sum(weights)) for place, weight in enumerate(weights)]

    counts = exact_counts(shares, total)

    assert sum(counts) == total
    assert all(abs(count - (share.fraction or 0) * total) < 1 for count, share in zip(counts, shares, strict=True))
