"""Files that runs made, by what the database knows of them."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select

from tunix_rt.db.models import run_artifacts, tunix_runs
from tunix_rt.db.session import Session
from tunix_rt.domain.runs.config import folder_name
from tunix_rt.domain.runs.files import folder_of
from tunix_rt.errors import NotFound


async def artifact_of(session: Session, artifact_id: uuid.UUID) -> Row[Any]:
    """What is known of a file that a run made: ``name sha256 run_id output_name``.

    Raises:
        NotFound: if there is none, or it is a folder.
    """
    columns = [run_artifacts.c.name, run_artifacts.c.sha256, run_artifacts.c.run_id, tunix_runs.c.output_name]
    query = select(*columns).join_from(run_artifacts, tunix_runs).where(run_artifacts.c.id == artifact_id)
    row = (await session.execute(query.where(run_artifacts.c.sha256.is_not(None)))).one_or_none()
    if row is None:
        raise NotFound("There is no such file of a run any more.")
    return row


def artifact_path(data_dir: Path, row: Row[Any]) -> Path:
    """Where a file lies: in its run's folder, whatever its name says.

    Raises:
        NotFound: if its name leads out of there.
    """
    folder = folder_of(data_dir, folder_name(row.run_id, row.output_name)).resolve()
    path: Path = (folder / row.name).resolve()
    if not path.is_relative_to(folder):
        raise NotFound("There is no such file of a run.")
    return path
