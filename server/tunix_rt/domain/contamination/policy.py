"""The policy of a mutation on contamination: refuse, warn, or do not compare."""

from __future__ import annotations

import time
import uuid
from enum import Enum

from sqlalchemy import func, select

from tunix_rt.db.models import contaminations, datasets
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Database
from tunix_rt.domain.contamination.comparing import ContaminationChecks
from tunix_rt.domain.contamination.protected import protected_overlaps
from tunix_rt.domain.text import quantity
from tunix_rt.errors import Conflict, RequestTimeout

WARN_MEMBERS = 20_000
"""The number of members of both datasets up to which they are compared for a warning alone, in some five seconds."""

TOO_LARGE = "The datasets are too large to be compared in passing; see contamination."


class ContaminationPolicy(Enum):
    """The reaction to contamination."""

    REFUSE = "REFUSE"
    WARN = "WARN"
    OFF = "OFF"


async def contamination_warnings(
    database: Database,
    checks: ContaminationChecks,
    policy: ContaminationPolicy,
    train_id: uuid.UUID,
    eval_id: uuid.UUID | None,
    seconds: float,
) -> list[str]:
    """Returns the warnings about evaluation data in training data, one sentence each.

    Nothing is compared for a dataset that does not exist or is not completed, which the caller reports.

    Args:
        eval_id: the evaluation dataset; None to compare with protected sets alone.
        seconds: the time limit.

    Raises:
        Conflict: the policy is REFUSE and there is contamination.
        RequestTimeout: the policy is REFUSE and the comparison took too long.
    """
    members = await member_counts(database, {train_id, eval_id or train_id})
    if policy is ContaminationPolicy.OFF or members is None:
        return []
    found = await protected_prompts_found(database, train_id)
    if eval_id is not None and policy is ContaminationPolicy.WARN and members > WARN_MEMBERS:
        found.append(TOO_LARGE)
    elif eval_id is not None:
        try:
            found += await similar_prompts(database, await checks.find(train_id, eval_id, time.monotonic() + seconds))
        except RequestTimeout:
            if policy is ContaminationPolicy.REFUSE:
                raise
            found.append(TOO_LARGE)
    if found and policy is ContaminationPolicy.REFUSE:
        raise Conflict(" ".join(found), ["datasetId"])
    return found


async def member_counts(database: Database, ids: set[uuid.UUID]) -> int | None:
    """Returns the number of members of datasets together; None if one does not exist or is not completed."""
    query = select(func.count(), func.sum(datasets.c.trace_count)).where(
        datasets.c.id.in_(ids), datasets.c.status == JobStatus.COMPLETED.value
    )
    async with database.read() as session:
        count, members = (await session.execute(query)).one()
    return int(members) if count == len(ids) else None


async def protected_prompts_found(database: Database, train_id: uuid.UUID) -> list[str]:
    """Returns a sentence for each protected set that has prompts of a dataset."""
    async with database.read() as session:
        overlaps = await protected_overlaps(session, train_id)
    return [
        f"The training data contains {quantity(overlap.prompts, 'prompt')} of the protected set {overlap.name!r}."
        for overlap in overlaps
    ]


async def similar_prompts(database: Database, contamination_id: uuid.UUID) -> list[str]:
    """Returns a sentence with the number of training prompts that a comparison has found, if there are any."""
    query = select(contaminations.c.train_prompt_count).where(contaminations.c.id == contamination_id)
    async with database.read() as session:
        count = (await session.execute(query)).scalar() or 0
    verb = "equals or resembles a prompt" if count == 1 else "equal or resemble prompts"
    sentence = f"{quantity(count, 'prompt')} of the training data {verb} of the evaluation data; see contamination."
    return [sentence] if count else []
