"""The models of runs: listed as base models, named by `run:NAME`, and checked when a run is started from one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Execute
from tests.support.run_requests import artifact, entered
from tests.support.runs import make_dataset
from tests.support.traces import data_of, on_sqlite
from tunix_rt.db.session import Database
from tunix_rt.domain.runs.files import folder_of
from tunix_rt.settings import Settings

ENDED: dict[str, Any] = {"status": "COMPLETED", "mode": "TRAIN", "attempt": 1}
MODELS = "{ baseModels { modelId source problem } }"
START = """
mutation ($model: String!, $dataset: ID!) {
  startRun(input: { datasetId: $dataset, modelId: $model, mode: TRAIN }) {
    run { modelId status } errors { code message path }
  }
}
"""


async def exported(database: Database, name: str | None) -> dict[str, Any]:
    """Stores a run that has exported its weights."""
    run = await entered(database, output_name=name, **ENDED)
    await artifact(database, run, "model/model.safetensors", kind="WEIGHTS")
    return run


async def test_a_run_starts_from_the_model_of_another(graphql: Execute, database: Database):
    dataset = str(await make_dataset(database))
    await exported(database, "addition")
    unnamed = await exported(database, None)

    for model in ("run:addition", f"run:{unnamed['id']}"):
        started = data_of(await graphql(START, {"model": model, "dataset": dataset}))["startRun"]
        assert (started["run"]["modelId"], started["errors"]) == (model, [])


@on_sqlite
@pytest.mark.parametrize("name", ["missing", "empty", "by-uuid"])
async def test_a_run_without_a_model_is_refused(graphql: Execute, database: Database, name: str):
    dataset = str(await make_dataset(database))
    await entered(database, output_name="empty", **ENDED | {"status": "FAILED"})
    named = await exported(database, "named")
    model = f"run:{named['id']}" if name == "by-uuid" else f"run:{name}"

    (error,) = data_of(await graphql(START, {"model": model, "dataset": dataset}))["startRun"]["errors"]

    assert (error["code"], error["message"]) == {
        "missing": ("NOT_FOUND", "There is no run 'missing'."),
        "empty": ("CONFLICT", "'run:empty' has no exported model: the run is FAILED."),
        "by-uuid": ("NOT_FOUND", "The run must be named by its outputName: run:named."),
    }[name]
    assert error["path"] == ["input", "modelId"]


@on_sqlite
async def test_models_of_runs_are_base_models(graphql: Execute, database: Database, settings: Settings):
    await entered(database, output_name="empty", **ENDED)
    await exported(database, "addition")
    folder = folder_of(settings.data_dir, "addition") / "model"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"model_type": "qwen3"}')
    stored = await entered(database, output_name="elsewhere", **ENDED)
    await artifact(database, stored, "model/model.safetensors", kind="WEIGHTS", attempt=1)

    found = data_of(await graphql(MODELS))["baseModels"]

    assert found[2:] == [
        {"modelId": "run:elsewhere", "source": "RUN", "problem": None},
        {"modelId": "run:addition", "source": "RUN", "problem": "It has no weights in safetensors."},
    ]
