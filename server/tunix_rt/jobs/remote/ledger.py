"""The ledger behind a server, as the token of an attempt opens it."""

from __future__ import annotations

import asyncio
import socket
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import msgspec

from tunix_rt.domain.attempts import paths
from tunix_rt.domain.attempts.artifacts import Artifact
from tunix_rt.domain.attempts.assignment import AssignedRun
from tunix_rt.domain.attempts.batches import Batch
from tunix_rt.domain.attempts.dry_runs import DryRunResult
from tunix_rt.domain.attempts.inputs import datasets_of
from tunix_rt.domain.attempts.outcomes import AttemptReport
from tunix_rt.domain.attempts.paths import path_to
from tunix_rt.domain.attempts.rollouts import GradingResult, RolloutBatch
from tunix_rt.domain.attempts.tokens import AttemptOver
from tunix_rt.domain.generations.rollouts import GradedRollouts
from tunix_rt.domain.jobs.queue import HoldState
from tunix_rt.domain.runs.files import adopt, folder_of, mark_stored
from tunix_rt.domain.runs.stored_files.fetching import fetch_model
from tunix_rt.domain.runs.stored_files.keys import ArtifactRow
from tunix_rt.domain.storage.base import FileStore, StorageFailed
from tunix_rt.jobs.remote.client import call, open_client, read
from tunix_rt.jobs.remote.storage import ServedStorage
from tunix_rt.jobs.stored_inputs import fetch_datasets, wait_for_storage
from tunix_rt.jobs.supervision.attempt import PROCESS
from tunix_rt.settings import Settings

RETRY_SECONDS = 86_400.0
"""The time limit of retries while the server is unreachable: training goes on meanwhile."""
RELAY_SECONDS = 0.5
POLL_SECONDS = 2.0


class HeldBody(msgspec.Struct):
    """The state of the hold, in an answer."""

    state: str


class RecordedBody(msgspec.Struct):
    """The answer to an upload that is to be recorded."""

    recorded: bool


class WarningsBody(msgspec.Struct):
    """Warnings for the run's log."""

    warnings: list[str]


class ArtifactsBody(msgspec.Struct):
    """Artifacts of a run, and the name of its folder."""

    artifacts: list[ArtifactRow]
    name: str | None = None


def place_of(settings: Settings) -> dict[str, str]:
    """Returns the place of this process, to which it binds its attempt."""
    return {"place": f"{socket.gethostname()}:{settings.data_dir.absolute()}"}


class ServedLedger:
    """See ``AttemptLedger``."""

    def __init__(self, settings: Settings) -> None:
        self.retry_seconds = RETRY_SECONDS
        self.relay_seconds = RELAY_SECONDS
        self.poll_seconds = POLL_SECONDS
        self.uploads = True
        self._settings = settings
        self._http: httpx.AsyncClient = open_client(settings.server, settings.attempt_token)
        self._storage = ServedStorage(self._http, paths.ATTEMPT)

    @property
    def storage(self) -> FileStore:
        """See ``AttemptLedger.storage``."""
        return self._storage

    async def assigned_run(self) -> AssignedRun | None:
        """See ``AttemptLedger.assigned_run``: None also if another process performs the attempt."""
        try:
            await self._call("PUT", paths.PLACE, place_of(self._settings))
            return read(await self._call("GET", ""), AssignedRun)
        except AttemptOver:
            return None

    async def state(self) -> HoldState:
        """See ``AttemptLedger.state``."""
        return await self.renew(PROCESS)

    async def renew(self, process: str) -> HoldState:
        """See ``AttemptLedger.renew``."""
        return await self._state(paths.LEASE, {"process": process})

    async def store_batch(self, batch: Batch) -> HoldState:
        """See ``AttemptLedger.store_batch``."""
        return await self._state(paths.BATCHES, batch)

    async def store_manifest(self, manifest: str) -> None:
        """See ``AttemptLedger.store_manifest``."""
        await self._unless_lost("PUT", paths.MANIFEST, {"manifest": manifest})

    async def require_rewards(self, run: AssignedRun) -> None:
        """See ``AttemptLedger.require_rewards``."""
        if run.config.grpo is not None:
            await wait_for_storage(self.retry_seconds, self._unless_lost, "POST", paths.REWARDS)

    async def write_inputs(self, run: AssignedRun, folder: Path) -> list[str]:
        """See ``AttemptLedger.write_inputs``; the server makes those that no attempt has stored."""
        missing = [name for name, _ in datasets_of(run.config) if not (folder / name).exists()]
        if not missing:
            return []
        warnings = await wait_for_storage(self.retry_seconds, self._stored_datasets)
        rows = await wait_for_storage(self.retry_seconds, self.artifacts)
        await fetch_datasets(self._storage, rows, folder, self.retry_seconds)
        for name in missing:
            if not (folder / name).exists():
                raise StorageFailed(f"{name} cannot be copied from the server's storage.")
        return warnings

    async def provide_model(self, run: AssignedRun) -> None:
        """See ``AttemptLedger.provide_model``."""
        answer = await wait_for_storage(self.retry_seconds, self._unless_lost, "GET", paths.MODEL)
        if answer is None or answer.status_code == 204:
            return
        model = read(answer, ArtifactsBody)
        if model.name is None or not model.artifacts:
            return
        folder = folder_of(self._settings.data_dir.absolute(), model.name)
        await asyncio.to_thread(adopt, folder, model.artifacts[0].run_id)
        await asyncio.to_thread(mark_stored, folder)
        await wait_for_storage(self.retry_seconds, fetch_model, self._storage, model.artifacts, folder)

    async def artifacts(self) -> Sequence[ArtifactRow]:
        """See ``AttemptLedger.artifacts``."""
        answer = await self._unless_lost("GET", paths.ARTIFACTS)
        return [] if answer is None else read(answer, ArtifactsBody).artifacts

    async def add_artifacts(self, files: Sequence[Artifact]) -> None:
        """See ``AttemptLedger.add_artifacts``."""
        await self._unless_lost("POST", paths.ARTIFACTS, {"artifacts": files})

    async def record_upload(self, artifact_id: uuid.UUID) -> bool:
        """See ``AttemptLedger.record_upload``."""
        answer = await self._unless_lost("POST", path_to(paths.ARTIFACT_STORED, artifact=artifact_id))
        return answer is not None and read(answer, RecordedBody).recorded

    async def grade(self, run: AssignedRun, batch: RolloutBatch) -> GradingResult:
        """See ``AttemptLedger.grade``."""
        return read(await self._call("POST", paths.GRADES, batch), GradingResult)

    async def store_rollouts(self, run: AssignedRun, batch: RolloutBatch, graded: GradedRollouts) -> HoldState:
        """See ``AttemptLedger.store_rollouts``."""
        return await self._state(paths.ROLLOUTS, {"batch": batch, "graded": graded})

    async def record(self, report: AttemptReport) -> None:
        """See ``AttemptLedger.record``; the server also removes what the attempt has replaced."""
        await self._unless_lost("POST", paths.OUTCOME, report)

    async def record_dry_run(self, result: DryRunResult) -> None:
        """Records the result of a dry run; does nothing if it is recorded, or the hold is lost."""
        await self._unless_lost("POST", paths.DRY_RUN, result)

    async def clear(self) -> None:
        """See ``AttemptLedger.clear``; the server has done so with the outcome."""

    async def close(self) -> None:
        """See ``AttemptLedger.close``."""
        await self._http.aclose()

    async def _call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return await call(self._http, method, paths.ATTEMPT + path, body)

    async def _unless_lost(self, method: str, path: str, body: Any = None) -> httpx.Response | None:
        """Returns the answer to a request; None once the hold is lost, which the relay notices."""
        try:
            return await self._call(method, path, body)
        except AttemptOver:
            return None

    async def _state(self, path: str, body: Any) -> HoldState:
        answer = await self._unless_lost("POST", path, body)
        return HoldState.LOST if answer is None else HoldState[read(answer, HeldBody).state]

    async def _stored_datasets(self) -> list[str]:
        """Returns warnings once the datasets are among the stored artifacts of the run."""
        while True:
            answer = await self._unless_lost("POST", paths.DATASETS)
            if answer is None:
                return []
            if answer.status_code != httpx.codes.ACCEPTED:
                return read(answer, WarningsBody).warnings
