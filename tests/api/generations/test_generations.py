"""Generations through the API: started, listed, followed, cancelled, retried and deleted, and bad inputs refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.support.api import Ask
from tests.support.run_requests import artifact, entered
from tests.support.runs import make_dataset
from tests.support.traces import UNKNOWN_UUID, on_sqlite
from tunix_rt.db.session import Database
from tunix_rt.domain.generations.files import generation_folder
from tunix_rt.settings import Settings

START = """
mutation ($input: StartGenerationInput!) {
  startGeneration(input: $input) { generation { id uuid status } errors { code message path } }
}
"""
SHOW = """
query ($id: ID!) {
  generation(id: $id) {
    status progress attempt modelId checkpointStep run { outputName } dataset { key } samplesPerPrompt
    samplingParameters { temperature topP maxNewTokens seed } maxPromptTokens limit template customTemplate
    systemInstruction scorers labels promptCount tooLongCount answerCount malformedCount tokenCount tokensPerSecond
    etaSeconds stderr traces { totalCount } events { nodes { seq status reason } }
  }
  generations(where: { modelId: { startsWith: "run:" } }, orderBy: [{ field: MODEL_ID }]) { totalCount }
}
"""
CHANGE = """
mutation ($id: ID!) {{
  change: {0}Generation(input: {{ id: $id }}) {{ generation {{ status }} errors {{ code message }} }}
}}
"""
DELETE = """
mutation ($id: ID!) { deleteGeneration(input: { id: $id }) { deletedUuid errors { code message } } }
"""
RUN: dict[str, Any] = {"status": "COMPLETED", "mode": "TRAIN", "attempt": 1}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The settings of a server that leaves generations to others."""
    return replace(settings, generation_slots=0)


async def start(ask: Ask, **given: Any) -> dict[str, Any]:
    """Returns the payload of ``startGeneration``."""
    payload: dict[str, Any] = (await ask(START, input={"modelId": "tiny-random/qwen3", **given}))["startGeneration"]
    return payload


async def test_a_generation_is_started_followed_and_ended(ask: Ask, database: Database, settings: Settings):
    await make_dataset(database)
    run = await entered(database, output_name="addition", **RUN)
    await artifact(database, run, "checkpoints/20", kind="CHECKPOINT", step=20)
    given = {
        "modelId": "run:addition",
        "checkpointStep": 20,
        "datasetId": "math-v1",
        "samplesPerPrompt": 4,
        "temperature": 0.7,
        "topP": 0.9,
        "maxNewTokens": 32,
        "seed": 5,
        "limit": 10,
        "template": "THINK",
        "scorers": ["answer_match", "baseline"],
        "systemInstruction": "Think.",
        "labels": ["gpu", "big"],
        "idempotencyKey": "once",
    }
    generation, again = [(await start(ask, **given))["generation"] for _ in range(2)]
    assert generation == again
    shown = await ask(SHOW, id=generation["id"])
    assert shown == {
        "generation": {
            "status": "PENDING",
            "progress": 0.0,
            "attempt": 0,
            "modelId": "run:addition",
            "checkpointStep": 20,
            "run": {"outputName": "addition"},
            "dataset": {"key": "math-v1"},
            "samplesPerPrompt": 4,
            "samplingParameters": {"temperature": 0.7, "topP": 0.9, "maxNewTokens": 32, "seed": 5},
            "maxPromptTokens": 2048,
            "limit": 10,
            "template": "THINK",
            "customTemplate": None,
            "systemInstruction": "Think.",
            "scorers": ["answer_match", "baseline"],
            "labels": ["gpu", "big"],
            "promptCount": None,
            "tooLongCount": 0,
            "answerCount": 0,
            "malformedCount": 0,
            "tokenCount": 0,
            "tokensPerSecond": None,
            "etaSeconds": None,
            "stderr": "",
            "traces": {"totalCount": 0},
            "events": {"nodes": [{"seq": 1, "status": "PENDING", "reason": None}]},
        },
        "generations": {"totalCount": 1},
    }

    folder = generation_folder(settings.data_dir, generation["uuid"])
    folder.mkdir(parents=True)
    statuses = []
    for change in ("retry", "cancel", "cancel", "retry"):
        change_payload = (await ask(CHANGE.format(change), id=generation["uuid"]))["change"]
        statuses.append(
            [*(error["code"] for error in change_payload["errors"])] or change_payload["generation"]["status"]
        )
    assert statuses == [["CONFLICT"], "CANCELLED", ["CONFLICT"], "PENDING"]
    deleted = (await ask(DELETE, id=generation["id"]))["deleteGeneration"]
    assert deleted == {"deletedUuid": generation["uuid"], "errors": []}
    assert not folder.exists()
    assert (await ask(SHOW, id=generation["id"]))["generation"] is None


@on_sqlite
@pytest.mark.parametrize(
    ("given", "code", "path", "message"),
    [
        ({"where": None}, "BAD_USER_INPUT", "datasetId", "Exactly one of datasetId and where is required."),
        ({"datasetId": "none-v1", "where": None}, "NOT_FOUND", "datasetId", "none-v1"),
        ({"modelId": "run:none"}, "NOT_FOUND", "modelId", "There is no run 'none'."),
        ({"modelId": "../x"}, "BAD_USER_INPUT", "modelId", "not a path"),
        ({"checkpointStep": 3}, "BAD_USER_INPUT", "checkpointStep", "requires the model of a run"),
        (
            {"modelId": "run:r", "checkpointStep": 3},
            "NOT_FOUND",
            "checkpointStep",
            "'run:r' has no checkpoint 3; it has 0.",
        ),
        ({"modelId": "run:r"}, "CONFLICT", "modelId", "'run:r' has no exported model: the run is COMPLETED."),
        ({"samplesPerPrompt": 65}, "BAD_USER_INPUT", "samplesPerPrompt", "must be between 1 and 64; it is 65."),
        ({"samplesPerPrompt": 2, "temperature": 0}, "BAD_USER_INPUT", "samplesPerPrompt", "greedy decoding"),
        ({"temperature": 11}, "BAD_USER_INPUT", "temperature", "must be between 0 and 10; it is 11."),
        ({"topP": 0}, "BAD_USER_INPUT", "topP", "must be above 0 and at most 1"),
        ({"maxNewTokens": 0}, "BAD_USER_INPUT", "maxNewTokens", "must be between 1 and 8192"),
        ({"limit": 0}, "BAD_USER_INPUT", "limit", "must be between 1 and 100000"),
        ({"seed": -1}, "BAD_USER_INPUT", "seed", "must be between 0 and"),
        ({"customTemplate": ""}, "BAD_USER_INPUT", "customTemplate", "must have 1 to 2000 characters; it has 0."),
        ({"customTemplate": "{answer}"}, "BAD_USER_INPUT", "customTemplate", "{answer} once, and one of"),
        ({"systemInstruction": ""}, "BAD_USER_INPUT", "systemInstruction", "must have 1 to 20000 characters"),
        ({"labels": ["gpu", "GPU"]}, "BAD_USER_INPUT", "labels", "Each label must have 1 to 63 lower-case letters"),
        (
            {"scorers": ["baseline", "nobody"]},
            "BAD_USER_INPUT",
            "scorers",
            "The scorers are: 'answer_match', 'baseline', ",
        ),
        (
            {"orderBy": [{"field": "ID"}], "where": None, "datasetId": UNKNOWN_UUID},
            "BAD_USER_INPUT",
            "orderBy",
            "where",
        ),
    ],
)
async def test_bad_inputs_are_refused(
    ask: Ask, database: Database, given: dict[str, Any], code: str, path: str, message: str
):
    await entered(database, output_name="r", **RUN)

    payload = await start(ask, **{"where": {}} | given)

    assert payload["generation"] is None
    (error,) = payload["errors"]
    assert (error["code"], error["path"][:2]) == (code, ["input", path])
    assert message in error["message"]
