"""Numbered batches of an attempt's events: each is stored once and in order, whatever is lost on the way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

import msgspec
from sqlalchemy import select

from tunix_rt.db.clock import instant
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.session import Session
from tunix_rt.domain.attempts.artifacts import Artifact, forget_checkpoints, store_artifacts
from tunix_rt.domain.jobs.queue import Hold, HoldState, heartbeat, hold_condition
from tunix_rt.domain.replays.receipts import ReceiptPart, WeightsHash, store_receipts
from tunix_rt.domain.runs.events import COUNT_MAX, Count, Entry, append, batch_conflict
from tunix_rt.domain.text import sha256

NUMBER, HASH = "batch", "sha256"
"""The keys in ``read_to`` of the last stored batch's number and hash."""


@dataclass
class TrainingPosition:
    """The progress of training, as the run's row has it."""

    step: Count | None = None
    total_steps: Count | None = None
    epoch: float | None = None
    eta_seconds: float | None = None

    @property
    def progress(self) -> float:
        """The progress between 0 and 0.99; only a completed run has 1."""
        return min((self.step or 0) / self.total_steps, 0.99) if self.total_steps else 0.0

    def columns(self) -> dict[str, Any]:
        """Returns the progress as columns of the ledger."""
        named = {name: getattr(self, name) for name in ("step", "total_steps", "epoch", "eta_seconds")}
        return named | {"progress": self.progress}


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Events that follow the previous batch's, and the positions after them in the files that they come from.

    Args:
        number: one more than the previous batch's; a run's first batch has number 1.
        position: the progress of training after these events.
        read_to: the positions in the files of the run's folder, by which the next attempt goes on.
        checkpoints: the names of the checkpoints in the folder; None if that has not changed.
        process: the supervisor's process, as ``HOST:PID``.
    """

    number: Annotated[int, msgspec.Meta(ge=1, le=COUNT_MAX)]
    entries: list[Entry]
    artifacts: list[Artifact]
    receipts: list[ReceiptPart]
    weights: list[WeightsHash]
    position: TrainingPosition = msgspec.field(name="place")
    read_to: dict[str, Any]
    checkpoints: list[str] | None = None
    process: Annotated[str, msgspec.Meta(max_length=300)] = ""

    def hash(self) -> str:
        """Returns the SHA-256 of the batch, by which one that is sent again is recognised."""
        return sha256(msgspec.json.encode(self, order="deterministic"))


async def store_batch(session: Session, hold: Hold, batch: Batch, digest: str, lease: timedelta) -> HoldState:
    """Stores a batch, unless it is stored already, and renews the lease; returns the state of the hold.

    Nothing is stored if the hold is lost.

    Args:
        digest: the batch's hash.

    Raises:
        Conflict: the batch is neither the next one nor the last one sent again.
    """
    query = select(tunix_runs.c.read_to, tunix_runs.c.cancel_requested).where(hold_condition(tunix_runs, hold))
    row = (await session.execute(query.with_for_update())).one_or_none()
    if row is None:
        return HoldState.LOST
    known = row.read_to or {}
    last = known.get(NUMBER, 0)
    if batch.number == last and known.get(HASH) == digest:
        return await renew(session, hold, lease, batch.process)
    if batch.number != last + 1:
        raise batch_conflict("number", batch.number, last)
    columns = {
        "lease_expires_at": await instant(session) + lease,
        "engine_ref": batch.process,
        "read_to": batch.read_to | {NUMBER: batch.number, HASH: digest},
        **batch.position.columns(),
    }
    await append(session, hold.id, batch.entries, hold_condition(tunix_runs, hold), **columns)
    await store_artifacts(session, hold, batch.artifacts)
    await store_receipts(session, hold.id, batch.receipts, batch.weights)
    if batch.checkpoints is not None:
        await forget_checkpoints(session, hold, batch.checkpoints)
    return HoldState.CANCELLING if row.cancel_requested else HoldState.HELD


async def renew(session: Session, hold: Hold, lease: timedelta, process: str) -> HoldState:
    """Renews the lease of an attempt.

    Args:
        process: the supervisor's process, as ``HOST:PID``.
    """
    return await heartbeat(session, tunix_runs, hold, await instant(session), lease, engine_ref=process)
