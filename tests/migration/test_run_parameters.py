"""The step that derives columns from the parameters of runs fills them for the runs that are stored."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Connection, insert, select

from tests.migration.conftest import Work
from tests.support.ledger import run_row
from tunix_rt.db.migrate import downgrade, upgrade
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.models.runs import PARAMETERS
from tunix_rt.domain.runs.config import RunConfig, config_json, parameters_of
from tunix_rt.domain.runs.manifest import Lora, Training
from tunix_rt.trainer.contract import Schedule

EVERY = Training(
    learning_rate=1e-7,
    max_steps=10_000_000,
    seed=2**31 - 1,
    gradient_accumulation_steps=3,
    warmup_steps=0,
    schedule=Schedule.COSINE,
    weight_decay=0.1,
    max_grad_norm=1000,
)
CONFIGS = [
    RunConfig(dataset_id=uuid.UUID(int=1), model_id="m", training=EVERY, lora=Lora(rank=4, alpha=0.5)),
    RunConfig(dataset_id=uuid.UUID(int=1), model_id="m"),
    None,
]


def stored(connection: Connection) -> list[dict[str, Any]]:
    """Returns the parameters of every run."""
    query = select(*(tunix_runs.c[name] for name in PARAMETERS)).order_by(tunix_runs.c.model_id)
    return [dict(row._mapping) for row in connection.execute(query)]


def test_parameters_are_derived_from_stored_runs(database_url: str, on: Work):
    rows = [
        run_row(model_id=str(place), config=config and config_json(config), **(parameters_of(config) if config else {}))
        for place, config in enumerate(CONFIGS)
    ]
    on(database_url, lambda connection: [connection.execute(insert(tunix_runs).values(**row)) for row in rows])
    before = on(database_url, stored)

    downgrade(database_url, "0011")
    upgrade(database_url)

    assert on(database_url, stored) == before
    assert (before[0]["schedule"], before[0]["seed"], before[0]["lora_alpha"]) == ("COSINE", 2**31 - 1, 0.5)
    assert (before[1]["learning_rate"], before[1]["lora_rank"]) == (2e-5, None)
    assert set(before[2].values()) == {None}
