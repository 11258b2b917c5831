"""Replays: runs that repeat another run, to see whether it ends with the same weights."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Sequence
from pathlib import Path

import msgspec
from sqlalchemy import select

from tunix_rt.db.membership import among
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.models.runs import RunMode
from tunix_rt.db.session import Session
from tunix_rt.domain.atomic_files import part_of, put_in_place
from tunix_rt.domain.replays.receipts import Replay, compare_receipts, receipts_of
from tunix_rt.domain.runs.config import RunConfig, config_of, folder_name, without_parameters
from tunix_rt.domain.runs.files import DATASET_FILE, EVAL_FILE, folder_of
from tunix_rt.domain.runs.lifecycle import require_local
from tunix_rt.errors import Conflict, NotFound


async def replay_config(session: Session, run_id: uuid.UUID) -> RunConfig:
    """Returns the parameters of a replay of a run.

    Raises:
        NotFound: there is no such run.
        Conflict: it has not trained to its end, its parameters are unknown, or it is external.
    """
    await require_local(session, run_id)
    columns = (tunix_runs.c.status, tunix_runs.c.mode, tunix_runs.c.config)
    row = (await session.execute(select(*columns).where(tunix_runs.c.id == run_id))).one_or_none()
    if row is None:
        raise NotFound(f"There is no run {run_id}.", ["id"])
    if row.mode != RunMode.TRAIN.value or row.status != JobStatus.COMPLETED.value:
        actual = f"is {row.status}" if row.mode == RunMode.TRAIN.value else "is a dry run"
        raise Conflict(f"Only a COMPLETED run of mode TRAIN can be replayed; this one {actual}.", ["id"])
    if row.config is None:
        raise without_parameters()
    return msgspec.structs.replace(config_of(row.config), output_name=None, replay_of=run_id)


async def replayed_runs(session: Session, run_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """Returns the run that each replay among some runs repeats, whether or not it still exists."""
    query = select(tunix_runs.c.id, tunix_runs.c.config).where(
        among(tunix_runs.c.id, run_ids, session.dialect.name), tunix_runs.c.config.is_not(None)
    )
    rows = await session.execute(query)
    return {row.id: uuid.UUID(row.config["replay_of"]) for row in rows if row.config.get("replay_of")}


async def compared_replays(session: Session, run_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Replay]:
    """Returns the comparison of each replay among some runs with its original, once both have trained."""
    originals = await replayed_runs(session, run_ids)
    found = await receipts_of(session, list({*originals, *originals.values()})) if originals else {}
    all_compared = {replay: compare_receipts(found[original], found[replay]) for replay, original in originals.items()}
    return {replay: comparison for replay, comparison in all_compared.items() if comparison is not None}


async def original_folder(session: Session, run_id: uuid.UUID, data_dir: Path) -> Path | None:
    """Returns the folder of a run; None if the run was deleted."""
    query = select(tunix_runs.c.id, tunix_runs.c.output_name).where(tunix_runs.c.id == run_id)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else folder_of(data_dir, folder_name(row.id, row.output_name))


def copy_datasets(original: Path, folder: Path) -> None:
    """Copies the datasets that the original was trained on, as far as they are on this machine.

    Raises:
        OSError: they cannot be read or written.
    """
    for name in (DATASET_FILE, EVAL_FILE):
        if (original / name).exists() and not (folder / name).exists():
            part = part_of(folder / name)
            shutil.copyfile(original / name, part)
            put_in_place(part, folder / name)
