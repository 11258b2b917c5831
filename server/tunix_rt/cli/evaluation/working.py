"""Evaluations without a server: the waiting command works on them itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tunix_rt.cli.client.base import OperationClient
from tunix_rt.cli.client.following import JobFeed, hinting
from tunix_rt.cli.client.local import LocalClient


@asynccontextmanager
async def working(client: OperationClient, feed: JobFeed, evaluation_id: str) -> AsyncIterator[None]:
    """Works on pending evaluations and generations of a local database until the end of the block.

    Another worker may take them as well; their processes continue if the command is interrupted. A server's work is
    left to its workers, with a hint if there is none.
    """
    if not isinstance(client, LocalClient):
        async with hinting(client, feed, evaluation_id):
            yield
        return
    from tunix_rt.jobs.evaluations.kind import Evaluations
    from tunix_rt.jobs.generations.kind import Generations
    from tunix_rt.jobs.worker import Worker

    worker = Worker(client.database, [Generations(client.settings), Evaluations(client.settings)])
    worker.start()
    try:
        yield
    finally:
        await worker.stop()
