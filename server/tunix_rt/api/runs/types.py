"""Runs in GraphQL: the type, its filters and orders."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any

import strawberry

from tunix_rt.api.context import Context
from tunix_rt.api.datasets.types import DATASET_LIST, Dataset
from tunix_rt.api.execution.fetching import Call
from tunix_rt.api.filtering.runs import RunWhere
from tunix_rt.api.jobs import Job, job_sources
from tunix_rt.api.lists.fields import NamedListing, batched_field, child_connection
from tunix_rt.api.lists.listing import Listing
from tunix_rt.api.lists.reading import objects_by_id
from tunix_rt.api.lists.shape import Alias, Shape, as_enum, as_filled, as_value, node_sources
from tunix_rt.api.relay.connection import Connection
from tunix_rt.api.relay.node import Node
from tunix_rt.api.runs.artifacts import ARTIFACT_SHAPE, RUN_ARTIFACT_LIST, RunArtifact
from tunix_rt.api.runs.config import TrainingConfig
from tunix_rt.api.runs.events import RUN_EVENT_LIST, RUN_LOG_LINE_LIST, RunEvent, RunLogLine, TrainingProgress
from tunix_rt.api.runs.metrics import RunLatestMetric, RunMetricSeries, latest_metrics_of, metrics_field
from tunix_rt.api.runs.orders import RunOrder, metric_term, require_ordering_metrics
from tunix_rt.api.runs.receipts import RunReceipt, RunReplay, receipts_of, replays_of
from tunix_rt.api.scalars import JSON
from tunix_rt.api.traces.types import TRACE_LIST, Trace
from tunix_rt.db.models import evaluation_candidates, run_artifacts, run_logs, trace_origins, tunix_runs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.models.runs import RunMode
from tunix_rt.db.paging import Term
from tunix_rt.domain.filtering.generations import OF_TRACE
from tunix_rt.domain.filtering.runs import RUNS
from tunix_rt.domain.replays.replays import replayed_runs
from tunix_rt.domain.runs.artifacts import checkpoints_of_runs, runs_with_models
from tunix_rt.domain.runs.attempts import attempts_of as stored_attempts
from tunix_rt.domain.runs.timeline import ENTRIES
from tunix_rt.trainer.contract import Method


@strawberry.type(description="One attempt at a run, made by one process.")
class RunAttempt:
    attempt: int = strawberry.field(description="Number of the attempt, from 1.")
    status: JobStatus = strawberry.field(
        description="Outcome of the attempt, or RUNNING. An attempt whose process was lost is FAILED, even if the run "
        "is retried automatically."
    )
    started_at: datetime = strawberry.field(description="When the attempt started.")
    completed_at: datetime | None = strawberry.field(description="When the attempt finished; null until then.")
    reason: str | None = strawberry.field(
        description="Explanation of the outcome; null while running, or if there is none."
    )


async def datasets_by(name: str, runs: list[Any], call: Call) -> list[Dataset | None]:
    """Returns the dataset whose id each run has in an attribute."""
    ids = [getattr(run, name) for run in runs]
    known = [found for found in dict.fromkeys(ids) if found is not None]
    found = await objects_by_id(DATASET_LIST, call.context, known, frozenset(call.selection))
    return [found.get(dataset_id) for dataset_id in ids]


async def datasets_of(runs: list[Any], call: Call) -> list[Dataset | None]:
    """Returns each run's training dataset."""
    return await datasets_by("dataset_id", runs, call)


async def eval_datasets_of(runs: list[Any], call: Call) -> list[Dataset | None]:
    """Returns each run's evaluation dataset."""
    return await datasets_by("eval_dataset_id", runs, call)


async def originals_of(runs: list[Any], call: Call) -> list[Any]:
    """Returns the run that each run replays."""
    ids = [run.row_id for run in runs]
    async with call.context.database.read() as session:
        originals = await replayed_runs(session, list(dict.fromkeys(ids)))
    known = list(dict.fromkeys(originals.values()))
    found = await objects_by_id(RUN_LIST, call.context, known, frozenset(call.selection))
    return [found.get(originals[run_id]) if run_id in originals else None for run_id in ids]


async def attempts_of(runs: list[Any], call: Call) -> list[list[RunAttempt]]:
    """Returns each run's attempts."""
    async with call.context.database.read() as session:
        found = await stored_attempts(session, list(dict.fromkeys(run.row_id for run in runs)))
    return [[RunAttempt(**vars(attempt)) for attempt in found[run.row_id]] for run in runs]


async def checkpoints_of(runs: list[Any], call: Call) -> list[list[RunArtifact]]:
    """Returns each run's checkpoints."""
    names, ids = frozenset(call.selection), list(dict.fromkeys(run.row_id for run in runs))
    columns = ARTIFACT_SHAPE.columns(names)
    async with call.context.database.read() as session:
        rows = await checkpoints_of_runs(session, ids, columns)
    found: dict[uuid.UUID, list[RunArtifact]] = {run_id: [] for run_id in ids}
    for row, artifact in zip(rows, ARTIFACT_SHAPE.objects(rows, names), strict=True):
        found[row.owner].append(artifact)
    return [found[run.row_id] for run in runs]


async def model_urls_of(runs: list[Any], call: Call) -> list[str | None]:
    """Returns the URL of each run's model."""
    context: Context = call.context
    async with context.database.read() as session:
        found = await runs_with_models(session, list(dict.fromkeys(run.row_id for run in runs)))
    return [context.download_url(f"/v1/runs/{run.row_id}/model.zip") if run.row_id in found else None for run in runs]


@strawberry.type(
    description="A training run with Tunix: one base model trained on one dataset, with logs, metrics and checkpoints."
)
class Run(Node, Job):
    row_id: strawberry.Private[uuid.UUID]
    kept: strawberry.Private[bool] = False
    dataset_id: strawberry.Private[uuid.UUID | None]
    eval_dataset_id: strawberry.Private[uuid.UUID | None]
    status_reason: str = strawberry.field(description="Explanation of the status in one sentence.")
    mode: RunMode = strawberry.field(description="Whether the run trains, or only checks its inputs.")
    method: Method = strawberry.field(description="Training method.")
    model_id: str = strawberry.field(description="The base model.")
    dataset_key: str = strawberry.field(
        description="Key of the training dataset; empty for an external run without one."
    )
    dataset: Dataset | None = batched_field(
        datasets_of,
        Dataset | None,
        "The training dataset, which cannot be deleted while the run exists; null for an external run without one.",
        lambda _: None,
    )
    eval_dataset: Dataset | None = batched_field(
        eval_datasets_of,
        Dataset | None,
        "The evaluation dataset; null if there is none.",
        lambda _: None,
    )
    config: TrainingConfig | None = strawberry.field(
        description="Training parameters; null for an external run, and for an imported one without any."
    )
    manifest: str | None = strawberry.field(description="Manifest of the last attempt, as YAML; null before the first.")
    output_name: str | None = strawberry.field(
        description="Name of the run's folder on the server; null if that is the run's `uuid`."
    )
    engine: str = strawberry.field(
        description="Engine that executes the run: `server` for a dry run in the server, `local` for a process on a "
        "worker's machine, `ray` or `slurm` for a job of such a cluster, `external` for a program elsewhere, see "
        "`registerRun`."
    )
    parameters: JSON | None = strawberry.field(
        description="Parameters of an external run, as registered by its program; null for any other run."
    )
    last_batch: int | None = strawberry.field(
        description="Number of the last batch that the program of an external run reported, 0 before the first; null "
        "for any other run."
    )
    last_report_at: datetime | None = strawberry.field(
        description="When the program of an external run last reported; null for any other run. A silent run stays "
        "RUNNING: the server cannot know whether it is still training."
    )
    max_attempts: int = strawberry.field(
        description="Maximum number of attempts. A run whose process was lost is retried until then."
    )
    cancel_requested: bool = strawberry.field(description="Whether a user has requested cancellation.")
    tags: list[str] = strawberry.field(description="Tags of the run in the order given; see `updateRun`.")
    notes: str | None = strawberry.field(description="Notes on the run, as Markdown; null if there are none.")
    training_progress: TrainingProgress = strawberry.field(description="Current training progress.")
    duration_seconds: float | None = strawberry.field(
        description="Duration of the last attempt, in seconds; null until it has finished."
    )
    exit_code: int | None = strawberry.field(
        description="Exit code of the last process; the negated signal number if a signal killed it. Null if there is "
        "none."
    )
    stdout: str = strawberry.field(
        description="End of the standard output of the last finished attempt, up to 10 KB; empty until then. If it is "
        "truncated, the first line is a note; `logs` has all of it."
    )
    stderr: str = strawberry.field(
        description="End of the standard error of the last finished attempt, up to 10 KB; empty until then. If it is "
        "truncated, the first line is a note; `logs` has all of it."
    )
    attempts: list[RunAttempt] = batched_field(
        attempts_of,
        list[RunAttempt],
        "Attempts in chronological order.",
        lambda _: [],
    )
    receipts: list[RunReceipt] = batched_field(
        receipts_of,
        list[RunReceipt],
        "Receipts of the attempts in chronological order. An attempt has one as soon as its trainer has started.",
        lambda _: [],
    )
    replay_of: Annotated[Run, strawberry.lazy("tunix_rt.api.runs.types")] | None = batched_field(
        originals_of,
        Annotated["Run", strawberry.lazy("tunix_rt.api.runs.types")] | None,
        "The run that this one replays, see `replayRun`; null if it is not a replay, or if that run was deleted.",
        lambda _: None,
    )
    replay: RunReplay | None = batched_field(
        replays_of,
        RunReplay | None,
        "Comparison with the run that this one replays, up to the current step; null if it is not a "
        "replay, or has no weights to compare yet.",
        lambda _: None,
    )
    logs: Connection[RunLogLine] = child_connection(
        RUN_LOG_LINE_LIST, run_logs.c.run_id, "Lines of the log in chronological order.", many=True
    )
    events: Connection[RunEvent] = child_connection(
        RUN_EVENT_LIST,
        ENTRIES.c.run_id,
        "Events in chronological order, the same that `runEvents` streams.",
        many=True,
    )
    metrics: list[RunMetricSeries] = metrics_field()
    latest_metrics: list[RunLatestMetric] = batched_field(
        latest_metrics_of,
        list[RunLatestMetric],
        "The last value of each metric, sorted by name.",
        lambda _: [],
    )
    artifacts: Connection[RunArtifact] = child_connection(
        RUN_ARTIFACT_LIST, run_artifacts.c.run_id, "Files and checkpoints of the run, sorted by name by default."
    )
    evaluation_candidates = child_connection(
        NamedListing("tunix_rt.api.evaluations.candidates", "EvaluationCandidate"),
        evaluation_candidates.c.run_id,
        "Evaluation candidates that are the run's model.",
        many=True,
    )
    model_archive_url: str | None = batched_field(
        model_urls_of,
        str | None,
        "Signed URL of the model's files as one ZIP archive, without compression; needs no authentication. It expires "
        "after an hour by default; query the field again for a new one. Null if the run has exported no model.",
        lambda _: None,
    )
    produced_traces: Connection[Trace] = child_connection(
        TRACE_LIST,
        trace_origins.c.run_id,
        "Traces generated by the run's model or policy, newest first by default.",
        via=[OF_TRACE],
        many=True,
    )
    checkpoints: list[RunArtifact] = batched_field(
        checkpoints_of,
        list[RunArtifact],
        "Stored checkpoints by step. `retryRun` resumes from the last one.",
        lambda _: [],
    )


def fill_training_progress(
    target: Run, step: int | None, total_steps: int | None, epoch: float | None, eta_seconds: float | None
) -> None:
    """Sets the progress of the training."""
    target.training_progress = TrainingProgress(
        step=step, total_steps=total_steps, epoch=epoch, eta_seconds=eta_seconds
    )


TRAINING_PROGRESS = [tunix_runs.c.step, tunix_runs.c.total_steps, tunix_runs.c.epoch, tunix_runs.c.eta_seconds]
ROW_ID = Alias(tunix_runs.c.id, "row_id")
RELATED = frozenset(
    {
        "attempts",
        "logs",
        "events",
        "metrics",
        "latestMetrics",
        "artifacts",
        "evaluationCandidates",
        "checkpoints",
        "producedTraces",
        "receipts",
        "replay",
        "replayOf",
        "dataset",
        "evalDataset",
        "modelArchiveUrl",
    }
)
"""The fields whose values are in other tables than the run's row."""

RUN_SHAPE = Shape(
    make=Run,
    table=tunix_runs,
    sources=node_sources("Run", tunix_runs.c.id)
    | job_sources(tunix_runs)
    | {
        "attempts": ROW_ID,
        "logs": ROW_ID,
        "events": ROW_ID,
        "metrics": ROW_ID,
        "latestMetrics": ROW_ID,
        "artifacts": ROW_ID,
        "evaluationCandidates": ROW_ID,
        "checkpoints": ROW_ID,
        "producedTraces": ROW_ID,
        "receipts": ROW_ID,
        "replay": ROW_ID,
        "replayOf": ROW_ID,
        "modelArchiveUrl": ROW_ID,
        "dataset": tunix_runs.c.dataset_id,
        "evalDataset": tunix_runs.c.eval_dataset_id,
        "statusReason": Alias(tunix_runs.c.message, "status_reason"),
        "maxAttempts": tunix_runs.c.max_attempts,
        "cancelRequested": tunix_runs.c.cancel_requested,
        "mode": as_enum(tunix_runs.c.mode, RunMode),
        "method": as_enum(tunix_runs.c.method, Method),
        "modelId": tunix_runs.c.model_id,
        "datasetKey": tunix_runs.c.dataset_key,
        "outputName": tunix_runs.c.output_name,
        "engine": tunix_runs.c.engine,
        "parameters": tunix_runs.c.parameters,
        "lastBatch": Alias(tunix_runs.c.reported_batch, "last_batch"),
        "lastReportAt": Alias(tunix_runs.c.reported_at, "last_report_at"),
        "trainingProgress": as_filled(TRAINING_PROGRESS, fill_training_progress),
        "durationSeconds": tunix_runs.c.duration_seconds,
        "exitCode": tunix_runs.c.exit_code,
        "config": as_value(tunix_runs.c.config, lambda stored: TrainingConfig.of(stored) if stored else None),
        "manifest": tunix_runs.c.manifest,
        "stdout": tunix_runs.c.stdout,
        "stderr": tunix_runs.c.stderr,
        "tags": as_value(tunix_runs.c.tags, lambda stored: stored or []),
        "notes": tunix_runs.c.notes,
    },
)


RUN_LIST = Listing(
    name="Run",
    shape=RUN_SHAPE,
    identity=tunix_runs.c.id,
    filterable=RUNS,
    where=RunWhere,
    order=RunOrder,
    default=(Term(tunix_runs.c.created_at, descending=True),),
    term=metric_term,
    require_order=require_ordering_metrics,
)
