"""Follows the events of a job over lost connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from tunix_rt.cli.client.base import OperationClient, call, is_unavailable
from tunix_rt.cli.client.waiting import (
    ABSENCE_SECONDS,
    PICKUP_SECONDS,
    POLL_SECONDS,
    QueueState,
    WorkerHint,
    is_finished,
    workers_taking,
)
from tunix_rt.errors import TunixRtError

Events = list[dict[str, Any]]


@dataclass(frozen=True)
class JobFeed:
    """The operations by which jobs of a kind are followed.

    Args:
        noun: the kind of job.
        events: a subscription with the variables ``id`` and ``after``; the events have ``seq``, states ``status``.
            Empty for a kind without events.
        state: a query with the variable ``id`` for the job's ``status``, and its labels, or those of its ``config``,
            if it has any, the number of running jobs as ``running``, and the ``workers``.
    """

    noun: str
    events: str
    state: str


async def follow_job(client: OperationClient, feed: JobFeed, job_id: str) -> AsyncGenerator[Events, None]:
    """Yields the events of a job, from the first one until it has ended.

    A lost connection is made again, and the events continue after the last one.

    Raises:
        TunixRtError: as ``OperationClient.subscribe`` does, but for errors of the kind ``is_unavailable``.
    """
    after, status = 0, ""
    while True:
        received = False
        try:
            async with aclosing(client.subscribe(feed.events, {"id": job_id, "after": after})) as answers:
                async for data in answers:
                    (events,) = data.values()
                    if events:
                        received, after = True, events[-1]["seq"]
                        status = next((event["status"] for event in reversed(events) if "status" in event), status)
                        yield events
            if is_finished(status) or not (received or await is_unfinished(client, feed, job_id)):
                return
        except TunixRtError as error:
            if not is_unavailable(error):
                raise
        await asyncio.sleep(POLL_SECONDS)


async def is_unfinished(client: OperationClient, feed: JobFeed, job_id: str) -> bool:
    """Returns whether a job has not ended."""
    return not is_finished((await queue_state(client, feed, job_id)).status)


async def queue_state(client: OperationClient, feed: JobFeed, job_id: str) -> QueueState:
    """Returns the state of a job in the queue."""
    found = await client.execute(feed.state, {"id": job_id})
    status = found["job"]["status"] if found["job"] else ""
    job = found["job"] or {}
    labels = (job.get("config") or job).get("labels", [])
    workers = workers_taking(feed.noun, found["workers"], labels)
    return QueueState(status, found["running"]["totalCount"], workers, labels)


@asynccontextmanager
async def hinting(client: OperationClient, feed: JobFeed, job_id: str) -> AsyncGenerator[None, None]:
    """Prints a hint while the block runs if no worker takes the job."""
    task = asyncio.create_task(hint(client, feed, job_id))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def hint(client: OperationClient, feed: JobFeed, job_id: str) -> None:
    """Prints the reason why a job is still pending, as ``WorkerHint`` does."""
    found, pause = WorkerHint(feed.noun), ABSENCE_SECONDS
    with suppress(TunixRtError):
        while not found.check(await queue_state(client, feed, job_id)):
            await asyncio.sleep(pause)
            pause = PICKUP_SECONDS


async def ended_job(client: OperationClient, document: str, job_id: str) -> dict[str, Any]:
    """Returns a job once it has ended.

    Args:
        document: a query for the job with the variable ``id``.
    """
    while True:
        try:
            job: dict[str, Any] = await call(client, document, id=job_id)
            if is_finished(job["status"]):
                return job
        except TunixRtError as error:
            if not is_unavailable(error):
                raise
        await asyncio.sleep(POLL_SECONDS)
