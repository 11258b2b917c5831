"""Artifacts of runs, as the database lists them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Row, exists, select

from tunix_rt.db.membership import among
from tunix_rt.db.models import run_artifacts, tunix_runs
from tunix_rt.db.session import Session
from tunix_rt.domain.runs.config import folder_name
from tunix_rt.domain.runs.files import folder_of
from tunix_rt.domain.runs.lookup import get_run
from tunix_rt.domain.text import sha256
from tunix_rt.domain.zip_archive import ArchivedFile, ZipArchive
from tunix_rt.errors import Conflict, NotFound, PathPart
from tunix_rt.trainer.contract import RUN_PREFIX, ArtifactKind


async def artifact_of(session: Session, artifact_id: uuid.UUID) -> Row[Any]:
    """Returns the row of an artifact: ``name sha256 run_id output_name``.

    Raises:
        NotFound: there is no such artifact, or it is a folder.
    """
    columns = [run_artifacts.c.name, run_artifacts.c.sha256, run_artifacts.c.run_id, tunix_runs.c.output_name]
    query = select(*columns).join_from(run_artifacts, tunix_runs).where(run_artifacts.c.id == artifact_id)
    row = (await session.execute(query.where(run_artifacts.c.sha256.is_not(None)))).one_or_none()
    if row is None:
        raise NotFound("There is no such file of a run any more.")
    return row


async def checkpoints_of_runs(
    session: Session, run_ids: Sequence[uuid.UUID], columns: Sequence[Column[Any]]
) -> Sequence[Any]:
    """Returns the checkpoints of runs, ordered by step: the columns, then the run's id as ``owner``."""
    query = select(*columns, run_artifacts.c.run_id.label("owner")).where(
        among(run_artifacts.c.run_id, run_ids, session.dialect.name),
        run_artifacts.c.kind == ArtifactKind.CHECKPOINT.value,
    )
    return (await session.execute(query.order_by(run_artifacts.c.step, run_artifacts.c.name))).all()


MODEL_FOLDER = "model/"
"""The prefix of the names of a model's files."""
MODEL_FILES = (
    run_artifacts.c.name >= MODEL_FOLDER,
    run_artifacts.c.name < "model0",
    run_artifacts.c.sha256.is_not(None),
)
"""The conditions for the files of a model; ``0`` is the character after the slash."""


@dataclass(frozen=True)
class ModelArchive:
    """The archive of a run's model.

    Args:
        name: the name of the run's folder.
        tag: a hash that changes with the contents.
    """

    name: str
    tag: str
    archive: ZipArchive


async def runs_with_models(session: Session, run_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Returns the ids of those runs that have exported weights."""
    query = (
        select(run_artifacts.c.run_id)
        .distinct()
        .where(
            among(run_artifacts.c.run_id, run_ids, session.dialect.name),
            run_artifacts.c.kind == ArtifactKind.WEIGHTS.value,
            *MODEL_FILES,
        )
    )
    return set((await session.execute(query)).scalars())


async def newest_run_models(session: Session, most: int) -> list[str]:
    """Returns the names of the folders of the newest runs that have exported weights."""
    weights = (run_artifacts.c.kind == ArtifactKind.WEIGHTS.value, *MODEL_FILES)
    exported = exists().where(run_artifacts.c.run_id == tunix_runs.c.id, *weights)
    query = select(tunix_runs.c.id, tunix_runs.c.output_name).where(exported)
    rows = await session.execute(query.order_by(tunix_runs.c.created_at.desc(), tunix_runs.c.id.desc()).limit(most))
    return [folder_name(row.id, row.output_name) for row in rows]


async def run_model(session: Session, model_id: str, path: Sequence[PathPart]) -> Row[Any]:
    """Returns the row of the run that has exported a model, by the model's id, ``run:NAME``.

    Args:
        path: the path of the argument, for errors.

    Raises:
        NotFound: there is no such run, or its folder has another name.
        Conflict: it has exported no model.
    """
    row = await named_run(session, model_id, path)
    if row.id not in await runs_with_models(session, [row.id]):
        raise Conflict(f"{model_id!r} has no exported model: the run is {row.status}.", path)
    return row


async def named_run(session: Session, model_id: str, path: Sequence[PathPart]) -> Row[Any]:
    """Returns the row of the run that a model's id names; raises as ``run_model`` does."""
    name = model_id.removeprefix(RUN_PREFIX)
    try:
        row = await get_run(session, name)
    except NotFound as error:
        raise NotFound(error.message, path) from None
    folder = folder_name(row.id, row.output_name)
    if name != folder:
        raise NotFound(f"The run must be named by its outputName: {RUN_PREFIX}{folder}.", path)
    return row


async def model_archive(session: Session, run_id: uuid.UUID, data_dir: Path) -> ModelArchive:
    """Returns the archive of a run's model, whose files are read only when it is streamed.

    Raises:
        NotFound: the run has no model, or does not exist.
    """
    columns = [*(run_artifacts.c[name] for name in ("name", "byte_size", "sha256", "run_id")), tunix_runs.c.output_name]
    query = select(*columns).join_from(run_artifacts, tunix_runs)
    query = query.where(run_artifacts.c.run_id == run_id, *MODEL_FILES).order_by(run_artifacts.c.name)
    rows = (await session.execute(query)).all()
    if not rows:
        raise NotFound("This run has no model any more.")
    name = folder_name(run_id, rows[0].output_name)
    files = [
        ArchivedFile(f"{name}/{row.name.removeprefix(MODEL_FOLDER)}", artifact_path(data_dir, row), row.byte_size)
        for row in rows
    ]
    tag = sha256("\n".join(f"{row.name} {row.sha256}" for row in rows).encode())
    return ModelArchive(name, tag, ZipArchive(files))


def artifact_path(data_dir: Path, row: Row[Any]) -> Path:
    """Returns the path of an artifact, which is always inside its run's folder.

    Raises:
        NotFound: its name leads out of that folder.
    """
    folder = folder_of(data_dir, folder_name(row.run_id, row.output_name)).resolve()
    path: Path = (folder / row.name).resolve()
    if not path.is_relative_to(folder):
        raise NotFound("There is no such file of a run.")
    return path
