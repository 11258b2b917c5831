"""Jobs as they are entered in the ledger, for the tests of the queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert

from tests.support.factories import START
from tunix_rt.db.identity import new_id, now
from tunix_rt.db.models import exports, tunix_runs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Database
from tunix_rt.domain.exports.formats import FormatOptions
from tunix_rt.domain.jobs.ledger import new_job


def export_row(at: datetime = START, max_attempts: int = 3, **columns: Any) -> dict[str, Any]:
    """Returns the row of a pending export, with the given columns."""
    given: dict[str, Any] = {
        "id": new_id(),
        "dataset_id": None,
        "format": "trace",
        "container": "jsonl",
        "file_name": "traces.jsonl",
        "row_count": 0,
        "missing_count": 0,
        "skipped_count": 0,
        "byte_size": 0,
        "sha256": None,
        "path": None,
        "expires_at": None,
        "options": asdict(FormatOptions()),
        "recipe": {"type": "selection", "selection": {}},
    }
    return given | new_job(at, max_attempts) | columns


def run_row(at: datetime = START, max_attempts: int = 3, **columns: Any) -> dict[str, Any]:
    """Returns the row of a pending training run, with the given columns."""
    given: dict[str, Any] = {
        "id": new_id(),
        "dataset_id": None,
        "eval_dataset_id": None,
        "dataset_key": "math-v1",
        "model_id": "tiny-random/qwen3",
        "mode": "DRY_RUN",
        "method": "SFT",
        "output_name": None,
        "engine": "local",
        "engine_ref": None,
        "exit_code": None,
        "duration_seconds": None,
        "message": "",
        "config": {},
        "stdout": "",
        "stderr": "",
    }
    return given | new_job(at, max_attempts) | columns


async def enter(database: Database, rows: Sequence[dict[str, Any]], runs: Sequence[dict[str, Any]] = ()) -> None:
    """Puts exports and runs into the ledger."""
    async with database.write() as session:
        if rows:
            await session.execute(insert(exports), list(rows))
        if runs:
            await session.execute(insert(tunix_runs), list(runs))


def ended(status: JobStatus, seconds: float, **columns: Any) -> dict[str, Any]:
    """The ledger's columns of a job that ended after running for a while."""
    start = now() - timedelta(hours=1)
    return {
        "status": status.value,
        "attempt": 1,
        "started_at": start,
        "completed_at": start + timedelta(seconds=seconds),
        **columns,
    }


def running() -> dict[str, Any]:
    """The ledger's columns of a job that a process works on."""
    return {
        "status": "RUNNING",
        "attempt": 1,
        "owner": "o",
        "started_at": now(),
        "lease_expires_at": now() + timedelta(seconds=60),
    }
