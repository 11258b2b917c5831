"""Artifacts of attempts: the rows of files and checkpoints, and which attempt has stored each."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec
from sqlalchemy import delete, insert, select, update

from tunix_rt.db.identity import new_id, now
from tunix_rt.db.models import run_artifacts, tunix_runs
from tunix_rt.db.session import Session
from tunix_rt.domain.jobs.queue import Hold, hold_condition
from tunix_rt.domain.runs.events import Count
from tunix_rt.errors import BadUserInput
from tunix_rt.trainer.contract import ArtifactKind

NAME_MAX_CHARS = 1024
BYTES_MAX = 2**63 - 1


@dataclass(frozen=True)
class Artifact:
    """A file or folder that a run has produced.

    Args:
        name: its path relative to the run's folder.
        attempt: the attempt whose folder in the storage has it; None if only the run's folder has.
    """

    name: str
    kind: ArtifactKind
    byte_size: Annotated[int, msgspec.Meta(ge=0, le=BYTES_MAX)]
    sha256: str | None = None
    step: Count | None = None
    attempt: Count | None = None


def require_name(name: str) -> str:
    """Returns a path relative to a run's folder.

    Raises:
        BadUserInput: it could lead out of that folder, or is too long.
    """
    parts = name.split("/")
    if len(name) > NAME_MAX_CHARS:
        raise BadUserInput(f"name must have at most {NAME_MAX_CHARS:,} characters; it has {len(name):,}.", ["name"])
    if any(part in {"", ".", ".."} for part in parts) or "\\" in name or not name.isprintable():
        raise BadUserInput("name must be a path below the run's folder, such as model/config.json.", ["name"])
    return name


async def store_artifacts(session: Session, hold: Hold, artifacts: Sequence[Artifact]) -> None:
    """Stores artifacts; each replaces an earlier one of the same name."""
    newest = {found.name: found for found in artifacts}
    if not newest:
        return
    mine = run_artifacts.c.run_id == hold.id
    await session.execute(delete(run_artifacts).where(mine, run_artifacts.c.name.in_(list(newest))))
    at = now()
    rows = [
        {
            "id": new_id(),
            "run_id": hold.id,
            "name": found.name,
            "kind": found.kind.value,
            "step": found.step,
            "byte_size": found.byte_size,
            "sha256": found.sha256,
            "created_at": at,
            "attempt": found.attempt,
        }
        for found in newest.values()
    ]
    await session.execute(insert(run_artifacts), rows)


async def store_held_artifacts(session: Session, hold: Hold, artifacts: Sequence[Artifact]) -> None:
    """Stores artifacts, if the attempt holds its run."""
    mine = select(tunix_runs.c.id).where(hold_condition(tunix_runs, hold)).with_for_update()
    if (await session.execute(mine)).first() is not None:
        await store_artifacts(session, hold, artifacts)


async def record_upload(session: Session, hold: Hold, artifact_id: uuid.UUID) -> bool:
    """Records that an attempt has stored an artifact; returns False if that was replaced, or the hold is lost."""
    mine = (run_artifacts.c.id == artifact_id) & (run_artifacts.c.run_id == hold.id)
    is_held = select(tunix_runs.c.id).where(hold_condition(tunix_runs, hold)).exists()
    recording = update(run_artifacts).where(mine, is_held).values(attempt=hold.attempt)
    return (await session.execute(recording.returning(run_artifacts.c.id))).first() is not None


async def forget_checkpoints(session: Session, hold: Hold, present: Collection[str]) -> None:
    """Deletes the rows of checkpoints that no longer exist: the trainer keeps the newest few.

    One that earlier attempts have stored need not be in the folder, as this may be another machine. It is deleted once
    the folder has a newer one.

    Args:
        present: the names of the checkpoints in the run's folder.
    """
    table = run_artifacts.c
    mine = (table.run_id == hold.id) & (table.kind == ArtifactKind.CHECKPOINT.value)
    rows = (await session.execute(select(table.name, table.step, table.attempt).where(mine))).all()
    here = {row.name for row in rows if row.name in present}
    newest = max((row.step or 0 for row in rows if row.name in here), default=0)
    gone = [
        row.name
        for row in rows
        if row.name not in here and (row.attempt in {None, hold.attempt} or (row.step or 0) < newest)
    ]
    if gone:
        await session.execute(delete(run_artifacts).where(mine, table.name.in_(gone)))
