"""Records an attempt's outcome, with the ends of its output and the files of its supervisor."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Collection
from pathlib import Path

from tunix_rt.domain.attempts.artifacts import Artifact
from tunix_rt.domain.attempts.outcomes import AttemptOutcome, AttemptReport
from tunix_rt.domain.runs.files import DATASET_FILE, EVAL_FILE, MANIFEST_FILE, STDERR_FILE, STDOUT_FILE
from tunix_rt.jobs.supervision.attempt import AttemptState
from tunix_rt.jobs.supervision.lines import TAIL_BYTES, tail_of
from tunix_rt.jobs.supervision.relay import checkpoints_in
from tunix_rt.trainer.contract import EVENTS_FILE, REWARDS_FILE, ROLLOUTS_FILE, ArtifactKind

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


async def record(attempt: AttemptState, outcome: AttemptOutcome, files: list[Artifact]) -> None:
    """Records an attempt's outcome; does nothing if it is recorded already or another attempt has started.

    Args:
        files: the files that the supervisor has written.

    Raises:
        Unavailable, RequestTimeout: the ledger is unreachable.
    """
    report = AttemptReport(
        outcome=outcome,
        stdout=attempt.redaction.line(await asyncio.to_thread(tail_of, attempt.folder / STDOUT_FILE, TAIL_BYTES)),
        stderr=attempt.redaction.line(await asyncio.to_thread(tail_of, attempt.folder / STDERR_FILE, TAIL_BYTES)),
        files=files,
        checkpoints=await asyncio.to_thread(checkpoints_in, attempt.folder),
    )
    await attempt.ledger.record(report)


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
