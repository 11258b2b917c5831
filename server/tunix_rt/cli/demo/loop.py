"""The loop of the demo: traces, scores, datasets, training, answers before and after, evaluation."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tunix_rt.cli.demo import documents
from tunix_rt.cli.demo.server import DemoServer
from tunix_rt.cli.demo.sums import SOURCE, sum_lines
from tunix_rt.errors import Unavailable

MODEL = "tiny-random/qwen3"
SCORER = "answer_match"
TRAINING = {
    "method": "SFT",
    "learningRate": 0.005,
    "batchSize": 16,
    "maxSteps": 800,
    "maxSeqLength": 128,
    "schedule": "COSINE",
    "warmupSteps": 50,
    "saveEverySteps": 200,
    "evalEverySteps": 200,
    "seed": 0,
}
"""The parameters of the training; after half as many steps the model answers a third of the unseen sums."""
SAMPLING = {"temperature": 0, "maxNewTokens": 32, "maxPromptTokens": 48, "seed": 0, "scorers": [SCORER]}
POLL_SECONDS = 0.3
FINISHED = {"COMPLETED", "FAILED", "TIMEOUT", "CANCELLED"}

Report = Callable[[str, float, str], None]
"""Shows the progress of a stage: its name, 0 to 1, and a remark."""


@dataclass(frozen=True)
class DemoResult:
    """The outcome of the demo.

    Args:
        run: the run's UUID.
        evaluation: the evaluation's UUID.
        candidates: the candidates with their means and intervals: after and before training.
        pair: the first minus the second.
    """

    run: str
    evaluation: str
    candidates: list[dict[str, Any]]
    pair: dict[str, Any]


def run_demo(server: DemoServer, version: str, report: Report) -> DemoResult:
    """Runs the loop and returns its result.

    Args:
        version: the version of the datasets, unique on the server.

    Raises:
        Unavailable: Tunix is not installed, or a job did not complete; the message has its error.
    """
    require_tunix(server)
    train, test = make_datasets(server, version, report)
    run = start(server, documents.START_RUN, "run", {**TRAINING, **datasets_of(train, test, version)})
    wait(server, run["id"], "Train", report)
    before = answer(server, run["outputName"], 0, test, "Answer before", report)
    after = answer(server, run["outputName"], None, test, "Answer after", report)
    evaluation = evaluate(server, version, test, {"after training": after, "before training": before}, report)
    result = server.query(documents.RESULT, id=evaluation["id"])
    (pair,) = result["pairs"]["nodes"]
    return DemoResult(run["uuid"], evaluation["uuid"], result["candidates"]["nodes"], pair)


def require_tunix(server: DemoServer) -> None:
    """Checks that the server can train.

    Raises:
        Unavailable: Tunix is not installed.
    """
    status = server.query(documents.STATUS)
    if not status["available"]:
        raise Unavailable(f"{status['message']} Install it with: {status['installCommand']}")


def make_datasets(server: DemoServer, version: str, report: Report) -> tuple[dict[str, Any], dict[str, Any]]:
    """Imports and grades the sums, freezes those that are right, and splits them without a shared prompt.

    Raises:
        Unavailable: the parts share prompts.
    """
    count = server.import_lines(sum_lines())
    report("Import", 1, f"{count} traces")
    where = {"source": {"eq": SOURCE}}
    server.query(documents.SCORE, where=where)
    right = where | {"scores": {"some": {"scorer": {"eq": SCORER}, "score": {"eq": 1}}}}
    given = {"name": "demo", "version": version, "where": right}
    whole = server.query(documents.CREATE_DATASET, input=given)["dataset"]
    report("Grade", 1, f"{whole['traceCount']} right")
    parts = [{"name": "train", "fraction": 0.8}, {"name": "test", "fraction": 0.2}]
    train, test = server.query(documents.SPLIT, input={"id": whole["id"], "parts": parts, "seed": 1})["datasets"]
    if server.query(documents.OVERLAP, a=train["id"], b=test["id"])["sharedPrompts"]:
        raise Unavailable(f"{train['key']} and {test['key']} share prompts.")
    report("Split", 1, f"{train['traceCount']} to train, {test['traceCount']} held out")
    return train, test


def datasets_of(train: dict[str, Any], test: dict[str, Any], version: str) -> dict[str, Any]:
    """Returns the run's datasets, model and name."""
    names = {"modelId": MODEL, "mode": "TRAIN", "outputName": f"demo-{version}"}
    return {"datasetId": train["id"], "evalDatasetId": test["id"], **names}


def answer(
    server: DemoServer, run: str, step: int | None, test: dict[str, Any], stage: str, report: Report
) -> dict[str, Any]:
    """Lets the run's model answer the held-out prompts; step 0 is the model before training."""
    given = {"modelId": f"run:{run}", "datasetId": test["id"], **SAMPLING}
    given |= {} if step is None else {"checkpointStep": step}
    generation = start(server, documents.START_GENERATION, "generation", given)
    wait(server, generation["id"], stage, report)
    return generation


def evaluate(
    server: DemoServer, version: str, test: dict[str, Any], generations: dict[str, dict[str, Any]], report: Report
) -> dict[str, Any]:
    """Compares the answers of the generations on the held-out prompts."""
    candidates = [{"name": name, "generationId": found["id"]} for name, found in generations.items()]
    given = {"name": f"demo-{version}", "datasetId": test["id"], "scorer": SCORER, "candidates": candidates}
    evaluation = start(server, documents.CREATE_EVALUATION, "evaluation", given)
    wait(server, evaluation["id"], "Evaluate", report)
    return evaluation


def start(server: DemoServer, document: str, field: str, given: dict[str, Any]) -> dict[str, Any]:
    """Starts a job and returns it."""
    job: dict[str, Any] = server.query(document, input=given)[field]
    return job


def wait(server: DemoServer, job_id: str, stage: str, report: Report) -> None:
    """Waits until a job has completed, and reports its progress.

    Raises:
        Unavailable: it finished otherwise.
    """
    while True:
        job = server.query(documents.JOB, id=job_id)
        losses = [metric["value"] for metric in job.get("latestMetrics", ()) if metric["name"] == "train/loss"]
        report(stage, job["progress"], f"loss {losses[0]:.3g}" if losses and losses[0] is not None else "")
        if job["status"] in FINISHED:
            break
        time.sleep(POLL_SECONDS)
    if job["status"] != "COMPLETED":
        reason = job["error"]["message"] if job["error"] else "there is no reason on record"
        raise Unavailable(f"{stage}: {job['status']}: {reason}")
