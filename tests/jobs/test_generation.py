"""One real generation on a CPU, as a user makes it: a model is trained, answers over HTTP, is killed, and resumes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.factories import trace
from tests.support.served_user import ServedUser
from tests.support.servers import serving
from tests.support.waiting import until
from tunix_rt.jobs.supervision.folder import processes_marked

CREATE = 'mutation { createDataset(input: { name: "sums", version: "1", where: {} }) { dataset { key } } }'
TRAIN = """
mutation { startRun(input: {
  datasetId: "sums-1", modelId: "tiny-random/qwen3", mode: TRAIN, learningRate: 0.01, maxSteps: 60, batchSize: 8
  maxSeqLength: 128, saveEverySteps: 20, outputName: "adding", wait: true
}) { run { status statusReason } errors { message } } }
"""
START = """
mutation ($input: StartGenerationInput!) {
  startGeneration(input: $input) { generation { uuid status attempt stderr error { message } } errors { message } }
}
"""
ANSWERS = """
query ($id: ID!) {
  generation(id: $id) {
    status attempt promptCount answerCount malformedCount error { message }
    traces(first: 100, orderBy: [{ field: EXTERNAL_ID }]) {
      nodes {
        prompt finalAnswer referenceAnswer group promptHash steps { content }
        producedBy { run { outputName } checkpointStep rawText malformed finishReason tokenCount meanLogProbability }
        latestScores { scorer score }
      }
    }
  }
}
"""
EVALUATE = """
mutation ($input: CreateEvaluationInput!) { createEvaluation(input: $input) { errors { code message path } } }
"""
EVALUATED = """
{
  evaluation(id: "learned") {
    status promptCount error { message }
    candidates {
      nodes {
        kind mean promptCount answerCount tokenCount
        run { outputName }
        generation { status answerCount checkpointStep }
      }
    }
  }
}
"""
INPUT: dict[str, Any] = {
    "modelId": "run:adding",
    "where": {"source": {"eq": "sums"}},
    "samplesPerPrompt": 8,
    "maxNewTokens": 24,
    "temperature": 0.8,
    "seed": 7,
    "scorers": ["answer_match"],
}
SECONDS = 300.0


class Client(ServedUser):
    """A user who trains and samples models."""

    async def answered(self, **given: Any) -> Any:
        """Returns a generation that has ended, with its answers."""
        payload = await self.ask(START, input=INPUT | {"wait": True} | given)
        assert payload["errors"] == []
        return await self.ask(ANSWERS, id=payload["generation"]["uuid"])


@pytest.fixture
async def client(tmp_path: Path, compiled: Path) -> AsyncIterator[Client]:
    """A user of a server with a run that has learned from sums."""
    environment = {"TUNIX_RT_LOAD_SAMPLES": "false", "JAX_COMPILATION_CACHE_DIR": str(compiled)}
    with serving([sys.executable, "-m", "tunix_rt"], tmp_path, environment) as server:
        async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=SECONDS) as http:
            client = Client(server, http)
            lines = "".join(json.dumps(sum_of(a, b) | {"reference_answer": str(a + b)}) + "\n" for a, b in SUMS)
            headers = {"Content-Type": "application/x-ndjson"}
            assert (await http.post("/v1/traces", content=lines, headers=headers)).json()["added"] == len(SUMS)
            await client.ask(CREATE)
            run = (await client.ask(TRAIN))["run"]
            assert run["status"] == "COMPLETED", run
            yield client


SUMS = [(a, b) for a in range(1, 7) for b in range(1, 6)]


def sum_of(a: int, b: int) -> dict[str, Any]:
    """A sum with reasoning."""
    steps = [{"i": 0, "type": "reasoning", "content": f"add {a} and {b}"}]
    return trace(f"What is {a}+{b}?", final_answer=str(a + b), steps=steps, meta={"source": "sums"})


async def kill_trainer(client: Client, generation_id: str) -> None:
    """Kills the trainer of a generation once it has stored answers, without a chance to notice."""

    async def answering() -> bool:
        return (await client.ask("query ($id: ID!) { generation(id: $id) { answerCount } }", id=generation_id))[
            "answerCount"
        ] > 0

    await until(answering, seconds=SECONDS)
    for pid in await asyncio.to_thread(lambda: list(processes_marked(f"TUNIX_RT_RUN={generation_id}"))):
        os.kill(pid, signal.SIGKILL)


async def test_a_trained_model_answers_and_a_killed_generation_has_the_same_answers(client: Client):
    whole = await client.answered()

    assert (whole["status"], whole["attempt"]) == ("COMPLETED", 1), whole["error"]
    assert (whole["promptCount"], whole["answerCount"]) == (30, 240)
    found = whole["traces"]["nodes"]
    assert len({node["prompt"] for node in found}) > 10
    for node in found:
        assert node["group"] == node["promptHash"]
        assert node["producedBy"]["run"] == {"outputName": "adding"}
        assert [score["scorer"] for score in node["latestScores"]] == ["answer_match"]
        a, _, b = node["prompt"].removeprefix("What is ").removesuffix("?").partition("+")
        assert node["referenceAnswer"] == str(int(a) + int(b))
    formed = [node for node in found if not node["producedBy"]["malformed"]]
    assert len(formed) == 240 - whole["malformedCount"] if len(found) == 240 else formed
    assert all(node["producedBy"]["rawText"].rstrip().endswith(node["finalAnswer"]) for node in formed)

    generation = (await client.ask(START, input=INPUT))["generation"]["uuid"]
    await kill_trainer(client, generation)

    async def ended() -> Any:
        answer = await client.ask(ANSWERS, id=generation)
        return answer if answer["status"] not in {"PENDING", "RUNNING"} else None

    again = await until(ended, seconds=SECONDS)
    assert (again["status"], again["answerCount"]) == ("COMPLETED", 240), again["error"]
    assert texts_of(again) == texts_of(whole)

    evaluation = await evaluated(client, generation)
    assert (evaluation["status"], evaluation["promptCount"]) == ("COMPLETED", 30), evaluation["error"]
    before, after = evaluation["candidates"]["nodes"]
    assert before["generation"] == {"status": "COMPLETED", "answerCount": 30, "checkpointStep": 0}
    assert (before["kind"], before["promptCount"], before["run"]) == ("RUN", 30, {"outputName": "adding"})
    assert (after["kind"], after["promptCount"], after["answerCount"]) == ("GENERATION", 30, 30)
    assert 0 <= before["mean"] <= after["mean"] <= 1
    assert before["tokenCount"] > 0
    linked = await client.ask('{ run(id: "adding") { evaluationCandidates { totalCount } } }')
    assert linked == {"evaluationCandidates": {"totalCount": 2}}


async def evaluated(client: Client, generation: str) -> Any:
    """Returns an evaluation of the run's base model, which answers for it, and of a generation by the trained model."""
    given = {
        "name": "learned",
        "datasetId": "sums-1",
        "scorer": "answer_match",
        "samplesPerPrompt": 1,
        "sampling": {"maxNewTokens": 24},
        "candidates": [
            {"name": "before", "runId": "adding", "checkpointStep": 0},
            {"name": "after", "generationId": generation},
        ],
    }
    assert (await client.ask(EVALUATE, input=given))["errors"] == []

    async def ended() -> Any:
        found = await client.ask(EVALUATED)
        return found if found["status"] not in {"PENDING", "RUNNING"} else None

    return await until(ended, seconds=SECONDS)


def texts_of(generation: dict[str, Any]) -> list[tuple[str, str]]:
    """Returns the prompts and the texts of the answers, sorted."""
    return sorted((node["prompt"], node["producedBy"]["rawText"]) for node in generation["traces"]["nodes"])
