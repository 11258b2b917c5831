"""A server that has something on each page of the web client: traces, scores, datasets, runs."""

from __future__ import annotations

import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from tests.support.runs import StandIn
from tests.support.servers import RunningServer

TRACES = """
query ($where: TraceWhere) {
  traces(where: $where, orderBy: [{field: STEP_COUNT, direction: DESC}], first: 100) { nodes { id uuid } }
}
"""
SCORE = """
mutation { scoreTraces(input: {where: {}, scorer: "baseline", onlyMissing: true}) { scoredCount errors { message } } }
"""
CREATE_DATASET = """
mutation ($input: CreateDatasetInput!) { createDataset(input: $input) { dataset { uuid key } errors { message } } }
"""
CREATE_TRACES = """
mutation ($input: CreateTracesInput!) { createTraces(input: $input) { createdCount errors { message } } }
"""
SCORE_ANSWERS = """
mutation {
  scoreTraces(input: {where: {referenceAnswer: {isNull: false}}, scorer: "answer_match", onlyMissing: true}) {
    scoredCount
    errors { message }
  }
}
"""
CREATE_EVALUATION = """
mutation ($input: CreateEvaluationInput!) { createEvaluation(input: $input) { evaluation { uuid } errors { message } } }
"""
GROUPS = "query { traceGroups(having: {size: {gte: 2}}, first: 1) { nodes { key } } }"
EVALUATION = "query ($id: ID!) { evaluation(id: $id) { status } }"
START_RUN = """
mutation ($input: StartRunInput!) { startRun(input: $input) { run { uuid status } errors { message } } }
"""
ASK_SECONDS = 300
"""How long an answer may take, also that of a run that is waited for."""

SUMS = 40
SAMPLES = 4
RIGHT = {"base": 3, "tuned": 6, "tuned longer": 7, "teacher": 9}
"""Of ten sums, how many each model has right."""
CODE = {"source": {"eq": "sample/code"}}


def ask(server: RunningServer, query: str, **variables: Any) -> Any:
    """Returns the only field that a GraphQL request selects."""
    body = {"query": query, "variables": variables}
    answer = httpx.post(f"{server.url}/graphql", json=body, trust_env=False, timeout=ASK_SECONDS).json()
    assert "errors" not in answer, answer
    (field,) = answer["data"].values()
    assert not (isinstance(field, dict) and field.get("errors")), field
    return field


@dataclass(frozen=True)
class Stock:
    """The records of a server that has something on each page.

    Args:
        server: the server.
        trainer: the trainer that stands in for runs that start from now on.
        traces: UUIDs of sample traces, those with the most steps first.
        answers: UUIDs of two answers to one prompt.
        dataset: key of a dataset.
        runs: UUIDs of two runs that have trained, the first before the second.
        dry_run: UUID of a dry run.
        group: key of a group of several answers.
        evaluation: UUID of an evaluation of four candidates.
    """

    server: RunningServer
    trainer: StandIn
    traces: Sequence[str]
    answers: Sequence[str]
    dataset: str
    runs: Sequence[str]
    dry_run: str
    group: str
    evaluation: str


def create_dataset(server: RunningServer, name: str, where: dict[str, Any]) -> str:
    """Creates a dataset and returns its key."""
    created = ask(server, CREATE_DATASET, input={"name": name, "version": "1", "where": where})
    return str(created["dataset"]["key"])


def start_run(server: RunningServer, dataset: str, **parameters: Any) -> str:
    """Starts a run and returns its UUID; with ``wait``, when it has finished."""
    given = {"datasetId": dataset, "modelId": "tiny-random/qwen3", "mode": "TRAIN"} | parameters
    return str(ask(server, START_RUN, input=given)["run"]["uuid"])


def trace_uuids(server: RunningServer, **where: Any) -> list[str]:
    """Returns the UUIDs of the traces under a filter, those with the most steps first."""
    return [trace["uuid"] for trace in ask(server, TRACES, where=where)["nodes"]]


def model_answers(model: str) -> list[dict[str, Any]]:
    """Returns a model's answers to sums, several to each, the same ones every time."""
    sums = [(number + 3, 5 + 2 * number % 37) for number in range(SUMS)]
    places = [(*terms, position) for position, terms in enumerate(sums) for _ in range(SAMPLES)]
    answers = []
    for number, (one, other, position) in enumerate(places):
        draw = zlib.crc32(f"{model} {number}".encode()) % 10
        error = 0 if draw < RIGHT[model] else 1 + 9 * (position % 2)
        steps = [f"Add ${one}$ and ${other}$.", f"${one} + {other} = {one + other + error}$"]
        answers.append(
            {
                "prompt": f"What is ${one} + {other}$?",
                "finalAnswer": str(one + other + error),
                "referenceAnswer": str(one + other),
                "steps": [{"type": "calculation", "content": content} for content in steps],
                "meta": {"source": model},
            }
        )
    return answers


def evaluate_models(server: RunningServer) -> tuple[str, str]:
    """Stores and grades the answers of models, and evaluates them; returns the key of a group, and the evaluation."""
    for model in RIGHT:
        ask(server, CREATE_TRACES, input={"traces": model_answers(model)})
    ask(server, SCORE_ANSWERS)
    dataset = create_dataset(server, "sums", {"source": {"eq": "base"}})
    candidates = [{"name": model, "where": {"source": {"eq": model}}} for model in RIGHT]
    given = {"name": "before and after", "datasetId": dataset, "scorer": "answer_match", "candidates": candidates}
    evaluation = str(ask(server, CREATE_EVALUATION, input=given)["evaluation"]["uuid"])
    deadline = time.monotonic() + ASK_SECONDS
    while ask(server, EVALUATION, id=evaluation)["status"] != "COMPLETED":
        assert time.monotonic() < deadline, "the evaluation was not completed in time"
        time.sleep(0.05)
    return str(ask(server, GROUPS)["nodes"][0]["key"]), evaluation


def fill(server: RunningServer, trainer: StandIn) -> Stock:
    """Scores the samples, builds a dataset of them, runs three runs on it, and evaluates the answers of four models."""
    ask(server, SCORE)
    dataset = create_dataset(server, "code", CODE)
    trainer.does(steps=30, save_every=10, lines=200)
    settings = ({"learningRate": 0.001, "outputName": "slow"}, {"learningRate": 0.01, "outputName": "quick"})
    runs = [start_run(server, dataset, wait=True, **setting) for setting in settings]
    group, evaluation = evaluate_models(server)
    return Stock(
        server,
        trainer,
        traces=trace_uuids(server, source={"startsWith": "sample/"}),
        answers=trace_uuids(server, externalId={"in": ["hundred-short", "hundred-long"]}),
        dataset=dataset,
        runs=runs,
        dry_run=start_run(server, dataset, mode="DRY_RUN", wait=True),
        group=group,
        evaluation=evaluation,
    )
