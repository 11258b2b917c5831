"""Records an attempt's outcome: its status, its artifacts and the ends of its output, all in one transaction."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Collection
from pathlib import Path

from sqlalchemy import update

from tunix_rt.db.models import tunix_runs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Session
from tunix_rt.domain.jobs.queue import finish, release
from tunix_rt.domain.runs.events import append_state
from tunix_rt.domain.runs.files import DATASET_FILE, EVAL_FILE, MANIFEST_FILE, STDERR_FILE, STDOUT_FILE
from tunix_rt.errors import ErrorCode
from tunix_rt.jobs.supervision.attempt import AttemptState
from tunix_rt.jobs.supervision.events import Artifact
from tunix_rt.jobs.supervision.lines import tail_of
from tunix_rt.jobs.supervision.outcome import AttemptOutcome
from tunix_rt.jobs.supervision.relay import forget_checkpoints, store_artifacts
from tunix_rt.trainer.contract import EVENTS_FILE, REWARDS_FILE, ROLLOUTS_FILE, ArtifactKind

TAIL_BYTES = 10_240
"""The size of the end of each stream stored with the run; the run's log has all of it."""

OWN_FILES = {
    MANIFEST_FILE: ArtifactKind.MANIFEST,
    DATASET_FILE: ArtifactKind.OTHER,
    EVAL_FILE: ArtifactKind.OTHER,
    STDOUT_FILE: ArtifactKind.LOG,
    STDERR_FILE: ArtifactKind.LOG,
    EVENTS_FILE: ArtifactKind.EVENTS,
    ROLLOUTS_FILE: ArtifactKind.OTHER,
    REWARDS_FILE: ArtifactKind.OTHER,
}
ANOTHER = "{reason}. Another attempt follows."
LAST = "{reason}, at its last attempt."
AFTERWARDS = {
    JobStatus.PENDING: ANOTHER,
    JobStatus.FAILED: LAST,
    JobStatus.CANCELLED: "It was cancelled. {reason}.",
}


async def record(attempt: AttemptState, outcome: AttemptOutcome, files: list[Artifact]) -> None:
    """Records an attempt's outcome; does nothing if it is recorded already or another attempt has started.

    Args:
        files: the files that the supervisor has written.

    Raises:
        Unavailable, RequestTimeout: the database is unreachable.
    """
    columns = {
        "exit_code": outcome.exit_code,
        "eta_seconds": None,
        "duration_seconds": max(0.0, (outcome.ended_at - attempt.row.started_at).total_seconds()),
        "stdout": attempt.redaction.line(await asyncio.to_thread(tail_of, attempt.folder / STDOUT_FILE, TAIL_BYTES)),
        "stderr": attempt.redaction.line(await asyncio.to_thread(tail_of, attempt.folder / STDERR_FILE, TAIL_BYTES)),
    }
    async with attempt.database.write() as session:
        message = await end(session, attempt, outcome)
        if message is None:
            return
        mine = tunix_runs.c.id == attempt.hold.id
        await session.execute(update(tunix_runs).where(mine).values(columns | {"message": message}))
        await store_artifacts(session, attempt.hold, files)
        await forget_checkpoints(session, attempt.hold, attempt.folder)
        await append_state(session, attempt.hold.id, outcome.ended_at, message)


async def end(session: Session, attempt: AttemptState, outcome: AttemptOutcome) -> str | None:
    """Moves the run to its new status and returns its message; None if it was no longer held."""
    hold, at = attempt.hold, outcome.ended_at
    if outcome.status is None:
        code = outcome.error or ErrorCode.INTERNAL
        status = await release(session, tunix_runs, hold, at, outcome.message, code)
        return None if status is None else AFTERWARDS[status].format(reason=outcome.message)
    completed = outcome.status is JobStatus.COMPLETED
    error = None if completed else (outcome.error or ErrorCode.INTERNAL, outcome.message)
    if outcome.status is JobStatus.CANCELLED:
        error = None
    finished = await finish(session, tunix_runs, hold, outcome.status, at, error=error)
    return outcome.message if finished else None


def own_files(folder: Path, names: Collection[str] = frozenset(OWN_FILES)) -> list[Artifact]:
    """Returns the existing files that the supervisor has written, of some names only if they are given."""
    found = []
    for name, kind in OWN_FILES.items():
        if name not in names:
            continue
        try:
            with (folder / name).open("rb") as file:
                digest = hashlib.file_digest(file, "sha256")
                found.append(Artifact(name, kind, file.tell(), digest.hexdigest()))
        except OSError:
            continue
    return found
