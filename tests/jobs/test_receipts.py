"""Receipts: what the trainer reports is kept by attempt, and a replay is compared with its original."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from tests.support.runs import (
    StandIn,
    enter_run,
    folder_of_run,
    make_dataset,
    run_of,
    until_status,
    with_stand_in,
)
from tunix_rt.db.identity import now
from tunix_rt.db.models import run_receipts, run_weights, traces, tunix_runs
from tunix_rt.db.session import Database
from tunix_rt.domain.replays.receipts import Receipt, ReplayVerdict, WeightsHash, compare_receipts, receipts_of
from tunix_rt.domain.replays.replays import compared_replays, replay_config
from tunix_rt.domain.runs.lifecycle import start_run
from tunix_rt.errors import Conflict, NotFound
from tunix_rt.jobs.runs.kind import Runs
from tunix_rt.jobs.worker import Worker
from tunix_rt.settings import Settings

ENVIRONMENT = {"python": "3.11", "platform": "Linux", "devices": ["cpu:0"], "flags": {}}


@pytest.fixture
async def worker(database: Database, settings: Settings, stand_in: StandIn) -> AsyncIterator[Worker]:
    """A worker with the stand-in as trainer."""
    worker = Worker(database, [Runs(with_stand_in(settings, stand_in))])
    worker.start()
    yield worker
    await worker.stop()


def hashes(*digits: str) -> list[str]:
    """Returns a hash for each digit."""
    return [digit * 64 for digit in digits]


def receipt(attempt: int, weights: Mapping[int, str], **content: Any) -> Receipt:
    """Returns a receipt."""
    return Receipt(attempt, content, [WeightsHash(attempt, step, sha256) for step, sha256 in weights.items()])


@pytest.mark.usefixtures("worker")
async def test_receipts_are_kept_by_attempt(database: Database, settings: Settings, stand_in: StandIn):
    stand_in.does(dies_in=1, receipt=ENVIRONMENT | {"versions": {"jax": "1"}}, hashes=hashes(*"0123"))
    run_id = await enter_run(database, settings, await make_dataset(database))
    row = await until_status(database, run_id)

    assert (row.status, row.attempt) == ("COMPLETED", 2)
    async with database.read() as session:
        found = (await receipts_of(session, [run_id]))[run_id]
    assert [receipt.attempt for receipt in found] == [1, 2]
    assert found[0].content == ENVIRONMENT | {
        "versions": {"jax": "1"},
        "dataset": {"records": 2, "used": 2, "tokens": 20},
    }
    zero, one, two, three = hashes(*"0123")
    assert found[0].weights == [WeightsHash(1, 0, zero), WeightsHash(1, 1, one), WeightsHash(1, 2, two)]
    assert found[1].weights == [WeightsHash(2, 0, zero), WeightsHash(2, 3, three)]
    async with database.write() as session:
        await session.execute(delete(tunix_runs).where(tunix_runs.c.id == run_id))
    async with database.read() as session:
        for table in (run_receipts, run_weights):
            assert (await session.execute(select(func.count()).select_from(table))).scalar() == 0


@pytest.mark.usefixtures("worker")
async def test_a_replay_trains_on_the_same_bytes(database: Database, settings: Settings, stand_in: StandIn):
    """The traces are gone by then: the files of the original are copied."""
    stand_in.does(receipt=ENVIRONMENT | {"versions": {"jax": "1"}}, hashes=hashes(*"0123"))
    original = await enter_run(database, settings, await make_dataset(database), output_name="first")
    first = await until_status(database, original)
    async with database.write() as session:
        await session.execute(delete(traces))
    stand_in.does(receipt=ENVIRONMENT | {"versions": {"jax": "2"}}, hashes=hashes(*"0129"))
    async with database.write() as session:
        config = await replay_config(session, original)
        entered = await start_run(session, config, settings, now())
        assert await compared_replays(session, [entered["id"]]) == {}, "there are no weights to compare"

    second = await until_status(database, entered["id"])

    assert (second.status, second.output_name) == ("COMPLETED", None)
    files = [folder_of_run(settings, row) / "dataset.jsonl" for row in (first, second)]
    before, after = [await asyncio.to_thread(file.read_bytes) for file in files]
    assert before == after
    async with database.read() as session:
        found = await compared_replays(session, [original, second.id])
    (replay,) = found.values()
    assert (replay.verdict, replay.step) == (ReplayVerdict.EQUAL_UNTIL, 2)
    assert [vars(difference) for difference in replay.differences] == [
        {"path": "versions.jax", "original": "1", "replay": "2"}
    ]


@pytest.mark.usefixtures("worker")
async def test_only_completed_runs_are_replayed(database: Database, settings: Settings, stand_in: StandIn):
    stand_in.does(error="INTERNAL")
    failed = await enter_run(database, replace(settings, run_attempts=1), await make_dataset(database))
    await until_status(database, failed)

    async with database.read() as session:
        with pytest.raises(Conflict, match="this one is FAILED"):
            await replay_config(session, failed)
        with pytest.raises(NotFound):
            await replay_config(session, (await run_of(database, failed)).dataset_id)


@pytest.mark.parametrize(
    ("replay", "verdict", "step"),
    [
        ({0: "a", 5: "b", 10: "c"}, ReplayVerdict.EQUAL, 10),
        ({0: "a", 5: "b"}, ReplayVerdict.EQUAL, 5),
        ({0: "a", 5: "b", 10: "x"}, ReplayVerdict.EQUAL_UNTIL, 5),
        ({0: "a", 5: "x", 10: "x"}, ReplayVerdict.DIFFERENT, 5),
        ({0: "x", 5: "x"}, ReplayVerdict.DIFFERENT, 0),
        ({0: "a"}, None, None),
        ({}, None, None),
    ],
)
def test_verdicts(replay: dict[int, str], verdict: ReplayVerdict | None, step: int | None):
    original = [receipt(1, {0: "a", 5: "lost"}), receipt(2, {5: "b", 10: "c"})]

    found = compare_receipts(original, [receipt(1, replay)])

    assert (found.verdict, found.step) == (verdict, step) if found else verdict is None
