"""The process of a dry run without the database: ``python -m tunix_rt.jobs.remote.dry_run``.

It has the environment of ``jobs.remote.process``. Exit status 0 means that the ledger has the outcome or that another
attempt has started; 75 that the server was unreachable, or failed, for too long.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import socket
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from tunix_rt.db.session import Retrying
from tunix_rt.domain.attempts.assignment import AssignedRun
from tunix_rt.domain.attempts.dry_runs import DryRunResult
from tunix_rt.domain.attempts.inputs import datasets_of
from tunix_rt.domain.jobs.queue import HoldState
from tunix_rt.errors import BadUserInput, ErrorCode, TunixRtError, Unavailable
from tunix_rt.jobs.dry_runs.base import CheckedFile, CheckedRun, DryRunFailed, unwritable
from tunix_rt.jobs.dry_runs.check import check_inputs
from tunix_rt.jobs.dry_runs.counting import TokenCounter
from tunix_rt.jobs.dry_runs.performing import check_or_fail, check_while_held
from tunix_rt.jobs.holding import JobFailed
from tunix_rt.jobs.process import GIVEN_UP_STATUS
from tunix_rt.jobs.remote.ledger import ServedLedger
from tunix_rt.jobs.remote.process import run_with
from tunix_rt.settings import Settings

logger = logging.getLogger("tunix_rt")

RETRY_SECONDS = 600.0
"""The time limit of retries while the server is unreachable: nobody waits longer for a check."""


class ServedInputs:
    """The inputs of a dry run behind a server; see ``CheckInputs``."""

    def __init__(self, ledger: ServedLedger, run: AssignedRun) -> None:
        self._ledger = ledger
        self._run = run
        self._warnings: Sequence[str] = ()

    async def provide_model(self) -> None:
        """See ``CheckInputs.provide_model``."""
        await self._ledger.provide_model(self._run)

    async def write(self, folder: Path) -> Sequence[CheckedFile]:
        """See ``CheckInputs.write``."""
        try:
            self._warnings = await self._ledger.write_inputs(self._run, folder)
            names = [name for name, _ in datasets_of(self._run.config)]
            return [await asyncio.to_thread(checked_file, folder / name) for name in names]
        except OSError as error:
            raise unwritable(error) from error
        except (TunixRtError, JobFailed) as error:
            message = "Dataset not found." if error.code is ErrorCode.NOT_FOUND else "Export validation error."
            raise DryRunFailed(message, error.code, error.message) from error

    async def warnings(self) -> Sequence[str]:
        """See ``CheckInputs.warnings``: those of the server, which has made the files."""
        return [warning.removesuffix(".") for warning in self._warnings]


def checked_file(path: Path) -> CheckedFile:
    """Returns the size, the hash and the number of records of a training file; blocks."""
    with path.open("rb") as file:
        records = sum(1 for _ in file)
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return CheckedFile(f"{records:,} records", records, file.tell(), digest)


async def check(ledger: ServedLedger, settings: Settings, run: AssignedRun) -> DryRunResult:
    """Performs the dry run; an error of this program is its result, too."""
    checked = CheckedRun(run.name, run.dataset_key, run.config)
    check = check_inputs(ServedInputs(ledger, run), settings, TokenCounter(settings), checked)
    return await check_or_fail(check, run.id, "worker")


async def work(settings: Settings) -> int:
    """Performs the attempt, and returns the exit status."""
    ledger = ServedLedger(settings)
    ledger.retry_seconds = RETRY_SECONDS
    process = f"{socket.gethostname()}:{os.getpid()}"

    async def beat() -> HoldState:
        try:
            return await ledger.renew(process)
        except Unavailable:
            return HoldState.HELD

    try:
        run = await Retrying(RETRY_SECONDS)(ledger.assigned_run)
        if run is not None:
            lease = timedelta(seconds=run.lease_seconds)
            result = await check_while_held(check(ledger, settings, run), beat, lease, run.timeout_seconds)
            if result is not None:
                await Retrying(RETRY_SECONDS)(ledger.record_dry_run, result)
    except (BadUserInput, Unavailable) as error:
        logger.error("dry run: %s", error)
        return GIVEN_UP_STATUS if isinstance(error, Unavailable) else 1
    finally:
        await ledger.close()
    return 0


if __name__ == "__main__":
    sys.exit(run_with(work))
