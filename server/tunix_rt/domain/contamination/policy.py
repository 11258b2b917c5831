"""The policy of a mutation on contamination: refuse, warn, or do not compare."""

from __future__ import annotations

import functools
import time
import uuid
from collections.abc import Awaitable, Callable, Collection
from enum import Enum
from typing import TypeVar

from sqlalchemy import select

from tunix_rt.db.models import contaminations, datasets
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Database
from tunix_rt.domain.contamination.comparing import ContaminationChecks
from tunix_rt.domain.contamination.protected import ProtectedOverlap, protected_overlaps
from tunix_rt.domain.contamination.protected_comparing import pending_sets
from tunix_rt.domain.text import quantity
from tunix_rt.errors import Conflict, RequestTimeout

T = TypeVar("T")

WARN_MEMBERS = 20_000
"""The number of prompts on both sides up to which they are compared for a warning alone, in some five seconds."""

TOO_LARGE = "The datasets are too large to be compared for a warning; query contamination."
NEAR_TOO_LARGE = (
    "The training data and the protected sets are too large to be compared for near duplicates for a warning; "
    "contaminationPolicy REFUSE compares them."
)


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
    ids = {train_id, eval_id or train_id}
    members = await member_counts(database, ids)
    if policy is ContaminationPolicy.OFF or len(members) < len(ids):
        return []
    until = time.monotonic() + seconds
    found = await protected_prompts_found(database, checks, policy, train_id, members[train_id], until)
    if eval_id is not None:
        compare = functools.partial(checks.find, train_id, eval_id, until)
        compared = await comparison(policy, sum(members.values()), compare)
        found += [TOO_LARGE] if compared is None else await similar_prompts(database, compared)
    if found and policy is ContaminationPolicy.REFUSE:
        raise Conflict(" ".join(found), ["datasetId"])
    return found


async def comparison(policy: ContaminationPolicy, prompts: int, compare: Callable[[], Awaitable[T]]) -> T | None:
    """Returns the result of a comparison; None if it is too large, or took too long, for a warning alone.

    Args:
        prompts: the number of prompts to be compared.

    Raises:
        RequestTimeout: the policy is REFUSE and the comparison took too long.
    """
    if policy is ContaminationPolicy.WARN and prompts > WARN_MEMBERS:
        return None
    try:
        return await compare()
    except RequestTimeout:
        if policy is ContaminationPolicy.REFUSE:
            raise
        return None


async def member_counts(database: Database, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Returns the number of members of each dataset that exists and is completed."""
    query = select(datasets.c.id, datasets.c.trace_count).where(
        datasets.c.id.in_(ids), datasets.c.status == JobStatus.COMPLETED.value
    )
    async with database.read() as session:
        return {row.id: row.trace_count for row in await session.execute(query)}


async def protected_prompts_found(
    database: Database,
    checks: ContaminationChecks,
    policy: ContaminationPolicy,
    train_id: uuid.UUID,
    members: int,
    until: float,
) -> list[str]:
    """Returns a sentence for each protected set that has prompts of a dataset, or near duplicates of them.

    Args:
        members: the number of the dataset's members.
        until: the time, by the monotonic clock, at which the comparison stops.

    Raises:
        RequestTimeout: the policy is REFUSE and the comparison took too long.
    """
    async with database.read() as session:
        pending = sum((await pending_sets(session, train_id)).values())
    compare = functools.partial(checks.compare_protected, train_id, until)
    is_compared = not pending or await comparison(policy, members + pending, compare)
    async with database.read() as session:
        overlaps = await protected_overlaps(session, train_id)
    return [overlap_sentence(overlap) for overlap in overlaps] + ([] if is_compared else [NEAR_TOO_LARGE])


def overlap_sentence(overlap: ProtectedOverlap) -> str:
    """Returns the warning about prompts of a protected set in training data."""
    parts = [quantity(overlap.prompts, "prompt")] if overlap.prompts else []
    if overlap.near:
        parts.append(f"{quantity(overlap.near, 'near duplicate')} of prompts")
    return f"The training data contains {' and '.join(parts)} of the protected set {overlap.name!r}."


async def similar_prompts(database: Database, contamination_id: uuid.UUID) -> list[str]:
    """Returns a sentence with the number of training prompts that a comparison has found, if there are any."""
    query = select(contaminations.c.train_prompt_count).where(contaminations.c.id == contamination_id)
    async with database.read() as session:
        count = (await session.execute(query)).scalar() or 0
    verb = "equals or resembles a prompt" if count == 1 else "equal or resemble prompts"
    sentence = f"{quantity(count, 'prompt')} of the training data {verb} of the evaluation data; see contamination."
    return [sentence] if count else []
