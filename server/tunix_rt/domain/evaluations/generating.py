"""Generations of an evaluation: started for the candidates that are models, cancelled and retried with it."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import exists, not_, select

from tunix_rt.db.models import evaluation_candidates, evaluations, generations
from tunix_rt.db.models.evaluations import CandidateKind
from tunix_rt.db.models.jobs import UNFINISHED, JobStatus
from tunix_rt.db.session import Session
from tunix_rt.domain.evaluations.draft import CandidateDraft, EvaluationDraft
from tunix_rt.domain.exports.sources import OfDataset
from tunix_rt.domain.generations.lifecycle import (
    GenerationPlan,
    cancel_generation,
    enter_generation,
    retry_generation,
)
from tunix_rt.domain.generations.options import GenerationOptions
from tunix_rt.domain.jobs.ledger import RETRIABLE
from tunix_rt.domain.runs.config import folder_name
from tunix_rt.domain.runs.lookup import get_run
from tunix_rt.errors import Conflict, NotFound, PathPart, TunixRtError, errors_of, within
from tunix_rt.trainer.contract import RUN_PREFIX

ALL_KINDS = tuple(kind.value for kind in CandidateKind)
STARTED_KINDS = (CandidateKind.RUN.value, CandidateKind.MODEL.value)
"""The kinds of candidates whose generations belong to the evaluation."""
SAMPLING_FIELDS = frozenset({*GenerationOptions.__struct_fields__, "custom_template"})
STATE = (generations.c.id, generations.c.status, generations.c.cancel_requested, generations.c.error_message)

GENERATED = not_(
    exists().where(
        evaluation_candidates.c.evaluation_id == evaluations.c.id,
        generations.c.id == evaluation_candidates.c.generation_id,
        generations.c.status.in_([status.value for status in UNFINISHED]),
    )
)
"""The condition that no generation of an evaluation's candidates is unfinished: until then, it is not started."""


async def generation_for(
    session: Session, draft: EvaluationDraft, position: int, at: datetime
) -> tuple[uuid.UUID | None, uuid.UUID | None, str | None]:
    """Returns the generation that gives a candidate's answers, its run and its model; starts it for a model.

    Raises:
        TunixRtError: the generation, run or model does not exist, or an option is out of its limits.
    """
    candidate = draft.candidates[position]
    if candidate.kind is CandidateKind.FILTER:
        return None, None, None
    try:
        if candidate.generation_id is not None:
            row = await generation_row(session, candidate.generation_id)
            return row.id, row.run_id, row.model_id
        plan = await plan_for(session, draft, candidate)
        started = await enter_generation(session, plan, at)
    except TunixRtError as error:
        for single in errors_of(error):
            within(path_of(single, position), single)
        raise within([], error) from None
    return started["id"], started["run_id"], started["model_id"]


def path_of(error: TunixRtError, position: int) -> Sequence[PathPart]:
    """Returns the path in the input of the field that an error is about."""
    field = error.path[0] if error.path else None
    if field in ("seed", "samples_per_prompt"):
        return ()
    return ("sampling",) if field in SAMPLING_FIELDS else ("candidates", position)


async def generation_row(session: Session, generation_id: uuid.UUID) -> Any:
    """Returns the row ``id run_id model_id`` of a generation.

    Raises:
        NotFound: there is none.
    """
    columns = (generations.c.id, generations.c.run_id, generations.c.model_id)
    row: Any = (await session.execute(select(*columns).where(generations.c.id == generation_id))).one_or_none()
    if row is None:
        raise NotFound(f"There is no generation {generation_id}.", ["generationId"])
    return row


async def plan_for(session: Session, draft: EvaluationDraft, candidate: CandidateDraft) -> GenerationPlan:
    """Returns the plan of the generation of a model's answers; raises as ``generation_for`` does."""
    samples = draft.samples_per_prompt or 1
    options = msgspec.structs.replace(draft.sampling, samples_per_prompt=samples, seed=draft.seed)
    model_id = candidate.model_id
    if candidate.run_id is not None:
        run = await get_run(session, str(candidate.run_id))
        model_id = f"{RUN_PREFIX}{folder_name(run.id, run.output_name)}"
    return GenerationPlan(model_id or "", OfDataset(draft.dataset_id), options, candidate.checkpoint_step)


async def require_generated(session: Session, evaluation_id: uuid.UUID) -> None:
    """Checks that the generations of an evaluation's candidates are completed; those that were deleted count as such.

    Raises:
        Conflict: one is not; the message names the candidate.
    """
    rows = await generations_of(session, evaluation_id, frozenset(JobStatus) - {JobStatus.COMPLETED})
    for row in rows:
        reason = f": {row.error_message}" if row.error_message else "; retry it first."
        raise Conflict(f"The generation of the candidate {row.name!r} is {row.status}{reason}", ["candidates"])


async def cancel_started(session: Session, evaluation_id: uuid.UUID, at: datetime, lease: timedelta) -> None:
    """Cancels the unfinished generations that an evaluation has started."""
    for row in await generations_of(session, evaluation_id, UNFINISHED, STARTED_KINDS):
        await cancel_generation(session, row.id, at, lease)


async def retry_started(session: Session, evaluation_id: uuid.UUID, at: datetime) -> None:
    """Queues the failed and cancelled generations that an evaluation has started again.

    Raises:
        Conflict: one of them is still stopping after it was cancelled; the message names its candidate.
    """
    rows = await generations_of(session, evaluation_id, {*UNFINISHED, *RETRIABLE}, STARTED_KINDS)
    for row in rows:
        if row.cancel_requested and JobStatus(row.status) in UNFINISHED:
            raise Conflict(
                f"The generation of the candidate {row.name!r} is still stopping; retry in a moment.", ["id"]
            )
    for row in rows:
        if JobStatus(row.status) in RETRIABLE:
            await retry_generation(session, row.id, at)


async def generations_of(
    session: Session,
    evaluation_id: uuid.UUID,
    statuses: Collection[JobStatus],
    kinds: Sequence[str] = ALL_KINDS,
) -> Sequence[Any]:
    """Returns rows of the generations of an evaluation's candidates that have some statuses.

    A row is ``id status cancel_requested error_message name``; the name is the candidate's.
    """
    query = (
        select(*STATE, evaluation_candidates.c.name)
        .join(evaluation_candidates, evaluation_candidates.c.generation_id == generations.c.id)
        .where(
            evaluation_candidates.c.evaluation_id == evaluation_id,
            evaluation_candidates.c.kind.in_(kinds),
            generations.c.status.in_([status.value for status in statuses]),
        )
        .order_by(evaluation_candidates.c.position)
    )
    return (await session.execute(query)).all()
