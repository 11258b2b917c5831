"""Datasets in the database: cancels, retries, deletes and compares them.

A dataset keeps its recipe, its members in order, and each member's hashes at the time of selection. So it can be
derived again, verified, split without a prompt in two parts, and compared with another dataset.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, func, not_, select

from tunix_rt.db.models import dataset_traces, datasets, tunix_runs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Session
from tunix_rt.domain.datasets.members import remove_members
from tunix_rt.domain.jobs.datasets import NOT_COMPLETED
from tunix_rt.domain.jobs.ledger import LEASE, request_cancel, retry, running_error
from tunix_rt.errors import Conflict, NotFound


@dataclass(frozen=True)
class Overlap:
    """The overlap of two datasets, by the sha256 of the prompts.

    Args:
        prompts: the number of distinct prompts in both.
        in_a, in_b: the number of members with such a prompt, in each.
        of_a, of_b: the number of distinct prompts in each.
    """

    prompts: int
    in_a: int
    in_b: int
    of_a: int
    of_b: int


async def delete_dataset(session: Session, dataset_id: uuid.UUID) -> None:
    """Deletes a dataset with its members; the traces stay.

    Raises:
        NotFound: there is no such dataset.
        Conflict: it is being built, or a run refers to it.
    """
    running = datasets.c.status == JobStatus.RUNNING.value
    if (await session.execute(select(datasets.c.id).where(datasets.c.id == dataset_id, running))).scalar() is not None:
        raise running_error(datasets)
    runs = (
        await session.execute(
            select(func.count())
            .select_from(tunix_runs)
            .where((tunix_runs.c.dataset_id == dataset_id) | (tunix_runs.c.eval_dataset_id == dataset_id))
        )
    ).scalar_one()
    if runs:
        raise Conflict(f"{runs} {'run refers' if runs == 1 else 'runs refer'} to this dataset.", ["id"])
    deleted = await session.execute(delete(datasets).where(datasets.c.id == dataset_id, not_(running)))
    await session.execute(delete(dataset_traces).where(dataset_traces.c.dataset_id == dataset_id))
    if not deleted.rowcount:
        raise NotFound(f"There is no dataset {dataset_id}.", ["id"])


async def cancel_dataset(session: Session, dataset_id: uuid.UUID, at: datetime, lease: timedelta = LEASE) -> None:
    """Cancels a dataset: at once if it is pending or its process is gone, else by asking the process to stop.

    Args:
        at: the time by the database's clock.
        lease: the duration of the process's lease.

    Raises:
        NotFound, Conflict: as ``request_cancel`` does.
    """
    await request_cancel(session, datasets, dataset_id, at, lease)


async def retry_dataset(session: Session, dataset_id: uuid.UUID) -> None:
    """Sets a failed, timed out or cancelled dataset to pending again.

    Raises:
        NotFound, Conflict: as ``retry`` does.
    """
    await retry(session, datasets, dataset_id, trace_count=0)


async def remove_leftovers(session: Session, dataset_id: uuid.UUID, maximum: int) -> int:
    """Removes at most ``maximum`` members of an unfinished dataset and returns their number.

    Removes none if the dataset is completed or being built.
    """
    kept = [JobStatus.RUNNING.value, JobStatus.COMPLETED.value]
    idle = select(datasets.c.id).where(datasets.c.id == dataset_id, datasets.c.status.not_in(kept)).with_for_update()
    if (await session.execute(idle)).scalar() is None:
        return 0
    return await remove_members(session, dataset_id, maximum)


async def datasets_with_leftovers(session: Session) -> list[uuid.UUID]:
    """Returns the datasets that have members but are neither completed nor running."""
    statuses = [status for status in NOT_COMPLETED if status != JobStatus.RUNNING.value]
    has_members = exists().where(dataset_traces.c.dataset_id == datasets.c.id)
    query = select(datasets.c.id).where(datasets.c.status.in_(statuses), has_members)
    return list((await session.execute(query)).scalars())


async def overlap(session: Session, a: uuid.UUID, b: uuid.UUID) -> Overlap:
    """Returns the overlap of two datasets, in four statements."""
    of_a, in_a, prompts = await prompts_in(session, a, b)
    of_b, in_b, _ = await prompts_in(session, b, a)
    return Overlap(prompts=prompts, in_a=in_a, in_b=in_b, of_a=of_a, of_b=of_b)


async def prompts_in(session: Session, mine: uuid.UUID, others: uuid.UUID) -> tuple[int, int, int]:
    """Returns counts: a dataset's distinct prompts, its members with a prompt of the other, their distinct prompts."""
    prompt = dataset_traces.c.prompt_hash
    distinct = (
        await session.execute(select(func.count(prompt.distinct())).where(dataset_traces.c.dataset_id == mine))
    ).scalar_one()
    theirs = select(prompt).where(dataset_traces.c.dataset_id == others).scalar_subquery()
    in_mine, shared = (
        await session.execute(
            select(func.count(), func.count(prompt.distinct())).where(
                dataset_traces.c.dataset_id == mine, prompt.in_(theirs)
            )
        )
    ).one()
    return distinct, in_mine, shared
