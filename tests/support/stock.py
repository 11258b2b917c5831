"""A server that has something on each page of the web client: traces, scores, datasets, runs."""

from __future__ import annotations

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
START_RUN = """
mutation ($input: StartRunInput!) { startRun(input: $input) { run { uuid status } errors { message } } }
"""
ASK_SECONDS = 300
"""How long an answer may take, also that of a run that is waited for."""

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
    """

    server: RunningServer
    trainer: StandIn
    traces: Sequence[str]
    answers: Sequence[str]
    dataset: str
    runs: Sequence[str]
    dry_run: str


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


def fill(server: RunningServer, trainer: StandIn) -> Stock:
    """Scores the samples, builds a dataset of them, and runs three runs on it."""
    ask(server, SCORE)
    dataset = create_dataset(server, "code", CODE)
    trainer.does(steps=30, save_every=10, lines=200)
    settings = ({"learningRate": 0.001, "outputName": "slow"}, {"learningRate": 0.01, "outputName": "quick"})
    runs = [start_run(server, dataset, wait=True, **setting) for setting in settings]
    return Stock(
        server,
        trainer,
        traces=trace_uuids(server, source={"startsWith": "sample/"}),
        answers=trace_uuids(server, externalId={"in": ["hundred-short", "hundred-long"]}),
        dataset=dataset,
        runs=runs,
        dry_run=start_run(server, dataset, mode="DRY_RUN", wait=True),
    )
