"""Datasets over HTTP: built from the whole table, listed, walked both ways, deleted."""

from __future__ import annotations

import asyncio
import hashlib
import random
import uuid
from typing import Any

import pytest
from sqlalchemy import insert

from tests.conftest import Execute
from tests.support.api import Ask, Store
from tests.support.datasets import CREATE, MEMBERS, Traces, create, prompts, refused
from tests.support.traces import (
    CREATE_SCORE,
    CREATE_TRACES,
    DELETE_TRACES,
    UNKNOWN_UUID,
    code_of,
    error_of,
    on_sqlite,
    trace_input,
    user_error_of,
)
from tunix_rt.db.identity import new_id, now
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.session import Database
from tunix_rt.domain.datasets.building import Built, build
from tunix_rt.settings import Settings

DELETE = """
mutation ($input: DeleteDatasetInput!) { deleteDataset(input: $input) { deletedUuid errors { code message path } } }
"""


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
    assert (await refused(ask))["path"] == ["input", "where"]


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
    await ask(DELETE, input={"id": dataset["id"]})

    payload = (await ask(CREATE, input={"name": "ds", "version": "1", "idempotencyKey": "once"}))["createDataset"]

    error = user_error_of(payload)
    assert (error["code"], error["path"]) == ("NOT_FOUND", ["input", "idempotencyKey"])


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

    payload = (await ask(DELETE, input={"id": parent["id"]}))["deleteDataset"]

    assert payload == {"deletedUuid": parent["uuid"], "errors": []}
    assert (await ask("{ traces { totalCount } }"))["traces"]["totalCount"] == 10
    assert (await ask(f'{{ dataset(id: "{child["id"]}") {{ parent {{ id }} traceCount }} }}'))["dataset"] == {
        "parent": None,
        "traceCount": 10,
    }
    error = user_error_of((await ask(DELETE, input={"id": parent["id"]}))["deleteDataset"])
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

    error = user_error_of((await ask(DELETE, input={"id": dataset["id"]}))["deleteDataset"])

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
