"""The worker without the database: claims jobs from a server, and starts a process for each.

A process does not need its worker once it runs: it renews its lease and records its outcome itself. The worker starts a
process again that has exited before its outcome was recorded, and reports one that has left none.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import msgspec

from tunix_rt import __version__
from tunix_rt.db.identity import new_id, now
from tunix_rt.db.models.jobs import JobKindName, JobStatus
from tunix_rt.domain.attempts import paths
from tunix_rt.domain.attempts.claims import FOLDERS_MAX, ClaimedAttempt, WorkerClaim
from tunix_rt.domain.attempts.exports import ExportReport
from tunix_rt.domain.attempts.generations import GenerationReport
from tunix_rt.domain.attempts.outcomes import AttemptOutcome, AttemptReport
from tunix_rt.domain.attempts.paths import path_to
from tunix_rt.domain.attempts.tokens import AttemptOver
from tunix_rt.domain.exports.containers import Container, container_types
from tunix_rt.domain.exports.files import attempt_folder, remove_attempt, stored_ids
from tunix_rt.domain.exports.files import folder_of as export_folder
from tunix_rt.domain.generations.files import generation_folder, generations_on_disk
from tunix_rt.domain.jobs.ledger import ENDS
from tunix_rt.domain.jobs.queue import Hold
from tunix_rt.domain.runs.files import folder_of, remove, run_folders, run_id_in, stored_folders
from tunix_rt.domain.text import sha256
from tunix_rt.errors import Conflict, NotFound, NotInstalled, SettingsError, TunixRtError, Unavailable
from tunix_rt.jobs.dry_runs.check import remove_abandoned
from tunix_rt.jobs.engines.local import start_process
from tunix_rt.jobs.remote.client import call, open_client, read
from tunix_rt.jobs.remote.ledger import ServedLedger
from tunix_rt.jobs.supervision.folder import is_locked
from tunix_rt.jobs.supervision.outcome import read_outcome
from tunix_rt.jobs.worker import STARTS, STARTS_AGAIN, describe_end, describe_exit, describe_job, log_attempt, new_owner
from tunix_rt.setting_values import PREFIX, base_url, comma_separated
from tunix_rt.settings import Settings

logger = logging.getLogger("tunix_rt")

POLL_SECONDS = 2.0
PAUSE_SECONDS = 15.0
"""The pause after a step that failed by an error of this program or this machine."""
STOP_SECONDS = 3.0
SWEEP_SECONDS = 60.0
MODULES = {
    JobKindName.DRY_RUN: "tunix_rt.jobs.remote.dry_run",
    JobKindName.GENERATION: "tunix_rt.jobs.remote.generation",
    JobKindName.RUN: "tunix_rt.jobs.remote.process",
    JobKindName.EXPORT: "tunix_rt.jobs.remote.export",
}
"""The kinds of job of such a worker, with their processes; the other kinds need the database, and stay with servers."""
DRY_RUN_SLOTS = 1
"""The number of concurrent dry runs, in addition to ``run_slots`` of runs and generations, which may train for days."""
ENDS_ITSELF = {JobKindName.GENERATION, JobKindName.EXPORT}
"""The kinds whose process keeps no outcome that another one could record."""
WORKERS_FOLDER = "workers"
"""The folder in the data folder that has a folder for each server whose jobs are performed here."""


class ClaimResult(msgspec.Struct):
    """The answer to a claim, with the status of the only run that the worker takes, and the folders to remove."""

    attempt: ClaimedAttempt | None
    status: JobStatus | None
    unneeded: list[uuid.UUID] = []


@dataclass
class StartedAttempt:
    """An attempt whose process this worker has started.

    Args:
        owner: the name under which it was claimed.
        again: whether the process only records the outcome of an earlier one.
    """

    attempt: ClaimedAttempt
    owner: str
    process: subprocess.Popen[bytes]
    again: bool = False


class RemoteWorker:
    """Performs jobs of a server until it is stopped, or a single run until that has ended.

    Args:
        settings: the server, its key, the labels, and the number of slots: ``run_slots`` of runs and generations,
            ``export_slots`` of exports; 0 leaves these to others.
        run: the only run that it takes; None if it takes all that fit.

    Raises:
        SettingsError: the server's URL is not valid.
    """

    def __init__(self, settings: Settings, run: uuid.UUID | None = None) -> None:
        self._settings = settings_apart(settings)
        self._run = run
        self._ended: JobStatus | None = None
        self._http: httpx.AsyncClient = open_client(settings.server, settings.key)
        self._id = new_id()
        self._owner = new_owner()
        self._started: list[StartedAttempt] = []
        self._warned = ""
        self._registered = False
        self._sweep_at = 0.0

    async def run(self, stopping: asyncio.Event) -> JobStatus | None:
        """Works until ``stopping`` is set. Processes continue then, and record their own outcomes.

        A server that is unreachable is waited for. One that refuses the worker later is asked again, as its processes
        have their own tokens and still need their worker.

        With a single run it works until the run has ended, and returns its status; None if ``stopping`` was set before.
        Then it stops the process, which saves a checkpoint, and waits for it: a container ends with its worker.

        Raises:
            SettingsError: the server refuses the worker at its start: its key, or its labels.
            NotFound, Conflict: the server has no such run, or no worker trains it.
        """
        try:
            while not stopping.is_set() and self._ended is None:
                pause = POLL_SECONDS
                try:
                    pause = 0.0 if await self.step() else POLL_SECONDS
                except Unavailable as error:
                    self._warn(error.message)
                except TunixRtError as error:
                    is_key_refused = isinstance(error, AttemptOver)  # which has the status of an attempt that is over
                    is_about_run = isinstance(error, NotFound | Conflict) and not is_key_refused
                    if self._run is not None and not self._started and is_about_run:
                        raise
                    if not self._registered:
                        raise refusal_error(self._settings.server, error) from error
                    self._warn(refusal_error(self._settings.server, error).message)
                except Exception:  # a bug must not stop the worker, which its processes need
                    if not self._registered:
                        raise
                    logger.exception("worker: this step failed, it is repeated")
                    pause = PAUSE_SECONDS
                with suppress(TimeoutError):
                    await asyncio.wait_for(stopping.wait(), pause or 0.01)
            if self._run is not None:
                await self._stop_processes()
        finally:
            await self._leave()
        return self._ended

    async def _stop_processes(self) -> None:
        """Stops the processes and waits for their ends; one that has not recorded its outcome is started once more."""
        for started in self._started:
            started.process.terminate()
        for _ in range(2):
            for started in self._started:
                await asyncio.to_thread(started.process.wait)
            await self._handle_exits()

    def _warn(self, message: str) -> None:
        """Logs a failure of a step, unless the step before failed the same way."""
        if message != self._warned:
            logger.warning("worker: %s", message)
        self._warned = message

    async def step(self) -> bool:
        """Handles exits, shows the server that the worker is alive, and starts an attempt; returns whether it did.

        Raises:
            Unavailable: the server is unreachable.
            TunixRtError: it refuses the worker.
        """
        await self._handle_exits()
        takes, kinds = list(self._slots()), self._kinds_with_free_slots()
        left = await self._left_folders()
        claim = WorkerClaim(
            worker=self._id,
            host=socket.gethostname(),
            process_id=os.getpid(),
            version=__version__,
            kinds=kinds or takes,
            takes=takes,
            labels=list(comma_separated(self._settings.worker_labels)),
            owner=self._owner if kinds else None,
            run=self._run,
            containers=writable_containers(),
            folders=list(left),
        )
        answer = read(await call(self._http, "POST", paths.CLAIMS, claim), ClaimResult)
        self._registered, self._warned = True, ""
        await self._remove_folders([left[run] for run in answer.unneeded if run in left])
        if answer.status in ENDS and not self._started:
            self._ended = answer.status
        if answer.attempt is None:
            return False
        is_started = await self._start(answer.attempt, self._owner)
        self._owner = new_owner()
        return is_started

    def _slots(self) -> dict[JobKindName, int]:
        """Returns the number of slots of each kind that it takes; runs and generations share theirs."""
        training, exports = self._settings.run_slots, self._settings.export_slots
        slots = {JobKindName.RUN: training, JobKindName.GENERATION: training, JobKindName.EXPORT: exports}
        slots[JobKindName.DRY_RUN] = DRY_RUN_SLOTS if training else 0
        return {kind: slots[kind] for kind in MODULES if slots[kind]}

    def _kinds_with_free_slots(self) -> list[JobKindName]:
        taken = Counter(started.attempt.kind for started in self._started)
        taken[JobKindName.RUN] = taken[JobKindName.GENERATION] = taken[JobKindName.RUN] + taken[JobKindName.GENERATION]
        return [kind for kind, slots in self._slots().items() if taken[kind] < slots]

    async def _start(self, attempt: ClaimedAttempt, owner: str, *, again: bool = False) -> bool:
        """Starts the process of an attempt, and returns whether it could; reports the attempt as lost otherwise."""
        log_attempt(attempt.kind, attempt.job, attempt.attempt, STARTS_AGAIN if again else STARTS)
        settings = replace(self._settings, attempt_token=attempt.token, key="")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        command: Sequence[str] = [sys.executable, "-m", MODULES[attempt.kind]]
        try:
            process = await asyncio.to_thread(start_process, command, environment | settings.environment())
        except OSError as error:
            reason = f"Its process could not be started: {error.strerror}"
            logger.warning("%s: %s", describe_job(attempt.kind, attempt.job), reason)
            await self._report_lost(attempt, owner, reason)
            return False
        self._started.append(StartedAttempt(attempt, owner, process, again))
        return True

    async def _handle_exits(self) -> None:
        for started in [started for started in self._started if started.process.poll() is not None]:
            try:
                await self._handle_exit(started, started.process.returncode)
            except TunixRtError as error:  # it is asked again, until it answers that the attempt is over
                job = describe_job(started.attempt.kind, started.attempt.job)
                self._warn(f"{job}: its end cannot be reported: {error.message}")
            else:
                self._started.remove(started)
        if not self._started:
            stored = await asyncio.to_thread(stored_folders, self._settings.data_dir)
            await self._remove_folders(list(stored.values()))

    async def _handle_exit(self, started: StartedAttempt, status: int) -> None:
        """Starts a process again whose outcome is not recorded, or reports that there is none."""
        attempt, owner, is_recorded = started.attempt, started.owner, status == 0
        if not is_recorded and attempt.kind not in ENDS_ITSELF and not started.again:
            folder = folder_of(self._settings.data_dir.absolute(), attempt.name)
            kept = await asyncio.to_thread(read_outcome, folder)
            if kept is not None and kept.is_of(Hold(attempt.job, owner, attempt.attempt)):
                log_attempt(attempt.kind, attempt.job, attempt.attempt, describe_end(status))
                await self._start(attempt, owner, again=True)
                return
        if not is_recorded:
            await self._report_lost(attempt, owner, describe_exit(status))
        log_attempt(attempt.kind, attempt.job, attempt.attempt, describe_end(status))

    async def _report_lost(self, attempt: ClaimedAttempt, owner: str, reason: str) -> None:
        """Reports that an attempt has left no outcome; does nothing if it is over.

        Args:
            reason: a sentence without its full stop.
        """
        settings = replace(self._settings, attempt_token=attempt.token)
        if attempt.kind is JobKindName.GENERATION:
            await report_loss(settings, paths.GENERATION, GenerationReport(status=None, message=reason))
            return
        if attempt.kind is JobKindName.EXPORT:
            await asyncio.to_thread(
                remove_attempt, attempt_folder(self._settings.data_dir, attempt.job, attempt.attempt)
            )
            await report_loss(settings, paths.EXPORT, ExportReport(status=None, message=reason))
            return
        outcome = AttemptOutcome(owner=owner, attempt=attempt.attempt, ended_at=now(), status=None, message=reason)
        ledger = ServedLedger(settings)
        try:
            await ledger.record(AttemptReport(outcome=outcome))
        finally:
            await ledger.close()

    async def _left_folders(self) -> dict[uuid.UUID, Path]:
        """Returns the oldest folders that lost attempts may have left, by their runs, if it is time to ask for them.

        The server is asked at the start and once a minute, while no attempt runs.
        """
        if self._started or time.monotonic() < self._sweep_at:
            return {}
        self._sweep_at = time.monotonic() + SWEEP_SECONDS
        await asyncio.to_thread(remove_abandoned, self._settings.data_dir)
        return await asyncio.to_thread(oldest_folders, self._settings.data_dir)

    async def _remove_folders(self, folders: Sequence[Path]) -> None:
        """Removes folders of runs, unless a process needs them.

        Processes of an earlier worker may still be there: one locks the folder of its run, and may read others.
        """
        with suppress(OSError):  # what cannot be removed now stays for the next time
            if folders and not await asyncio.to_thread(is_any_locked, self._settings.data_dir):
                for folder in folders:
                    await asyncio.to_thread(remove, folder)

    async def _leave(self) -> None:
        """Removes the worker from those that are alive; if the server is unreachable, it expires."""
        for started in self._started:
            started.process.returncode = started.process.poll() or 0  # keeps Popen from warning about a running process
        try:
            if self._registered:
                async with asyncio.timeout(STOP_SECONDS):
                    await call(self._http, "DELETE", path_to(paths.WORKER, worker=self._id))
        except (TunixRtError, TimeoutError) as error:
            logger.warning("worker: its registration could not be removed and expires: %s", error)
        finally:
            await self._http.aclose()


def settings_apart(settings: Settings) -> Settings:
    """Returns the settings of a worker whose files are apart from those of other servers, with the same base models.

    A server of this machine may have the same data folder, or a worker for another server. A worker removes folders
    that its own server does not know, and replaces those of the same name, so it must not find theirs.
    """
    folder = settings.data_dir / WORKERS_FOLDER / sha256(base_url(settings.server).encode())[:16]
    return replace(settings, data_dir=folder, models_dir=str(settings.models_folder.absolute()))


async def report_loss(settings: Settings, root: str, report: GenerationReport | ExportReport) -> None:
    """Reports that the process of an attempt has ended without an outcome; raises as ``call`` does.

    Args:
        root: the path of attempts at such jobs.
    """
    async with open_client(settings.server, settings.attempt_token) as http:
        with suppress(AttemptOver):
            await call(http, "POST", root + paths.OUTCOME, report)


def writable_containers() -> list[Container]:
    """Returns the file types that this machine can write."""
    found = []
    for container, kind in container_types().items():
        with suppress(NotInstalled):
            kind.require()
            found.append(container)
    return found


def oldest_folders(data_dir: Path) -> dict[uuid.UUID, Path]:
    """Returns the folders of jobs by their ids, as many as a claim may name, those first that changed least recently.

    Blocks.
    """
    found = {job: generation_folder(data_dir, job) for job in generations_on_disk(data_dir)}
    found |= {job: export_folder(data_dir, job) for job in stored_ids(data_dir)}
    found |= {run: folder for folder in run_folders(data_dir) if (run := run_id_in(folder)) is not None}
    changes = []
    for job, folder in found.items():
        with suppress(OSError):  # its process has removed it in the meantime
            changes.append((folder.stat().st_mtime, job))
    return {job: found[job] for _, job in sorted(changes)[:FOLDERS_MAX]}


def is_any_locked(data_dir: Path) -> bool:
    """Returns whether a process works in the folder of a run; blocks."""
    return any(is_locked(folder) for folder in run_folders(data_dir))


def refusal_error(server: str, error: TunixRtError) -> SettingsError:
    """Returns the error of a worker that the server refuses."""
    return SettingsError(f"{server} refuses this worker: {error.message}")
