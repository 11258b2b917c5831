"""``health``, ``tunixStatus``, ``/healthz`` and ``/readyz`` report components that work and those that do not."""

from __future__ import annotations

import asyncio
import errno
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from tests.support.api import Ask, client_of
from tests.support.fake_server import answering
from tests.support.ledger import ended, enter, export_row, run_row, running
from tests.support.no_worker import settings
from tests.support.traces import data_of, on_sqlite
from tunix_rt.db.identity import now
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Database
from tunix_rt.domain.data_folder import disk_space
from tunix_rt.domain.jobs.counts import job_counts, recent_durations
from tunix_rt.errors import Unavailable
from tunix_rt.settings import Settings

__all__ = ["settings"]

HEALTH = """
{
  health {
    status
    database { status message }
    disk { status freeBytes totalBytes message }
    queue { pending running oldestPendingSeconds }
    rediai { mode status reason message checkedAt latencyMs }
  }
}
"""


async def health_of(client: httpx.AsyncClient, query: str = HEALTH) -> dict[str, Any]:
    """Returns the health that an application reports."""
    found: dict[str, Any] = data_of((await client.post("/graphql", json={"query": query})).json())["health"]
    return found


async def test_all_is_well(ask: Ask, settings: Settings):
    health = (await ask(HEALTH))["health"]
    total = shutil.disk_usage(settings.data_dir.parent).total

    assert (health["status"], health["database"], health["queue"]) == (
        "UP",
        {"status": "UP", "message": None},
        {"pending": 0, "running": 0, "oldestPendingSeconds": None},
    )
    assert (health["disk"]["status"], health["disk"]["message"], health["disk"]["totalBytes"]) == ("UP", None, total)
    assert settings.disk_free_min_bytes <= health["disk"]["freeBytes"] <= total
    checked = health["rediai"].pop("checkedAt")
    assert checked.endswith("Z")
    assert health["rediai"] == {"mode": "MOCK", "status": "UP", "reason": None, "message": None, "latencyMs": None}


async def test_the_queue_counts_what_is_not_over(ask: Ask, database: Database):
    await enter(
        database,
        [
            export_row(now() - timedelta(seconds=90)),
            export_row(now()),
            export_row(**running()),
            export_row(now() - timedelta(days=1), **ended(JobStatus.COMPLETED, 1)),
        ],
        [run_row(now() - timedelta(hours=2)), run_row(**running()), run_row(**ended(JobStatus.FAILED, 1))],
    )

    queue = (await ask(HEALTH))["health"]["queue"]
    assert (queue["pending"], queue["running"]) == (3, 2)
    assert 7200 <= queue["oldestPendingSeconds"] < 7260


async def test_jobs_are_counted_and_timed_by_table_and_status(database: Database):
    oldest = now() - timedelta(days=2)
    await enter(
        database,
        [export_row(oldest), export_row(), *(export_row(**ended(JobStatus.COMPLETED, number)) for number in (1, 2, 6))],
        [run_row(**ended(JobStatus.FAILED, 0.25)), run_row(status="CANCELLED", completed_at=now())],
    )

    async with database.read() as session:
        counts = {(found.table, found.status.value): found for found in await job_counts(session)}
        durations = {(found.table, found.status.value): found for found in await recent_durations(session)}

    assert {place: found.count for place, found in counts.items()} == {
        ("exports", "PENDING"): 2,
        ("exports", "COMPLETED"): 3,
        ("tunix_runs", "FAILED"): 1,
        ("tunix_runs", "CANCELLED"): 1,
    }
    assert durations.keys() == {("exports", "COMPLETED"), ("tunix_runs", "FAILED")}
    done, failed = durations["exports", "COMPLETED"], durations["tunix_runs", "FAILED"]
    assert (done.count, failed.count) == (3, 1)
    assert [done.mean, done.longest, failed.mean] == pytest.approx([3, 6, 0.25], abs=1e-3)


async def test_a_full_disk_is_down(settings: Settings):
    async with client_of(replace(settings, disk_free_min_bytes=2**40)) as client:
        health = await health_of(client)

    assert (health["status"], health["database"]["status"], health["disk"]["status"]) == ("DOWN", "UP", "DOWN")
    assert health["disk"]["message"] == f"{health['disk']['freeBytes']} bytes are free, fewer than {2**40}."


@on_sqlite
async def test_rediai_that_is_down_leaves_the_rest_as_it_is(settings: Settings):
    async with answering("503 Service Unavailable") as server:
        real = replace(settings, rediai_mode="real", rediai_base_url=server.url)
        async with client_of(real) as client:
            healths = await asyncio.gather(*(health_of(client) for _ in range(20)))
            assert len(server.requests) == 1
            await health_of(client, "{ health { status database { status } disk { status } } }")

    for health in healths:
        assert health["status"] == "UP"
        rediai = health["rediai"]
        assert (rediai["mode"], rediai["status"], rediai["reason"], rediai["message"]) == (
            "REAL",
            "DOWN",
            "HTTP_STATUS",
            "HTTP 503",
        )
        assert rediai["latencyMs"] > 0


@on_sqlite
async def test_rediai_is_asked_only_by_those_who_want_to_know(settings: Settings):
    async with (
        answering() as server,
        client_of(replace(settings, rediai_mode="real", rediai_base_url=server.url)) as client,
    ):
        assert await health_of(client, "{ health { status disk { status } queue { pending } } }")
        assert server.requests == []


async def test_a_database_that_is_away_leaves_the_rest_reported(tmp_path: Path):
    file = tmp_path / "no.db"
    file.write_bytes(b"This is not a database. " * 500)
    async with client_of(Settings(data_dir=tmp_path, database_url=f"sqlite+aiosqlite:///{file}")) as client:
        health = await health_of(client)

    assert (health["status"], health["database"]["status"], health["queue"]) == ("DOWN", "DOWN", None)
    assert (health["disk"]["status"], health["rediai"]["status"]) == ("UP", "UP")


async def test_a_database_that_does_not_answer_is_down(
    postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tunix_rt.api.server.health.DATABASE_SECONDS", 0.2)
    settings = Settings(data_dir=tmp_path, database_url=postgresql_url, load_samples=False, worker=False)
    other = Database(settings)
    async with client_of(settings) as client, other.write() as session:
        await session.execute(text("LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE"))

        health = await health_of(client)

    await other.close()
    assert (health["status"], health["queue"]) == ("DOWN", None)
    assert health["database"] == {"status": "DOWN", "message": "The database did not answer within 0.2 seconds."}
    assert (health["disk"]["status"], health["rediai"]["status"]) == ("UP", "UP")


def test_the_room_of_a_folder_that_is_yet_to_be_made_is_its_disks(tmp_path: Path):
    assert disk_space(tmp_path / "a" / "b").total == shutil.disk_usage(tmp_path).total


def test_a_disk_that_cannot_be_inspected_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def fail(_: Path) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(shutil, "disk_usage", fail)

    with pytest.raises(Unavailable, match="disk space cannot be read: Input/output error"):
        disk_space(tmp_path)


async def test_alive_and_ready(app_client: httpx.AsyncClient, settings: Settings):
    for path in ("/healthz", "/readyz"):
        response = await app_client.get(path)
        assert (response.status_code, response.json()) == (200, {"status": "up"})
    assert settings.data_dir.is_dir()
    assert list(settings.data_dir.iterdir()) == []


@on_sqlite
async def test_a_data_folder_that_cannot_be_written_is_not_ready(settings: Settings):
    settings.data_dir.write_text("a file where the folder should be")
    async with client_of(settings) as client:
        response = await client.get("/readyz")
        alive = await client.get("/healthz")

    (error,) = response.json()["errors"]
    assert (response.status_code, error["extensions"]["code"]) == (503, "UNAVAILABLE")
    assert error["message"] == "The data folder cannot be written: File exists."
    assert alive.status_code == 200


async def test_training_is_reported(ask: Ask):
    status = (await ask("{ tunixStatus { available version runtimeRequired message installCommand } }"))["tunixStatus"]

    assert (status["available"], status["runtimeRequired"], status["version"]) == (True, False, "0.1.7")
    assert status["installCommand"] == "pip install 'tunix-rt[tunix]'"


@on_sqlite
async def test_training_elsewhere_is_reported(settings: Settings, tmp_path: Path):
    async with client_of(replace(settings, trainer_python=str(tmp_path / "python"))) as client:
        response = await client.post(
            "/graphql", json={"query": "{ tunixStatus { available runtimeRequired version } }"}
        )

    assert data_of(response.json())["tunixStatus"] == {"available": False, "runtimeRequired": True, "version": None}
