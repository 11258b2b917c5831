"""Runs whose models other jobs use: what is needed to copy them to another machine."""

from __future__ import annotations

import uuid

import msgspec

from tunix_rt.db.session import Session
from tunix_rt.domain.runs.artifacts import named_run
from tunix_rt.domain.runs.config import RunConfig, config_of, folder_name
from tunix_rt.domain.runs.stored_files.keys import ArtifactRow, artifact_rows


class TrainedModel(msgspec.Struct, frozen=True):
    """A run with its stored artifacts.

    Args:
        name: the name of the run's folder.
        config: its parameters; None for an external run.
    """

    id: uuid.UUID
    name: str
    dataset_key: str
    config: RunConfig | None
    artifacts: list[ArtifactRow]


async def trained_model(session: Session, model_id: str) -> TrainedModel:
    """Returns the run whose model it is.

    Raises:
        NotFound: there is no such run.
    """
    row = await named_run(session, model_id, ["model_id"])
    stored = [found for found in await artifact_rows(session, row.id) if found.attempt is not None]
    name = folder_name(row.id, row.output_name)
    return TrainedModel(row.id, name, row.dataset_key, None if row.config is None else config_of(row.config), stored)
