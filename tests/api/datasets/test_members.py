"""The members of datasets: paged, filtered, ordered and deleted."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import delete, insert

from tests.conftest import Execute
from tests.support.api import Ask, Store
from tests.support.datasets import DELETE_DATASET, MEMBERS, Traces, create, prompts
from tests.support.traces import (
    CREATE_SCORE,
    CREATE_TRACES,
    DELETE_TRACES,
    UNKNOWN_UUID,
    code_of,
    trace_input,
    user_error_of,
)
from tunix_rt.db.identity import new_id, now
from tunix_rt.db.models import datasets, tunix_runs
from tunix_rt.db.session import Database
from tunix_rt.domain.datasets.members import stored_members
from tunix_rt.errors import NotFound


async def test_members_of_a_dataset_that_is_deleted_meanwhile_do_not_seem_to_end(
    ask: Ask, ten: Traces, database: Database
):
    dataset = await create(ask)

    async def walk() -> None:
        async for _ in stored_members(database, uuid.UUID(dataset["uuid"]), 3):
            async with database.write() as session:
                await session.execute(delete(datasets))

    with pytest.raises(NotFound, match=f"There is no dataset {dataset['uuid']}"):
        await walk()


async def test_members_are_paged_filtered_and_ordered(ask: Ask, ten: Traces):
    dataset = await create(ask)

    first = (await ask(MEMBERS, id=dataset["id"], first=4))["dataset"]["traces"]
    assert first["totalCount"] == 10
    assert first["pageInfo"]["hasNextPage"]
    rest = await prompts(ask, dataset, after=first["pageInfo"]["endCursor"])
    assert [node["prompt"] for node in first["nodes"]] + rest == [f"prompt {n}" for n in reversed(range(10))]
    assert await prompts(ask, dataset, last=2) == ["prompt 1", "prompt 0"]
    filtered = {"where": {"source": {"eq": "b"}}}
    assert await prompts(ask, dataset, **filtered) == [f"prompt {n}" for n in (9, 6, 3, 0)]
    assert (await ask(MEMBERS, id=dataset["id"], **filtered))["dataset"]["traces"]["totalCount"] == 4
    by_id = [{"field": "ID", "direction": "ASC"}]
    assert await prompts(ask, dataset, orderBy=by_id, first=2) == ["prompt 0", "prompt 1"]


async def found_by(ask: Ask, **datasets: Any) -> list[str]:
    """The prompts of the traces that a filter by datasets finds."""
    query = "query ($where: TraceWhere) { traces(where: $where, orderBy: {field: ID}) { nodes { prompt } } }"
    nodes = (await ask(query, where={"datasets": datasets}))["traces"]["nodes"]
    return [node["prompt"].removeprefix("prompt ") for node in nodes]


async def test_traces_are_found_by_the_datasets_they_are_in(ask: Ask, ten: Traces):
    whole = await create(ask, name="whole", limit=9)
    await create(ask, name="b", where={"source": {"eq": "b"}})

    assert await found_by(ask, some={"name": {"eq": "b"}}) == ["0", "3", "6", "9"]
    assert await found_by(ask, none={"id": {"eq": whole["id"]}}) == ["0"]
    assert await found_by(ask, every={"name": {"eq": "whole"}}) == ["1", "2", "4", "5", "7", "8"]
    assert await found_by(ask, none={}) == []
    assert await found_by(ask, some={"name": {"eq": "b"}}, none={"name": {"eq": "whole"}}) == ["0"]


async def test_members_are_found_by_the_other_datasets_they_are_in(ask: Ask, ten: Traces):
    """Conditions on a member's datasets are separate from the dataset whose member it is."""
    whole = await create(ask, name="whole")
    b = await create(ask, name="b", where={"source": {"eq": "b"}})

    inside = await prompts(ask, whole, where={"datasets": {"some": {"key": {"eq": b["key"]}}}})
    outside = await prompts(ask, whole, where={"datasets": {"none": {"key": {"eq": b["key"]}}}})

    assert inside == [f"prompt {n}" for n in (9, 6, 3, 0)]
    assert outside == [f"prompt {n}" for n in (8, 7, 5, 4, 2, 1)]
    assert await prompts(ask, b, where={"datasets": {"none": {"key": {"eq": whole["key"]}}}}) == []


async def test_a_dataset_of_what_is_in_no_other(ask: Ask, store: Store, ten: Traces):
    where = {"datasets": {"none": {"name": {"startsWith": "train"}}}}
    await create(ask, name="train-a", where={"meta": [{"path": ["n"], "lt": 4}]})

    rest = await create(ask, name="rest", where=where)

    assert rest["recipe"]["where"] == where
    assert await prompts(ask, rest) == [f"prompt {n}" for n in (9, 8, 7, 6, 5, 4)]
    verify = "mutation ($id: ID!) { verifyDataset(input: {id: $id}) { verification { reproducible } } }"
    assert (await ask(verify, id=rest["id"]))["verifyDataset"]["verification"]["reproducible"]


async def test_a_cursor_of_another_order_is_bad(graphql: Execute, ask: Ask, ten: Traces):
    dataset = await create(ask)
    page = (await ask("{ traces(first: 1) { pageInfo { endCursor } } }"))["traces"]

    body = await graphql(MEMBERS, {"id": dataset["id"], "after": page["pageInfo"]["endCursor"]})

    assert code_of(body) == "BAD_CURSOR"


async def test_the_members_of_many_datasets_keep_their_own_orders(ask: Ask, ten: Traces):
    for seed in range(5):
        await create(ask, version=str(seed), strategy="RANDOM", seed=seed)
    query = "query ($id: ID!) { dataset(id: $id) { traces(first: 3) { nodes { prompt } } } }"
    several = "{ datasets { nodes { id traces(first: 3) { totalCount nodes { prompt } } } } }"

    for node in (await ask(several))["datasets"]["nodes"]:
        alone = (await ask(query, id=node["id"]))["dataset"]["traces"]["nodes"]
        assert node["traces"] == {"totalCount": 10, "nodes": alone}


async def test_lineage_is_walked_both_ways(ask: Ask, ten: Traces):
    parent = await create(ask, where={"source": {"eq": "a"}})
    child = await create(ask, version="2", limit=1, parentDatasetId=parent["uuid"])
    query = """
    query ($id: ID!) {
      dataset(id: $id) {
        parent { key } children { totalCount nodes { key parent { id } } }
        traces(first: 1, where: {source: {eq: "b"}}) { nodes { datasets { nodes { key } } } }
      }
    }
    """

    assert (await ask(query, id=parent["id"]))["dataset"] == {
        "parent": None,
        "children": {"totalCount": 1, "nodes": [{"key": "ds-2", "parent": {"id": parent["id"]}}]},
        "traces": {"nodes": []},
    }
    assert (await ask(query, id=child["id"]))["dataset"] == {
        "parent": {"key": "ds-1"},
        "children": {"totalCount": 0, "nodes": []},
        "traces": {"nodes": [{"datasets": {"nodes": [{"key": "ds-2"}]}}]},
    }
    memberships = "{ traces { nodes { prompt datasets { totalCount nodes { key } } } } }"
    found = {node["prompt"]: node["datasets"] for node in (await ask(memberships))["traces"]["nodes"]}
    assert found["prompt 8"] == {"totalCount": 1, "nodes": [{"key": "ds-1"}]}
    assert found["prompt 9"] == {"totalCount": 1, "nodes": [{"key": "ds-2"}]}
    assert found["prompt 0"] == {"totalCount": 0, "nodes": []}


async def test_datasets_are_found_listed_filtered_and_ordered(ask: Ask, graphql: Execute, ten: Traces):
    made = [await create(ask, version=str(n), limit=n + 1) for n in range(3)]
    keys = "{{ datasets{} {{ nodes {{ key }} }} }}"

    for where in ('id: "{id}"', 'id: "{uuid}"', 'id: "{key}"'):
        found = await ask(f"{{ dataset({where.format(**made[1])}) {{ traceCount }} }}")
        assert found == {"dataset": {"traceCount": 2}}
    assert await ask('{ dataset(id: "nothing") { id } }') == {"dataset": None}
    assert await ask(f'{{ dataset(id: "{UNKNOWN_UUID}") {{ id }} }}') == {"dataset": None}
    assert await ask(f'{{ node(id: "{made[0]["id"]}") {{ ... on Dataset {{ key }} }} }}') == {"node": {"key": "ds-0"}}
    for arguments, expected in (
        ("", ["ds-2", "ds-1", "ds-0"]),
        ("(orderBy: [{field: TRACE_COUNT}])", ["ds-0", "ds-1", "ds-2"]),
        ("(where: {traceCount: {gte: 2}}, orderBy: [{field: KEY}])", ["ds-1", "ds-2"]),
        ('(where: {version: {eq: "2"}})', ["ds-2"]),
        ("(where: {parentDatasetId: {isNull: false}})", []),
    ):
        assert [node["key"] for node in (await ask(keys.format(arguments)))["datasets"]["nodes"]] == expected
    assert code_of(await graphql("{ dataset { id } }")) == "BAD_USER_INPUT"


async def test_a_recipe_s_filter_can_be_asked_again(ask: Ask, ten: Traces):
    where = {
        "or": [
            {"meta": [{"path": ["n"], "lt": 2}], "source": {"in": ["a", "b"]}},
            {"not": {"scores": {"none": {"scorer": {"eq": "ada"}, "latest": True}}}, "id": {"ne": ten[0]["id"]}},
            {"search": "prompt 5", "createdAt": {"gt": "2020-01-01T00:00:00Z"}, "externalId": {"isNull": True}},
        ]
    }
    await ask(CREATE_SCORE, input={"traceId": ten[7]["id"], "scorer": "ada", "score": 1.0})
    dataset = await create(ask, where=where)
    expected = [f"prompt {n}" for n in (7, 5, 1, 0)]
    assert await prompts(ask, dataset) == expected

    again = await ask(
        "query ($where: TraceWhere) { traces(where: $where) { nodes { prompt } } }", where=dataset["recipe"]["where"]
    )

    assert [node["prompt"] for node in again["traces"]["nodes"]] == expected
    copied = await create(ask, version="2", where=dataset["recipe"]["where"])
    assert copied["sha256"] == dataset["sha256"]


async def test_deleting_keeps_the_traces_and_frees_the_key(ask: Ask, ten: Traces):
    parent = await create(ask)
    child = await create(ask, version="2", parentDatasetId=parent["id"])

    payload = (await ask(DELETE_DATASET, input={"id": parent["id"]}))["deleteDataset"]

    assert payload == {"deletedUuid": parent["uuid"], "errors": []}
    assert (await ask("{ traces { totalCount } }"))["traces"]["totalCount"] == 10
    assert (await ask(f'{{ dataset(id: "{child["id"]}") {{ parent {{ id }} traceCount }} }}'))["dataset"] == {
        "parent": None,
        "traceCount": 10,
    }
    error = user_error_of((await ask(DELETE_DATASET, input={"id": parent["id"]}))["deleteDataset"])
    assert (error["code"], error["path"]) == ("NOT_FOUND", ["input", "id"])
    await create(ask)


@pytest.mark.parametrize("column", ["dataset_id", "eval_dataset_id"])
async def test_a_dataset_that_a_run_refers_to_stays(ask: Ask, database: Database, ten: Traces, column: str):
    dataset = await create(ask)
    run = {
        "id": new_id(),
        "dataset_id": None,
        "eval_dataset_id": None,
        "dataset_key": dataset["key"],
        "model_id": "m",
        "mode": "DRY_RUN",
        "method": "SFT",
        "engine": "local",
        "status": "PENDING",
        "attempt": 0,
        "max_attempts": 1,
        "cancel_requested": False,
        "progress": 0.0,
        "created_at": now(),
        "message": "",
        "stdout": "",
        "stderr": "",
    }
    async with database.write() as session:
        await session.execute(insert(tunix_runs), [run | {column: uuid.UUID(dataset["uuid"])}])

    error = user_error_of((await ask(DELETE_DATASET, input={"id": dataset["id"]}))["deleteDataset"])

    assert (error["code"], error["path"]) == ("CONFLICT", ["input", "id"])
    assert "1 run refers" in error["message"]
    assert (await ask("{ datasets { totalCount } }"))["datasets"]["totalCount"] == 1


async def test_deleted_traces_leave_their_places(ask: Ask, ten: Traces):
    dataset = await create(ask)
    await ask(DELETE_TRACES, input={"ids": [ten[5]["id"]]})

    found = (await ask(MEMBERS, id=dataset["id"], first=6))["dataset"]["traces"]

    assert found["totalCount"] == 9
    assert [node["prompt"] for node in found["nodes"]] == [f"prompt {n}" for n in (9, 8, 7, 6, 4, 3)]
    assert (await ask(f'{{ dataset(id: "{dataset["id"]}") {{ traceCount }} }}'))["dataset"]["traceCount"] == 10


async def test_equal_content_has_an_equal_sha256_whatever_the_ids(ask: Ask, store: Store):
    payload = {"traces": [trace_input("one"), trace_input("two")]}
    await ask(CREATE_TRACES, input=payload)
    first = await create(ask)
    await ask(DELETE_TRACES, input={"where": {"stepCount": {"gte": 1}}, "expectedCount": 2})
    await ask(CREATE_TRACES, input=payload)

    assert (await create(ask, version="2"))["sha256"] == first["sha256"]
