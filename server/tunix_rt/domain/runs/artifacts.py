"""Artifacts of runs, as the database lists them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Row, Select, exists, select

from tunix_rt.db.membership import among
from tunix_rt.db.models import run_artifacts, tunix_runs
from tunix_rt.db.session import Session
from tunix_rt.domain.names.unknown import UnknownName
from tunix_rt.domain.runs.base_models import RunModel
from tunix_rt.domain.runs.config import folder_name
from tunix_rt.domain.runs.files import folder_of
from tunix_rt.domain.runs.lookup import get_run
from tunix_rt.domain.runs.stored_files.keys import storage_key
from tunix_rt.domain.storage.base import Storage, StorageFailed, StoredFile
from tunix_rt.domain.storage.folder import FolderStorage
from tunix_rt.domain.text import sha256
from tunix_rt.domain.zip_archive import ArchivedFile, ZipArchive
from tunix_rt.errors import Conflict, NotFound, PathPart
from tunix_rt.trainer.contract import RUN_PREFIX, TOKENIZER_FILE, ArtifactKind

FILES: Select[Any] = select(
    *(run_artifacts.c[name] for name in ("name", "byte_size", "sha256", "run_id", "attempt")), tunix_runs.c.output_name
).join_from(run_artifacts, tunix_runs)
"""Selects what is needed to find the files of artifacts."""


async def artifact_of(session: Session, artifact_id: uuid.UUID) -> Row[Any]:
    """Returns the row of an artifact: ``name byte_size sha256 run_id attempt output_name``.

    Raises:
        NotFound: there is no such artifact, or it is a folder.
    """
    query = FILES.where(run_artifacts.c.id == artifact_id)
    row: Row[Any] | None = (await session.execute(query.where(run_artifacts.c.sha256.is_not(None)))).one_or_none()
    if row is None:
        raise NotFound("This file of a run no longer exists.")
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
        rows: the rows of its files, as ``artifact_of`` returns them.
    """

    name: str
    tag: str
    rows: Sequence[Row[Any]]

    async def archive(self, storage: Storage, data_dir: Path) -> ZipArchive | None:
        """Returns the archive, whose files are read only when it is streamed; None if one was removed.

        Raises:
            Unavailable, StorageFailed: the storage cannot be reached or refuses.
        """
        files = []
        for row in self.rows:
            file = await stored_artifact(storage, data_dir, row)
            if file is None or file.size != row.byte_size:
                return None
            files.append(ArchivedFile(f"{self.name}/{row.name.removeprefix(MODEL_FOLDER)}", file, row.byte_size))
        return ZipArchive(files)


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


async def newest_run_models(session: Session, maximum: int) -> list[RunModel]:
    """Returns the models of the newest runs that have exported weights."""
    weights = (run_artifacts.c.kind == ArtifactKind.WEIGHTS.value, *MODEL_FILES)
    exported = exists().where(run_artifacts.c.run_id == tunix_runs.c.id, *weights)
    query = select(tunix_runs.c.id, tunix_runs.c.output_name).where(exported)
    rows = await session.execute(query.order_by(tunix_runs.c.created_at.desc(), tunix_runs.c.id.desc()).limit(maximum))
    names = {row.id: folder_name(row.id, row.output_name) for row in rows}
    columns = (run_artifacts.c[name] for name in ("run_id", "name", "kind", "byte_size", "attempt"))
    files = select(*columns).where(among(run_artifacts.c.run_id, list(names), session.dialect.name), *MODEL_FILES)
    found: dict[uuid.UUID, list[Row[Any]]] = defaultdict(list)
    for row in await session.execute(files):
        found[row.run_id].append(row)
    return [run_model_of(name, found[run_id]) for run_id, name in names.items()]


def run_model_of(name: str, rows: Sequence[Row[Any]]) -> RunModel:
    """Returns the model of the run with this folder, by the rows of its files."""
    weights = sum(row.byte_size for row in rows if row.kind == ArtifactKind.WEIGHTS.value)
    has_tokenizer = any(row.name == f"{MODEL_FOLDER}{TOKENIZER_FILE}" for row in rows)
    return RunModel(name, weights, has_tokenizer, all(row.attempt is not None for row in rows))


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
    except UnknownName as error:
        raise UnknownName(error.noun, error.name, path) from None
    folder = folder_name(row.id, row.output_name)
    if name != folder:
        raise NotFound(f"The run must be named by its outputName: {RUN_PREFIX}{folder}.", path)
    return row


async def model_archive(session: Session, run_id: uuid.UUID) -> ModelArchive:
    """Returns the archive of a run's model.

    Raises:
        NotFound: the run has no model, or does not exist.
    """
    query = FILES.where(run_artifacts.c.run_id == run_id, *MODEL_FILES).order_by(run_artifacts.c.name)
    rows = (await session.execute(query)).all()
    if not rows:
        raise NotFound("This run no longer has a model.")
    name = folder_name(run_id, rows[0].output_name)
    tag = sha256("\n".join(f"{row.name} {row.sha256}" for row in rows).encode())
    return ModelArchive(name, tag, rows)


async def stored_artifact(storage: Storage, data_dir: Path, row: Row[Any]) -> StoredFile | None:
    """Returns the file of an artifact, from the storage or the run's folder on this machine; None if it was removed.

    Raises:
        NotFound: its name points outside that folder.
        Unavailable, StorageFailed: the storage cannot be reached, refuses, or has a file of another size.
    """
    path = artifact_path(data_dir, row)
    here = await FolderStorage(path.parent).find(path.name)
    if row.attempt is None:
        return here
    file = await storage.find(storage_key(row))
    if file is None:  # this server may have another storage than the worker had
        return here if here is not None and here.size == row.byte_size else None
    if file.size != row.byte_size:
        raise StorageFailed(f"The stored file has {file.size:,} bytes, not {row.byte_size:,}.")
    return file


def artifact_path(data_dir: Path, row: Row[Any]) -> Path:
    """Returns the path of an artifact, which is always inside its run's folder.

    Raises:
        NotFound: its name points outside that folder.
    """
    folder = folder_of(data_dir, folder_name(row.run_id, row.output_name)).resolve()
    path: Path = (folder / row.name).resolve()
    if not path.is_relative_to(folder):
        raise NotFound("There is no such file of a run.")
    return path
