"""``startRun`` on an engine other than the local one: what is stored, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Execute
from tests.support.api import Ask
from tests.support.postgres import free_port
from tests.support.runs import make_dataset
from tests.support.traces import data_of, on_sqlite
from tunix_rt.db.session import Database
from tunix_rt.settings import Settings

START = """
mutation ($input: StartRunInput!) {
  startRun(input: $input) {
    run { status engine config { resources { cpus gpus tpus memoryGib } } } errors { code message path }
  }
}
"""
MODEL = {"modelId": "tiny-random/qwen3", "mode": "TRAIN"}


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of a server without a worker, whose Ray cluster does not answer."""
    plain = Settings(data_dir=tmp_path / "data", database_url=database_url, load_samples=False, worker=False)
    address, public = f"http://127.0.0.1:{free_port()}", "http://server.example"
    return replace(plain, ray_address=address, ray_token="of-the-cluster", public_url=public)


async def test_a_run_waits_for_its_engine(ask: Ask, database: Database):
    given = MODEL | {"datasetId": str(await make_dataset(database)), "engine": "RAY"}
    resources = {"cpus": 2.5, "gpus": 1, "memoryGib": 16}

    payload = (await ask(START, input=given | {"resources": resources}))["startRun"]

    assert payload["errors"] == []
    assert (payload["run"]["status"], payload["run"]["engine"]) == ("PENDING", "ray")
    assert payload["run"]["config"]["resources"] == resources | {"tpus": None}


async def test_a_run_trains_locally_by_default(ask: Ask, database: Database):
    payload = (await ask(START, input=MODEL | {"datasetId": str(await make_dataset(database))}))["startRun"]

    assert (payload["run"]["engine"], payload["run"]["config"]["resources"]) == ("local", None)


@on_sqlite
@pytest.mark.parametrize(
    ("given", "path", "words"),
    [
        ({"mode": "DRY_RUN", "engine": "RAY"}, ["engine"], "must be LOCAL for a dry run"),
        ({"engine": "SLURM"}, ["engine"], "engine SLURM is not configured here"),
        ({"resources": {"cpus": 1}}, ["resources"], "resources is for the engines RAY and SLURM"),
        ({"engine": "RAY", "resources": {"cpus": 0}}, ["resources", "cpus"], "between 0.1 and 1,024; it is 0."),
        ({"engine": "RAY", "resources": {"gpus": 17}}, ["resources", "gpus"], "between 1 and 16; it is 17."),
        ({"engine": "RAY", "resources": {"tpus": 0}}, ["resources", "tpus"], "between 1 and 16; it is 0."),
        ({"engine": "RAY", "resources": {"memoryGib": 65_537}}, ["resources", "memoryGib"], "between 1 and 65,536"),
    ],
)
async def test_an_engine_or_a_resource_that_is_refused(
    graphql: Execute, database: Database, given: dict[str, Any], path: list[str], words: str
):
    values = MODEL | {"datasetId": str(await make_dataset(database))} | given

    (error,) = data_of(await graphql(START, {"input": values}))["startRun"]["errors"]

    assert (error["code"], error["path"]) == ("BAD_USER_INPUT", ["input", *path])
    assert words in error["message"]


async def test_a_cluster_that_does_not_answer_is_listed_with_the_reason(ask: Ask, settings: Settings):
    local, ray = (await ask("{ engines { name kind address reachable reason resources { name } } }"))["engines"]

    assert local["name"] == "local"
    assert (ray["name"], ray["kind"], ray["address"]) == ("ray", "RAY", settings.ray_address)
    assert (ray["reachable"], ray["resources"]) == (False, [])
    assert ray["reason"] == f"Ray at {settings.ray_address} cannot be reached (ConnectError)."
