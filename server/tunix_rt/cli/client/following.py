"""Follows the events of a job over lost connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from tunix_rt.cli.client.base import OperationClient, call, is_unavailable
from tunix_rt.cli.client.waiting import PICKUP_SECONDS, POLL_SECONDS, WorkerHint, finished
from tunix_rt.errors import TunixRtError

Events = list[dict[str, Any]]


@dataclass(frozen=True)
class JobFeed:
    """The operations by which jobs of a kind are followed.

    Args:
        noun: the kind of job.
        events: a subscription with the variables ``id`` and ``after``; the events have ``seq``, states ``status``.
        state: a query with the variable ``id`` for the job's ``status``, and the number of running jobs as ``running``.
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
            if finished(status) or not (received or await is_unfinished(client, feed, job_id)):
                return
        except TunixRtError as error:
            if not is_unavailable(error):
                raise
        await asyncio.sleep(POLL_SECONDS)


async def is_unfinished(client: OperationClient, feed: JobFeed, job_id: str) -> bool:
    """Returns whether a job has not ended."""
    return not finished((await job_state(client, feed, job_id))[0])


async def job_state(client: OperationClient, feed: JobFeed, job_id: str) -> tuple[str, int]:
    """Returns the status of a job, and the number of running jobs of its kind."""
    found = await client.execute(feed.state, {"id": job_id})
    return found["job"]["status"], found["running"]["totalCount"]


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
    """Prints the reason why a job is still pending after ``PICKUP_SECONDS``."""
    found = WorkerHint(feed.noun)
    await asyncio.sleep(PICKUP_SECONDS)
    with suppress(TunixRtError):
        found.check(*await job_state(client, feed, job_id))


async def ended_job(client: OperationClient, document: str, job_id: str) -> dict[str, Any]:
    """Returns a job once it has ended.

    Args:
        document: a query for the job with the variable ``id``.
    """
    while True:
        try:
            job: dict[str, Any] = await call(client, document, id=job_id)
            if finished(job["status"]):
                return job
        except TunixRtError as error:
            if not is_unavailable(error):
                raise
        await asyncio.sleep(POLL_SECONDS)
