"""The truth guard: training prompts in evaluation data are found, shown, warned about and refused."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

import pytest
from sqlalchemy import insert

from tests.conftest import Execute
from tests.support.api import Ask, Store
from tests.support.datasets import create
from tests.support.run_requests import entered
from tests.support.traces import code_of, on_sqlite, trace_input, user_error_of
from tunix_rt.db.identity import new_id, now
from tunix_rt.db.models import generations
from tunix_rt.db.session import Database
from tunix_rt.domain.jobs.ledger import new_job

TRAIN = "A train travels 270 miles in 3 hours. At the same rate, how many additional hours would it take for 180?"
PLANE = "A plane travels 1200 miles in 3 hours. At the same rate, how many additional hours would it take for 2000?"
CONTAMINATION = """
query ($train: ID!, $eval: ID!, $where: ContaminatedPairWhere, $first: Int, $after: String) {
  contamination(trainDatasetId: $train, evalDatasetId: $eval) {
    id trainPromptCount equalCount sharedCount nearCount trainDataset { key } evalDataset { key }
    pairs(where: $where, first: $first, after: $after) {
      totalCount pageInfo { hasNextPage endCursor }
      nodes { kind overlap trainTrace { prompt } evalTrace { prompt scores { totalCount } } }
    }
  }
}
"""
PROTECT = """
mutation ($input: CreateProtectedSetInput!) {
  createProtectedSet(input: $input) { protectedSet { id name promptCount signatureCount } errors { code message path } }
}
"""
EVALUATE = """
mutation ($input: CreateEvaluationInput!) {
  createEvaluation(input: $input) { evaluation { id } warnings errors { code message path } }
}
"""
START = """
mutation ($input: StartRunInput!) {
  startRun(input: $input) { run { id status } warnings errors { code message path } }
}
"""


@pytest.fixture
async def pair(ask: Ask, store: Store) -> tuple[dict[str, Any], dict[str, Any]]:
    """A training dataset and an evaluation dataset that share an equal prompt and a similar one."""
    train = [TRAIN, "What is 2 + 2?", "What is 2 + 2?", "How many legs has a spider?"]
    evaluated = [PLANE, "what is 2+2", "How many sides has a cube?"]
    await store(*(trace_input(prompt, meta={"source": "train"}) for prompt in train))
    await store(*(trace_input(prompt, meta={"source": "eval"}) for prompt in evaluated))
    training = await create(ask, name="training", where={"source": {"eq": "train"}})
    evaluation = await create(ask, name="test", where={"source": {"eq": "eval"}})
    return training, evaluation


async def start(ask: Ask, pair: tuple[dict[str, Any], dict[str, Any]], **fields: Any) -> dict[str, Any]:
    """The payload of a run that is queued."""
    given = {"datasetId": pair[0]["key"], "evalDatasetId": pair[1]["key"], "modelId": "tunix-rt/tiny"} | fields
    payload: dict[str, Any] = (await ask(START, input=given))["startRun"]
    return payload


async def test_similar_prompts_are_shown_with_both_texts(ask: Ask, pair: tuple[dict[str, Any], dict[str, Any]]):
    ids = {"train": pair[0]["key"], "eval": pair[1]["id"]}

    found = (await ask(CONTAMINATION, **ids))["contamination"]
    again = (await ask(CONTAMINATION, **ids, first=1, after=None))["contamination"]
    rest = (await ask(CONTAMINATION, **ids, after=again["pairs"]["pageInfo"]["endCursor"]))["contamination"]
    similar = (await ask(CONTAMINATION, **ids, where={"kind": {"eq": "SHARED_NGRAMS"}}))["contamination"]
    known = (await ask("{ contaminations { totalCount nodes { id } } }"))["contaminations"]

    counts = {name: found[name] for name in ("trainPromptCount", "equalCount", "sharedCount", "nearCount")}
    assert counts == {"trainPromptCount": 2, "equalCount": 1, "sharedCount": 1, "nearCount": 0}
    assert (found["trainDataset"], found["evalDataset"]) == ({"key": pair[0]["key"]}, {"key": pair[1]["key"]})
    equal, shared = found["pairs"]["nodes"]
    assert (equal["kind"], equal["overlap"]) == ("EQUAL_PROMPT", 1.0)
    assert (equal["trainTrace"]["prompt"], equal["evalTrace"]["prompt"]) == ("What is 2 + 2?", "what is 2+2")
    assert (shared["trainTrace"]["prompt"], shared["evalTrace"]["prompt"]) == (TRAIN, PLANE)
    assert shared["evalTrace"]["scores"] == {"totalCount": 0}
    assert (again["id"], again["pairs"]["nodes"], again["pairs"]["pageInfo"]["hasNextPage"]) == (
        found["id"],
        [equal],
        True,
    )
    assert rest["pairs"]["nodes"] == similar["pairs"]["nodes"] == [shared]
    assert known == {"totalCount": 1, "nodes": [{"id": found["id"]}]}


async def test_a_run_is_refused_warned_about_or_let_pass(ask: Ask, pair: tuple[dict[str, Any], dict[str, Any]]):
    refused = await start(ask, pair, contaminationPolicy="REFUSE")
    warned = await start(ask, pair)
    let_pass = await start(ask, pair, contaminationPolicy="OFF")

    sentence = "2 prompts of the training data equal or resemble prompts of the evaluation data; see contamination."
    error = user_error_of(refused)
    assert (refused["run"], error["code"], error["message"]) == (None, "CONFLICT", sentence)
    assert error["path"] == ["input", "datasetId"]
    assert (warned["run"] is not None, warned["warnings"]) == (True, [sentence])
    assert (let_pass["run"] is not None, let_pass["warnings"]) == (True, [])


async def test_protected_prompts_need_only_their_hashes(ask: Ask, pair: tuple[dict[str, Any], dict[str, Any]]):
    given = hashlib.sha256(b"How many legs has a spider?").hexdigest()
    by_hash = await ask(PROTECT, input={"name": "secret", "hashes": [given, given.upper(), "0" * 64]})
    by_dataset = await ask(PROTECT, input={"name": "test", "datasetId": pair[1]["key"]})
    same = (await ask(PROTECT, input={"name": "secret", "hashes": [given]}))["createProtectedSet"]

    counts = [
        (
            payload["createProtectedSet"]["protectedSet"]["promptCount"],
            payload["createProtectedSet"]["protectedSet"]["signatureCount"],
        )
        for payload in (by_hash, by_dataset)
    ]
    assert counts == [(2, 0), (3, 1)]
    assert user_error_of(same)["message"] == "Another protected set has this name."
    payload = await start(ask, pair, evalDatasetId=None)
    assert payload["warnings"] == ["The training data contains 1 prompt of the protected set 'secret'."]
    refused = await start(ask, pair, evalDatasetId=None, contaminationPolicy="REFUSE")
    assert user_error_of(refused)["code"] == "CONFLICT"

    deleted = await ask('mutation { deleteProtectedSet(input: {id: "secret"}) { deletedUuid errors { code } } }')
    assert deleted["deleteProtectedSet"]["errors"] == []
    assert (await start(ask, pair, evalDatasetId=None))["warnings"] == []
    names = await ask('{ protectedSets { nodes { name } } protectedSet(id: "test") { promptCount } }')
    assert names == {"protectedSets": {"nodes": [{"name": "test"}]}, "protectedSet": {"promptCount": 3}}


@on_sqlite
@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({}, "hashes"),
        ({"hashes": []}, "hashes"),
        ({"hashes": ["0" * 63]}, "hashes.0"),
        ({"hashes": ["0" * 64], "datasetId": "ds-1"}, "datasetId"),
        ({"name": "", "hashes": ["0" * 64]}, "name"),
    ],
)
async def test_a_bad_protected_set_is_refused(ask: Ask, fields: dict[str, Any], path: str):
    payload = (await ask(PROTECT, input={"name": "set"} | fields))["createProtectedSet"]

    assert user_error_of(payload)["path"] == ["input", *path.split(".")]


async def test_datasets_that_cannot_be_compared_are_refused(
    graphql: Execute, ask: Ask, pair: tuple[dict[str, Any], dict[str, Any]], monkeypatch: pytest.MonkeyPatch
):
    ids = {"train": pair[0]["key"], "eval": "missing"}
    assert code_of(await graphql(CONTAMINATION, ids)) == "NOT_FOUND"

    monkeypatch.setattr("tunix_rt.domain.contamination.comparing.EVAL_MAX", 2)
    too_many = await graphql(CONTAMINATION, ids | {"eval": pair[1]["key"]})
    assert (code_of(too_many), too_many["errors"][0]["extensions"]["argumentPath"]) == (
        "BAD_USER_INPUT",
        ["evalDatasetId"],
    )


async def test_a_deleted_trace_is_missing_from_its_pair(ask: Ask, pair: tuple[dict[str, Any], dict[str, Any]]):
    ids = {"train": pair[0]["key"], "eval": pair[1]["key"]}
    await ask(CONTAMINATION, **ids)
    await ask('mutation { deleteTraces(input: {where: {source: {eq: "eval"}}, expectedCount: 3}) { errors { code } } }')

    found = (await ask(CONTAMINATION, **ids))["contamination"]["pairs"]["nodes"]

    assert [(node["trainTrace"] is None, node["evalTrace"]) for node in found] == [(False, None)] * 2


async def test_candidates_trained_on_what_is_evaluated_are_refused_or_warned_about(
    ask: Ask, database: Database, pair: tuple[dict[str, Any], dict[str, Any]]
):
    train, evaluated = (uuid.UUID(dataset["uuid"]) for dataset in pair)
    run = await entered(database, dataset_id=train, output_name="cheater", status="COMPLETED")
    row = new_job(now()) | {
        "id": new_id(),
        "status": "COMPLETED",
        "completed_at": now(),
        "model_id": "run:cheater",
        "run_id": run["id"],
        "dataset_id": evaluated,
        "options": {},
        "recipe": {},
        "stderr": "",
    }
    counts = dict.fromkeys(("too_long_count", "answer_count", "malformed_count", "token_count"), 0)
    async with database.write() as session:
        await session.execute(insert(generations), [row | counts])
    given = {"name": "exam", "datasetId": pair[1]["key"], "scorer": "answer_match"}
    sampled = {"name": "by generation", "generationId": str(row["id"])}

    async def evaluate(candidate: dict[str, Any], **fields: Any) -> dict[str, Any]:
        wanted = given | {"candidates": [{"name": "filter", "where": {}}, candidate]} | fields
        payload: dict[str, Any] = (await ask(EVALUATE, input=wanted))["createEvaluation"]
        return payload

    for candidate in ({"name": "a", "runId": "cheater"}, {"name": "a", "modelId": "run:cheater"}, sampled):
        error = user_error_of(await evaluate(candidate, contaminationPolicy="REFUSE"))
        assert (error["code"], error["path"]) == ("CONFLICT", ["input", "candidates", "1"])
    warned = await evaluate(sampled)
    ignored = await evaluate(sampled, contaminationPolicy="OFF", name="other")

    sentence = "2 prompts of the training data equal or resemble prompts of the evaluation data; see contamination."
    assert (warned["errors"], warned["warnings"]) == ([], [f"Candidate 'by generation': {sentence}"])
    assert (ignored["errors"], ignored["warnings"]) == ([], [])
