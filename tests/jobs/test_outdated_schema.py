"""Processes of jobs whose database is at another revision than their program: the reason is recorded."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import text

from tests.support.export_processes import finished
from tests.support.job_processes import claimed, enter_long_export, start_job
from tunix_rt.db.session import Database
from tunix_rt.domain.jobs.queue import Hold
from tunix_rt.jobs.process import SCHEMA_OUTDATED_STATUS
from tunix_rt.jobs.runs.process import supervise_on_database
from tunix_rt.jobs.worker import describe_exit
from tunix_rt.settings import Settings

HOLD = Hold(uuid.uuid4(), "owner", 1)


async def outdate(database: Database, table: str, column: str, revision: str) -> None:
    """Gives a database an older revision, in which a column had another name."""
    async with database.write() as session:
        await session.execute(text(f"ALTER TABLE {table} RENAME COLUMN {column} TO former_{column}"))
        await session.execute(text("UPDATE alembic_version SET version_num = :found"), {"found": revision})


async def test_the_process_of_an_export_exits_with_its_own_status(database: Database, settings: Settings):
    await enter_long_export(database)
    hold = await claimed(database)
    await outdate(database, "exports", "options", "0001")

    assert await finished(start_job(settings, hold)) == SCHEMA_OUTDATED_STATUS
    assert describe_exit(SCHEMA_OUTDATED_STATUS).endswith("run `tunix-rt migrate up`, and retry")
    assert describe_exit(1) == "Its process exited with status 1"


async def test_the_supervisor_of_a_run_exits_with_it_too(database: Database, settings: Settings):
    await outdate(database, "tunix_runs", "config", "0001")

    assert await supervise_on_database(settings, HOLD) == SCHEMA_OUTDATED_STATUS


async def test_another_error_is_not_taken_for_it(database: Database, settings: Settings):
    async with database.write() as session:
        await session.execute(text("ALTER TABLE tunix_runs RENAME COLUMN config TO former_config"))

    with pytest.raises(Exception, match="config"):
        await supervise_on_database(settings, HOLD)
