"""Commands that wait report why a job is still pending: no worker takes it, or other jobs are ahead."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import update

from tests.support.ledger import enter, export_row, running
from tests.support.runs import enter_run, make_dataset
from tests.support.waiting import until
from tunix_rt.cli.client import following, waiting
from tunix_rt.cli.client.following import hint
from tunix_rt.cli.client.running import client_of
from tunix_rt.cli.export.jobs import FEED
from tunix_rt.cli.run.feed import RUN_FEED
from tunix_rt.db.identity import now
from tunix_rt.db.models import exports, workers
from tunix_rt.db.models.jobs import JobKindName
from tunix_rt.db.session import Database
from tunix_rt.domain.jobs.ledger import delete_idle
from tunix_rt.domain.jobs.workers import ALIVE
from tunix_rt.jobs.registration import WorkerRegistration
from tunix_rt.settings import Settings

NO_WORKER = (
    "tunix-rt: No running worker takes exports. Start one: tunix-rt serve, or tunix-rt worker. "
    "The export stays queued until then.\n"
)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports at once what the commands report after some seconds."""
    for module in (following, waiting):
        monkeypatch.setattr(module, "ABSENCE_SECONDS", 0.0)
        monkeypatch.setattr(module, "PICKUP_SECONDS", 0.0)


async def waited(database: Database, settings: Settings, row: dict[str, Any], *others: dict[str, Any]) -> None:
    """Waits until nothing more is to be reported about an export, which is entered with others."""
    await enter(database, [row, *others])
    async with client_of(settings) as client:
        await hint(client, FEED, str(row["id"]))


async def test_a_missing_worker_is_reported(database: Database, settings: Settings, capsys: pytest.CaptureFixture[str]):
    await waited(database, settings, export_row())

    assert capsys.readouterr().err == NO_WORKER


async def test_a_worker_of_other_jobs_is_none(
    database: Database, settings: Settings, capsys: pytest.CaptureFixture[str]
):
    await WorkerRegistration(database, [JobKindName.RUN]).renew()
    await waited(database, settings, export_row(), export_row(**running()))

    assert capsys.readouterr().err == NO_WORKER


async def test_jobs_ahead_are_reported(database: Database, settings: Settings, capsys: pytest.CaptureFixture[str]):
    await WorkerRegistration(database, [JobKindName.EXPORT]).renew()
    await waited(database, settings, export_row(), export_row(**running()))

    assert capsys.readouterr().err == "tunix-rt: The export is queued; exports in progress: 1.\n"


async def test_a_job_that_has_started_needs_no_report(
    database: Database, settings: Settings, capsys: pytest.CaptureFixture[str]
):
    await waited(database, settings, export_row(**running()))

    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("kind", ["lost", "deleted"])
async def test_the_wait_follows_the_worker_and_the_job(
    database: Database, settings: Settings, capsys: pytest.CaptureFixture[str], kind: str
):
    await WorkerRegistration(database, [JobKindName.EXPORT]).renew()
    row = export_row()
    task = asyncio.create_task(waited(database, settings, row))

    async def is_entered() -> bool:
        async with database.read() as session:
            return (await session.execute(exports.select())).first() is not None

    await until(is_entered)
    async with database.write() as session:
        if kind == "lost":
            await session.execute(update(workers).values(seen_at=now() - 2 * ALIVE))
        else:
            await delete_idle(session, exports, row["id"])
    await task

    assert capsys.readouterr().err == (NO_WORKER if kind == "lost" else "")


@pytest.mark.parametrize("labels", [(), ("gpu",), ("big", "gpu", "fast")])
async def test_a_worker_without_the_labels_of_a_run_does_not_take_it(
    database: Database, settings: Settings, capsys: pytest.CaptureFixture[str], labels: tuple[str, ...]
):
    await WorkerRegistration(database, [JobKindName.RUN], labels).renew()
    dataset = await make_dataset(database)
    await enter_run(database, settings, dataset)
    run_id = await enter_run(database, settings, dataset, labels=("gpu", "big"))
    async with client_of(settings) as client:
        if len(labels) == 3:
            state = await following.queue_state(client, RUN_FEED, str(run_id))
            assert (state.workers, state.labels) == (1, ["gpu", "big"])
        else:
            await hint(client, RUN_FEED, str(run_id))
            assert (
                "No running worker takes runs with the labels gpu, big. Start one: tunix-rt worker --labels gpu,big. "
                in capsys.readouterr().err
            )
