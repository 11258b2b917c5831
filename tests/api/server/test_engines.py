"""``engines`` lists the configured engines of training runs."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.support.api import Ask, client_of
from tests.support.traces import data_of, on_sqlite
from tests.support.waiting import until
from tunix_rt.db.identity import new_id, now
from tunix_rt.db.session import Database
from tunix_rt.domain.jobs.workers import ALIVE, WorkerProcess, renew_worker
from tunix_rt.settings import Settings

ENGINES = "{ engines { name kind address reachable reason resources { name total } } }"


async def engines_of(settings: Settings) -> list[dict[str, Any]]:
    """Returns the engines of a server with these settings."""
    async with client_of(settings) as client:
        found: list[dict[str, Any]] = data_of((await client.post("/graphql", json={"query": ENGINES})).json())[
            "engines"
        ]
    return found


async def test_the_worker_of_the_server_is_an_engine(ask: Ask):
    async def reachable() -> Any:
        (engine,) = (await ask(ENGINES))["engines"]
        return engine if engine["reachable"] else None

    engine = await until(reachable)

    assert (engine["name"], engine["kind"], engine["address"], engine["reason"]) == ("local", "LOCAL", None, None)
    resources = {one["name"]: one["total"] for one in engine["resources"]}
    assert resources["CPU"] == len(os.sched_getaffinity(0))
    assert resources["memory"] >= 1 << 28


@pytest.mark.parametrize(("kinds", "age", "reachable"), [("RUN", 1, True), ("EXPORT", 1, False), ("RUN", None, False)])
async def test_it_is_reachable_while_a_live_worker_takes_runs(
    settings: Settings, database: Database, kinds: str, age: int | None, reachable: bool
):
    at = now() - (ALIVE + timedelta(seconds=1) if age is None else timedelta(seconds=age))
    async with database.write() as session:
        await renew_worker(session, WorkerProcess(new_id(), "host", 7, "1.0", kinds), at)

    (engine,) = await engines_of(replace(settings, worker=False))

    assert engine["reachable"] is reachable
    assert (engine["reason"] is None) is reachable
    assert engine["resources"] == []


@on_sqlite
async def test_a_machine_that_takes_no_runs_has_no_resources(settings: Settings):
    (engine,) = await engines_of(replace(settings, run_slots=0))

    assert engine["reason"] == "No live worker takes training runs; start one with `tunix-rt worker`."
    assert engine["resources"] == []
