"""The datasets that models were trained on."""

from __future__ import annotations

import uuid

from sqlalchemy import ColumnElement, select

from tunix_rt.db.models import generations, tunix_runs
from tunix_rt.db.session import Database
from tunix_rt.trainer.contract import RUN_PREFIX


async def training_dataset(
    database: Database, run_id: uuid.UUID | None, model_id: str | None, generation_id: uuid.UUID | None
) -> uuid.UUID | None:
    """Returns the dataset that a model was trained on; None if it is no run's, or the run or its dataset is gone.

    Args:
        run_id: the run that has trained the model; None if it is named otherwise.
        model_id: the model's id, ``run:NAME`` for a run's model.
        generation_id: a generation of the model.
    """
    query = select(tunix_runs.c.dataset_id)
    condition: ColumnElement[bool] = tunix_runs.c.id == run_id
    if generation_id is not None:
        condition = tunix_runs.c.id.in_(select(generations.c.run_id).where(generations.c.id == generation_id))
    elif run_id is None:
        name = (model_id or "").removeprefix(RUN_PREFIX)
        if name == (model_id or ""):
            return None
        condition = tunix_runs.c.output_name == name
    async with database.read() as session:
        found: uuid.UUID | None = (await session.execute(query.where(condition))).scalar()
    return found
