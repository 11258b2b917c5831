"""``workers`` lists the workers that are alive, and ``health`` counts them."""

from __future__ import annotations

import os
import socket
from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.support.api import Ask, client_of
from tests.support.traces import data_of
from tests.support.waiting import until
from tunix_rt import __version__
from tunix_rt.db.identity import new_id, now
from tunix_rt.db.session import Database
from tunix_rt.domain.jobs.workers import ALIVE, WorkerProcess, renew_worker
from tunix_rt.settings import Settings

WORKERS = """
{
  workers { uuid host processId version kinds startedAt seenAt }
  health { queue { workers } }
}
"""


async def test_the_worker_of_the_server_is_listed(ask: Ask):
    async def found() -> Any:
        answer = await ask(WORKERS)
        return answer if answer["workers"] else None

    answer = await until(found)
    (worker,) = answer["workers"]

    assert (worker["host"], worker["processId"], worker["version"]) == (socket.gethostname(), os.getpid(), __version__)
    assert worker["kinds"] == ["DATASET", "DRY_RUN", "EVALUATION", "EXPORT", "GENERATION", "RUN"]
    assert worker["startedAt"] <= worker["seenAt"]
    assert answer["health"]["queue"]["workers"] == 1


async def test_only_live_workers_are_listed_the_oldest_first(settings: Settings, database: Database):
    async with client_of(replace(settings, worker=False)) as client:
        none = data_of((await client.post("/graphql", json={"query": WORKERS})).json())
        for host, age in {"lost": ALIVE.seconds + 1, "old": 2, "new": 1}.items():
            at = now() - timedelta(seconds=age)
            async with database.write() as session:
                await renew_worker(session, WorkerProcess(new_id(), host, 7, "1.0", ""), at)
        found = data_of((await client.post("/graphql", json={"query": WORKERS})).json())

    assert none == {"workers": [], "health": {"queue": {"workers": 0}}}
    assert [(worker["host"], worker["kinds"]) for worker in found["workers"]] == [("old", []), ("new", [])]
    assert found["health"]["queue"]["workers"] == 2
