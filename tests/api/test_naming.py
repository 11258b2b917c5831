"""Wherever an object is wanted, its id, its uuid, and its key or name if it has one are understood."""

from __future__ import annotations

import base64
import uuid
from typing import Any

import pytest

from tests.conftest import Execute
from tests.support.api import Ask, Store
from tests.support.run_requests import ENDED, entered
from tests.support.traces import CREATE_DATASET, code_of, data_of, on_sqlite, trace_input
from tunix_rt.api.naming import NAMES
from tunix_rt.db.session import Database

DATASET_PLACES = {
    "dataset": "query ($name: ID!) { found: dataset(id: $name) { key } }",
    "a": "query ($name: ID!) { found: datasetOverlap(a: $name, b: $name) { sharedPrompts } }",
    "parent": """
        mutation ($name: ID!) {
          found: createDataset(input: {name: "d", version: "2", limit: 0, parentDatasetId: $name}) {
            errors { code path }
          }
        }
    """,
    "split": """
        mutation ($name: ID!) {
          found: splitDataset(input: {id: $name, parts: [{name: "a", fraction: 2}]}) { errors { code path } }
        }
    """,
    "verify": """
        mutation ($name: ID!) {
          found: verifyDataset(input: {id: $name}) { verification { intact } errors { code path } }
        }
    """,
    "export": """
        mutation ($name: ID!) {
          found: startExport(input: {datasetId: $name}) {
            export { dataset { key } }
            errors { code path }
          }
        }
    """,
    "run": """
        mutation ($name: ID!) {
          found: startRun(input: {datasetId: $name, modelId: "tiny-random/qwen3"}) {
            run { datasetKey }
            errors { code path }
          }
        }
    """,
    "evaluation": """
        mutation ($name: ID!) {
          found: startRun(input: {datasetId: "d-1", evalDatasetId: $name, modelId: "m"}) { errors { code path } }
        }
    """,
    "manifest": """
        mutation ($name: ID!) {
          found: generateManifest(input: {datasetId: $name, modelId: "m"}) { errors { code path } }
        }
    """,
    "delete": "mutation ($name: ID!) { found: deleteDataset(input: {id: $name}) { deletedUuid errors { code path } } }",
}
RUN_PLACES = {
    "look-up": "query ($name: ID!) { found: run(id: $name) { outputName } }",
    "compare": 'query ($name: ID!) { found: compareRuns(ids: [$name, "other"]) { runs { outputName } } }',
    "cancel": "mutation ($name: ID!) { found: cancelRun(input: {id: $name}) { errors { code path } } }",
    "retry": "mutation ($name: ID!) { found: retryRun(input: {id: $name}) { errors { code path } } }",
    "delete": "mutation ($name: ID!) { found: deleteRun(input: {id: $name}) { errors { code path } } }",
}
LOOK_UPS = {"dataset", "look-up"}


def global_id(text: str, type_name: str) -> str:
    """The id of another type with the same UUID."""
    return base64.b64encode(f"{type_name}:{text}".encode()).decode().rstrip("=")


def codes_of(body: dict[str, Any]) -> set[str]:
    """The codes of an answer's errors, wherever they are."""
    if "errors" in body:
        return {code_of(body)}
    return {error["code"] for error in (body["data"]["found"] or {}).get("errors", ())}


@pytest.fixture
async def dataset(ask: Ask, store: Store) -> dict[str, Any]:
    """A dataset, whose key is ``d-1``."""
    await store(trace_input())
    found: dict[str, Any] = (await ask(CREATE_DATASET, input={"name": "d", "version": "1"}))["createDataset"]["dataset"]
    return found


@pytest.mark.parametrize("place", DATASET_PLACES)
@on_sqlite
async def test_datasets(graphql: Execute, dataset: dict[str, Any], place: str):
    query = DATASET_PLACES[place]
    names = [dataset["id"], dataset["uuid"], dataset["key"]]

    answers = [await graphql(query, {"name": name}) for name in (names if place != "delete" else names[2:])]

    assert all(answer == answers[0] for answer in answers)
    assert codes_of(answers[0]) <= {"BAD_USER_INPUT"}, answers[0]
    assert codes_of(await graphql(query, {"name": global_id(dataset["uuid"], "Trace")})) == {"BAD_ID"}
    for name in ("unknown", "", "x" * 1000, "a\0b"):
        assert codes_of(await graphql(query, {"name": name})) == (set() if place in LOOK_UPS else {"NOT_FOUND"}), name


@pytest.mark.parametrize("place", RUN_PLACES)
async def test_runs(graphql: Execute, database: Database, place: str):
    query = RUN_PLACES[place]
    run = await entered(database, 0, output_name="mine", **ENDED)
    await entered(database, 0, output_name="other", **ENDED)
    names = [global_id(str(run["id"]), "Run"), str(run["id"]), "mine"]

    answers = [await graphql(query, {"name": name}) for name in (names if place != "delete" else names[2:])]

    assert all(answer == answers[0] for answer in answers)
    assert codes_of(answers[0]) <= {"CONFLICT"}, answers[0]
    assert codes_of(await graphql(query, {"name": "unknown"})) == (set() if place in LOOK_UPS else {"NOT_FOUND"})


@on_sqlite
async def test_the_field_that_names_nothing_is_reported(graphql: Execute, dataset: dict[str, Any]):
    for place, path in (("run", "datasetId"), ("evaluation", "evalDatasetId"), ("parent", "parentDatasetId")):
        body = await graphql(DATASET_PLACES[place], {"name": "unknown"})
        assert {"code": "NOT_FOUND", "path": ["input", path]} in data_of(body)["found"]["errors"]


@on_sqlite
async def test_node_understands_ids_and_uuids_of_any_type_and_no_keys(graphql: Execute, dataset: dict[str, Any]):
    query = "query ($name: ID!) { node(id: $name) { __typename id } }"

    for name in (dataset["id"], dataset["uuid"]):
        found = data_of(await graphql(query, {"name": name}))["node"]
        assert found == {"__typename": "Dataset", "id": dataset["id"]}
    assert code_of(await graphql(query, {"name": dataset["key"]})) == "BAD_ID"


CREATES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "createRubric": (
        "Rubric",
        "name",
        {"criteria": [{"scorer": "ada", "label": "Correct", "scale": {"min": 0, "max": 1}}]},
    ),
    "createProtectedSet": ("ProtectedSet", "name", {"hashes": ["0" * 64]}),
    "createKey": ("ApiKey", "name", {"scopes": ["READ"]}),
    "createEvaluation": (
        "Evaluation",
        "name",
        {"datasetId": "d-1", "scorer": "baseline", "candidates": [{"name": "all", "where": {}}]},
    ),
    "startRun": ("Run", "outputName", {"datasetId": "d-1", "modelId": "m"}),
    "registerRun": ("Run", "outputName", {"modelId": "m"}),
}
"""Each mutation that gives an object the name by which it can be found: the type, the field, and the other fields."""


def test_every_type_with_a_name_is_tried():
    """But datasets, whose key is the name and the version together."""
    assert {type_name for type_name, _, _ in CREATES.values()} == NAMES.keys() - {"Dataset"}


@pytest.mark.parametrize("spelling", ["canonical", "hex", "urn", "braces", "id"])
@pytest.mark.parametrize("mutation", CREATES)
@on_sqlite
async def test_a_name_that_would_be_taken_for_an_id_is_refused(
    graphql: Execute, dataset: dict[str, Any], mutation: str, spelling: str
):
    type_name, field, rest = CREATES[mutation]
    known = uuid.UUID(dataset["uuid"])
    spellings = {
        "canonical": str(known),
        "hex": known.hex,
        "urn": known.urn,
        "braces": f"{{{known}}}",
        "id": global_id(str(known), type_name),
    }

    errors = await errors_of(graphql, mutation, rest | {field: spellings[spelling]})

    assert [(error["code"], error["path"]) for error in errors] == [("BAD_USER_INPUT", ["input", field])]


@on_sqlite
async def test_a_key_that_would_be_taken_for_an_id_is_refused(graphql: Execute, dataset: dict[str, Any]):
    name, _, version = dataset["uuid"].rpartition("-")

    (error,) = await errors_of(graphql, "createDataset", {"name": name, "version": version})

    assert (error["code"], error["path"]) == ("BAD_USER_INPUT", ["input", "name"])
    assert "UUID" in error["message"]


async def errors_of(graphql: Execute, mutation: str, given: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns the errors in the payload of a mutation."""
    title = mutation[0].upper() + mutation[1:]
    query = (
        f"mutation ($input: {title}Input!) {{ found: {mutation}(input: $input) {{ errors {{ code message path }} }} }}"
    )
    found: list[dict[str, Any]] = data_of(await graphql(query, {"input": given}))["found"]["errors"]
    return found
