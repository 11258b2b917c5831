"""Receipts and replays through the API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.api import Ask, Store
from tests.support.runs import StandIn, stand_in, with_stand_in
from tests.support.traces import CREATE_DATASET, UNKNOWN_UUID, on_sqlite, trace_input
from tunix_rt.settings import Settings

__all__ = ["stand_in"]

RUN = """
  uuid status config { batchSize } replayOf { uuid outputName }
  replay { verdict step differences { path original replay } }
  receipts {
    attempt python platform devices packages { name value } flags { name value }
    datasets { evaluation sha256 recordCount usedCount } weights { step sha256 }
  }
"""
START = f"mutation ($input: StartRunInput!) {{ startRun(input: $input) {{ run {{ {RUN} }} errors {{ message }} }} }}"
REPLAY = f"""
mutation ($input: ReplayRunInput!) {{ replayRun(input: $input) {{ run {{ {RUN} }} errors {{ code message path }} }} }}
"""
ENVIRONMENT: dict[str, Any] = {
    "python": "3.11.7",
    "platform": "Linux",
    "devices": ["cpu:0"],
    "versions": {"tunix": "0.1.7", "jax": "0.10.2"},
    "flags": {"XLA_FLAGS": "-x"},
}
HASHES = [digit * 64 for digit in "0123"]


@pytest.fixture
def settings(database_url: str, tmp_path: Path, stand_in: StandIn) -> Settings:
    """The settings of a server whose trainer is the stand-in."""
    return with_stand_in(Settings(data_dir=tmp_path / "data", database_url=database_url, load_samples=False), stand_in)


@on_sqlite
async def test_a_run_is_replayed(ask: Ask, store: Store, stand_in: StandIn):
    stand_in.does(receipt=ENVIRONMENT, hashes=HASHES)
    await store(trace_input("What is 1 + 1?"))
    await ask(CREATE_DATASET, input={"name": "math", "version": "v1"})
    parameters = {"datasetId": "math-v1", "modelId": "tiny-random/qwen3", "mode": "TRAIN", "batchSize": 2}
    started = (await ask(START, input=parameters | {"outputName": "first", "wait": True}))["startRun"]["run"]
    assert (started["status"], started["replay"], started["replayOf"]) == ("COMPLETED", None, None)
    (receipt,) = started["receipts"]
    assert [value["name"] for value in receipt["packages"]] == ["jax", "tunix"]
    assert receipt["flags"] == [{"name": "XLA_FLAGS", "value": "-x"}]
    assert [found["step"] for found in receipt["weights"]] == [0, 1, 2, 3]

    stand_in.does(receipt=ENVIRONMENT | {"devices": ["cpu:0", "cpu:1"]}, hashes=HASHES)
    given = {"id": "first", "wait": True, "idempotencyKey": "again"}
    payload = (await ask(REPLAY, input=given))["replayRun"]

    assert payload["errors"] == []
    run = payload["run"]
    assert (run["status"], run["config"]) == ("COMPLETED", {"batchSize": 2})
    assert run["replayOf"] == {"uuid": started["uuid"], "outputName": "first"}
    assert run["replay"] == {
        "verdict": "EQUAL",
        "step": 3,
        "differences": [{"path": "devices", "original": '["cpu:0"]', "replay": '["cpu:0", "cpu:1"]'}],
    }
    assert (await ask(REPLAY, input=given))["replayRun"]["run"]["uuid"] == run["uuid"], "the key was used before"
    await ask("mutation ($id: ID!) { deleteRun(input: {id: $id}) { errors { message } } }", id="first")
    assert (await ask(REPLAY, input=given))["replayRun"]["run"]["uuid"] == run["uuid"], "the original is not needed"


@on_sqlite
async def test_what_cannot_be_replayed_is_refused(ask: Ask, store: Store):
    await store(trace_input("What is 1 + 1?"))
    await ask(CREATE_DATASET, input={"name": "math", "version": "v1"})
    given = {"datasetId": "math-v1", "modelId": "tiny-random/qwen3", "outputName": "checked", "wait": True}
    await ask(START, input=given)

    for name, code in (("checked", "CONFLICT"), (UNKNOWN_UUID, "NOT_FOUND")):
        payload = (await ask(REPLAY, input={"id": name}))["replayRun"]
        assert payload["run"] is None
        assert [(error["code"], error["path"]) for error in payload["errors"]] == [(code, ["input", "id"])]
