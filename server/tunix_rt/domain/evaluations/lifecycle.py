"""Evaluations as jobs in the ledger: created, cancelled, retried and deleted, with their events."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import exists, insert, select

from tunix_rt.db.identity import new_id
from tunix_rt.db.models import evaluation_candidates, evaluation_events, evaluations, scores
from tunix_rt.db.session import Session
from tunix_rt.domain.datasets.lookup import completed_dataset_key
from tunix_rt.domain.evaluations.draft import CandidateDraft, EvaluationDraft
from tunix_rt.domain.evaluations.generating import cancel_started, generation_for, retry_started
from tunix_rt.domain.jobs.histories import JobHistory
from tunix_rt.domain.jobs.ledger import LEASE, delete_idle, new_job
from tunix_rt.domain.jobs.limits import limit_jobs
from tunix_rt.domain.scorers import Scorer, find_scorer
from tunix_rt.domain.text import text_error
from tunix_rt.domain.traces.storage import last_seq

EVALUATION_HISTORY = JobHistory(evaluations, evaluation_events, "evaluation_id")


async def require_scorer(session: Session, name: str, known: Mapping[str, Scorer]) -> None:
    """Checks that there are scores of a scorer, or that it is one of the server.

    Args:
        known: the server's scorers.

    Raises:
        BadUserInput: there is no such scorer; the message lists the server's scorers.
    """
    if name in known:
        return
    if text_error(name) is not None or not await session.scalar(select(exists().where(scores.c.scorer == name))):
        find_scorer(known, name)


async def check_references(session: Session, draft: EvaluationDraft, known: Mapping[str, Scorer]) -> None:
    """Checks the objects that an evaluation refers to.

    Raises:
        BadUserInput: there is no such scorer, or a filter is invalid.
        NotFound, Conflict: the dataset does not exist or is not completed.
    """
    await require_scorer(session, draft.scorer, known)
    await completed_dataset_key(session, draft.dataset_id)
    for candidate in draft.candidates:
        if candidate.selection is not None:
            candidate.selection.conditions(session.dialect.name)


async def create_evaluation(session: Session, draft: EvaluationDraft, at: datetime) -> dict[str, Any]:
    """Inserts an evaluation as a pending job and returns its row. Traces stored later are not selected by filters.

    Raises:
        NotFound, Conflict: the dataset was deleted in the meantime, or another evaluation has this name.
        RateLimited: as ``limit_jobs`` does.
        TunixRtError: as ``generation_for`` does.
    """
    row = new_job(at) | {
        "id": new_id(),
        "name": draft.name,
        "dataset_id": draft.dataset_id,
        "dataset_key": await completed_dataset_key(session, draft.dataset_id),
        "scorer": draft.scorer,
        "samples_per_prompt": draft.samples_per_prompt,
        "seed": draft.seed,
        "prompt_count": 0,
    }
    await session.execute(insert(evaluations), [row])
    bound = await last_seq(session)
    candidates = []
    for position, one in enumerate(draft.candidates):
        generation_id, run_id, model_id = await generation_for(session, draft, position, at)
        generated = {"generation_id": generation_id, "run_id": run_id, "model_id": model_id}
        candidates.append(candidate_row(row["id"], position, one, bound) | generated)
    await session.execute(insert(evaluation_candidates), candidates)
    await EVALUATION_HISTORY.append(session, row["id"], at)
    await limit_jobs(session, row["created_by"])
    return row


def candidate_row(evaluation_id: uuid.UUID, position: int, candidate: CandidateDraft, bound: int) -> dict[str, Any]:
    """Returns the row of a candidate without its generation.

    Args:
        bound: the ``seq`` of the last trace that its filter may select.
    """
    selection = candidate.selection
    fixed = None if selection is None else msgspec.to_builtins(msgspec.structs.replace(selection, as_of=bound))
    return {
        "id": new_id(),
        "evaluation_id": evaluation_id,
        "position": position,
        "name": candidate.name,
        "kind": candidate.kind.value,
        "mean": None,
        "low": None,
        "high": None,
        "prompt_count": 0,
        "answer_count": 0,
        "unscored_count": 0,
        "token_count": None,
        "selection": fixed,
    }


async def cancel_evaluation(session: Session, evaluation_id: uuid.UUID, at: datetime, lease: timedelta = LEASE) -> None:
    """Cancels an evaluation: at once if it is pending or its process is gone, else by asking the process to stop.

    The generations that it has started are cancelled with it.

    Args:
        at: the time by the database's clock.

    Raises:
        NotFound, Conflict: as ``request_cancel`` does.
    """
    await cancel_started(session, evaluation_id, at, lease)
    await EVALUATION_HISTORY.cancel(session, evaluation_id, at, lease)


async def retry_evaluation(session: Session, evaluation_id: uuid.UUID, at: datetime) -> None:
    """Sets a failed, timed out or cancelled evaluation to pending again, with the generations that it has started.

    Raises:
        NotFound, Conflict: as ``retry`` and ``retry_started`` do.
    """
    await retry_started(session, evaluation_id, at)
    await EVALUATION_HISTORY.retry(session, evaluation_id, at)


async def delete_evaluation(session: Session, evaluation_id: uuid.UUID) -> None:
    """Deletes an evaluation with its results; traces and scores are kept.

    Raises:
        NotFound: there is no such evaluation.
        Conflict: it is running.
    """
    await delete_idle(session, evaluations, evaluation_id)
