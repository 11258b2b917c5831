"""Runs that are started through the API, with the stand-in as trainer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.api import Ask, Store
from tests.support.runs import StandIn, with_stand_in
from tests.support.traces import CREATE_DATASET, trace_input
from tests.support.waiting import until
from tunix_rt.settings import Settings

RUN = """
  id uuid status statusReason progress attempt mode method modelId datasetKey outputName exitCode stdout stderr manifest
  error { code message } trainingProgress { step totalSteps } config { seed batchSize maxSteps lora { rank } }
  dataset { key } evalDataset { key } durationSeconds completedAt cancelRequested
"""


START = f"""
mutation ($input: StartRunInput!) {{
  startRun(input: $input) {{ run {{ {RUN} }} persisted warnings errors {{ code message path }} }}
}}
"""


ONE = f"query ($id: ID!) {{ run(id: $id) {{ {RUN} }} }}"


@pytest.fixture
def settings(database_url: str, tmp_path: Path, stand_in: StandIn) -> Settings:
    """The settings of a server whose trainer is the stand-in."""
    plain = Settings(data_dir=tmp_path / "data", database_url=database_url, load_samples=False)
    return with_stand_in(plain, stand_in, db_lock_timeout_seconds=1.0)


@pytest.fixture
async def dataset(ask: Ask, store: Store) -> dict[str, Any]:
    """A dataset of ten traces."""
    await store(*(trace_input(f"What is {number} + {number}?") for number in range(10)))
    return await built(ask, "math")


async def built(ask: Ask, name: str) -> dict[str, Any]:
    """A dataset of all traces."""
    payload = (await ask(CREATE_DATASET, input={"name": name, "version": "v1"}))["createDataset"]
    found: dict[str, Any] = payload["dataset"]
    return found


async def started(ask: Ask, dataset: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Returns the payload of an accepted ``startRun``."""
    given = {"datasetId": dataset["id"], "modelId": "tiny-random/qwen3"} | fields
    payload: dict[str, Any] = (await ask(START, input=given))["startRun"]
    assert payload["errors"] == []
    return payload


async def reaching(ask: Ask, run: dict[str, Any], *statuses: str) -> dict[str, Any]:
    """A run, as soon as it has one of these statuses."""

    async def reached() -> dict[str, Any] | None:
        found: dict[str, Any] = (await ask(ONE, id=run["id"]))["run"]
        return found if found["status"] in statuses else None

    found: dict[str, Any] = await until(reached)
    return found
