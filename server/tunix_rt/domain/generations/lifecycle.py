"""Generations: jobs in the ledger in which a model answers prompts.

This module inserts, cancels, retries and deletes generations, and writes their events. The process that performs them
is ``jobs.generations.process``.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Row, insert, select

from tunix_rt.db.identity import new_id
from tunix_rt.db.membership import among
from tunix_rt.db.models import generation_events, generations, run_artifacts
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Session
from tunix_rt.domain.exports.lifecycle import fixed_source
from tunix_rt.domain.exports.sources import OfDataset, Source
from tunix_rt.domain.generations.options import GenerationOptions, option_errors
from tunix_rt.domain.jobs.histories import JobHistory
from tunix_rt.domain.jobs.labels import GENERATION_LABELS, store_labels
from tunix_rt.domain.jobs.ledger import LEASE, delete_idle, new_job
from tunix_rt.domain.jobs.limits import limit_jobs
from tunix_rt.domain.reasoning_templates import DEFAULT_TEMPLATE
from tunix_rt.domain.runs.artifacts import named_run, run_model
from tunix_rt.domain.runs.config import config_of
from tunix_rt.domain.runs.manifest import require_model_id
from tunix_rt.errors import BadUserInput, NotFound, TunixRtError, ValidationErrors
from tunix_rt.trainer.contract import RUN_PREFIX, STEPS_MAX, ArtifactKind

GENERATION_HISTORY = JobHistory(generations, generation_events, "generation_id", ("answer_count", "token_count"))


@dataclass(frozen=True)
class GenerationPlan:
    """The model, the source of the prompts and the options of a generation.

    Args:
        checkpoint_step: the step of the checkpoint of a run whose weights answer, 0 for the run's base model; None for
            its exported model, and for other models.
    """

    model_id: str
    source: Source
    options: GenerationOptions
    checkpoint_step: int | None = None


async def enter_generation(session: Session, plan: GenerationPlan, at: datetime) -> dict[str, Any]:
    """Inserts a generation as a pending job and returns its row.

    Raises:
        ValidationErrors: all errors of the model and of the options, each on its own field.
        NotFound: the dataset does not exist.
        Conflict: the dataset is not completed.
        BadUserInput: the filter is invalid.
        RateLimited: as ``limit_jobs`` does.
    """
    errors = [*option_errors(plan.options), *[error async for error in model_errors(session, plan)]]
    if errors:
        raise ValidationErrors(errors)
    run = await run_answering(session, plan.model_id)
    template = plan.options.template or template_of(run)
    options = msgspec.structs.replace(plan.options, template=template)
    fixed = replace(plan, source=await fixed_source(session, plan.source), options=options)
    row = new_generation(fixed, None if run is None else run.id, at)
    await session.execute(insert(generations), [row])
    await store_labels(session, row["id"], options.labels, GENERATION_LABELS)
    await GENERATION_HISTORY.append(session, row["id"], at)
    await limit_jobs(session, row["created_by"])
    return row


async def model_errors(session: Session, plan: GenerationPlan) -> AsyncIterator[TunixRtError]:
    """Yields the error of a model that does not exist, or whose checkpoint does not."""
    try:
        require_model_id(plan.model_id)
        if plan.checkpoint_step is not None:
            await require_checkpoint(session, plan.model_id, plan.checkpoint_step)
        elif plan.model_id.startswith(RUN_PREFIX):
            await run_model(session, plan.model_id, ["model_id"])
    except TunixRtError as error:
        yield error


async def require_checkpoint(session: Session, model_id: str, step: int) -> None:
    """Checks that a run has a checkpoint.

    Raises:
        BadUserInput: the model is not a run's, or the step is out of its range.
        NotFound: there is no such run, or it has no such checkpoint.
    """
    path = ["checkpoint_step"]
    if not model_id.startswith(RUN_PREFIX):
        raise BadUserInput("checkpoint_step requires the model of a run, run:NAME.", path)
    if not 0 <= step <= STEPS_MAX:
        raise BadUserInput(f"checkpoint_step must be between 0 and {STEPS_MAX}; it is {step}.", path)
    run = await named_run(session, model_id, ["model_id"])
    query = select(run_artifacts.c.step).where(
        run_artifacts.c.run_id == run.id, run_artifacts.c.kind == ArtifactKind.CHECKPOINT.value
    )
    steps = list((await session.execute(query.order_by(run_artifacts.c.step))).scalars())
    if step and step not in steps:
        known = ", ".join(map(str, [0, *steps]))
        raise NotFound(f"{model_id!r} has no checkpoint {step}; it has {known}.", path)


async def run_answering(session: Session, model_id: str) -> Row[Any] | None:
    """Returns the row of the run whose model it is; None for any other model."""
    return await named_run(session, model_id, ["model_id"]) if model_id.startswith(RUN_PREFIX) else None


def template_of(run: Row[Any] | None) -> str:
    """Returns the reasoning template that a run was trained with; the default for other models."""
    return DEFAULT_TEMPLATE if run is None or run.config is None else config_of(run.config).template


def new_generation(plan: GenerationPlan, run_id: uuid.UUID | None, at: datetime) -> dict[str, Any]:
    """Returns the row of a pending generation."""
    return new_job(at) | {
        "id": new_id(),
        "model_id": plan.model_id,
        "run_id": run_id,
        "checkpoint_step": plan.checkpoint_step,
        "dataset_id": plan.source.dataset_id if isinstance(plan.source, OfDataset) else None,
        "prompt_count": None,
        "too_long_count": 0,
        "answer_count": 0,
        "malformed_count": 0,
        "token_count": 0,
        "tokens_per_second": None,
        "eta_seconds": None,
        "options": msgspec.to_builtins(plan.options),
        "recipe": msgspec.to_builtins(plan.source),
        "stderr": "",
    }


def plan_of(row: Row[Any]) -> GenerationPlan:
    """Returns the plan that a row stores."""
    source: Source = msgspec.convert(row.recipe, Source)
    return GenerationPlan(row.model_id, source, msgspec.convert(row.options, GenerationOptions), row.checkpoint_step)


async def unfinished_among(session: Session, ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Returns the ids of generations that are not completed, and may still need their folder."""
    query = select(generations.c.id).where(
        among(generations.c.id, ids, session.dialect.name), generations.c.status != JobStatus.COMPLETED.value
    )
    return set((await session.execute(query)).scalars())


async def cancel_generation(session: Session, generation_id: uuid.UUID, at: datetime, lease: timedelta = LEASE) -> None:
    """Cancels a generation: at once if it is pending or its process is gone, else by asking the process to stop.

    Raises:
        NotFound, Conflict: as ``request_cancel`` does.
    """
    await GENERATION_HISTORY.cancel(session, generation_id, at, lease)


async def retry_generation(session: Session, generation_id: uuid.UUID, at: datetime) -> None:
    """Sets a failed or cancelled generation to pending again; its answers are kept, and the rest is generated.

    Raises:
        NotFound, Conflict: as ``retry`` does.
    """
    await GENERATION_HISTORY.retry(session, generation_id, at)


async def delete_generation(session: Session, generation_id: uuid.UUID) -> None:
    """Deletes a generation and its events, but not its answers; the caller removes its folder after the commit.

    Raises:
        NotFound: there is no such generation.
        Conflict: it is running.
    """
    await delete_idle(session, generations, generation_id)
