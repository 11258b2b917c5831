"""Prepares a run's folder: the manifest and the datasets for the trainer, and a checkpoint to resume from."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from tunix_rt.db.session import timeouts_as_unavailable
from tunix_rt.domain.atomic_files import write_atomically
from tunix_rt.domain.runs.config import run_manifest
from tunix_rt.domain.runs.files import MANIFEST_FILE
from tunix_rt.domain.runs.stored_files.fetching import fetch_checkpoint, newest_step
from tunix_rt.domain.storage.base import StorageFailed
from tunix_rt.errors import ErrorCode, TunixRtError, Unavailable
from tunix_rt.jobs.holding import JobFailed
from tunix_rt.jobs.stored_inputs import wait_for_storage
from tunix_rt.jobs.supervision.attempt import AttemptState
from tunix_rt.trainer.contract import ArtifactKind


@contextmanager
def converting_errors() -> Iterator[None]:
    """Converts errors of the folder and of the datasets to ``JobFailed``, and timeouts to ``Unavailable``."""
    try:
        with timeouts_as_unavailable():
            yield
    except OSError as error:
        raise JobFailed(ErrorCode.UNAVAILABLE, f"The run's folder cannot be written: {error.strerror}.") from error
    except Unavailable:
        raise
    except TunixRtError as error:
        raise JobFailed(error.code, error.message) from error


async def prepare(attempt: AttemptState) -> list[str]:
    """Writes the trainer's inputs to the run's folder; returns warnings for the run's log.

    Files of an earlier attempt are kept: that attempt was trained on them.

    Raises:
        JobFailed: the folder cannot be written, or a source was deleted.
        Unavailable: the ledger was unreachable for too long.
    """
    ledger, folder, run = attempt.ledger, attempt.folder, attempt.run
    with converting_errors():
        manifest = run_manifest(run.config, run.dataset_key, folder, attempt.settings.models_folder)
        await asyncio.to_thread(write_atomically, folder / MANIFEST_FILE, manifest.encode())
        await attempt.retrying(ledger.store_manifest, manifest)
        await ledger.require_rewards(run)
        await ledger.provide_model(run)
        notes = await restore_checkpoint(attempt)
        return notes + await ledger.write_inputs(run, folder)


async def restore_checkpoint(attempt: AttemptState) -> list[str]:
    """Copies the newest stored checkpoint that can be read, if it is newer than those in the run's folder.

    Returns warnings for the run's log; raises as ``prepare`` does.
    """
    ledger, notes = attempt.ledger, []
    rows = await attempt.retrying(ledger.artifacts)
    stored = [row for row in rows if row.attempt is not None and row.kind == ArtifactKind.CHECKPOINT.value]
    here = await asyncio.to_thread(newest_step, attempt.folder)
    for row in sorted(stored, key=lambda row: row.step or 0, reverse=True):
        if (row.step or 0) <= here:
            break
        try:
            await wait_for_storage(ledger.retry_seconds, fetch_checkpoint, ledger.storage, row, attempt.folder)
            break
        except StorageFailed as error:
            notes.append(f"The checkpoint of step {row.step:,} is not used: {error.message}")
    return notes
