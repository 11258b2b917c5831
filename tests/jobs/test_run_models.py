"""Models of runs that were trained elsewhere: jobs copy what they need from the storage, whole or not at all."""

from __future__ import annotations

import asyncio
import shutil
import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select

from tests.support.run_storage import claimed_run, supervise
from tests.support.runs import StandIn, enter_run, folder_of_run, make_dataset, run_of, with_stand_in
from tests.support.traces import on_sqlite
from tunix_rt.db.identity import now
from tunix_rt.db.models import generations, traces
from tunix_rt.db.models.runs import RunMode
from tunix_rt.db.session import Database
from tunix_rt.domain.exports.sources import OfDataset
from tunix_rt.domain.generations.lifecycle import GenerationPlan, enter_generation
from tunix_rt.domain.generations.options import GenerationOptions
from tunix_rt.domain.jobs.queue import Hold, claim, hold_of
from tunix_rt.domain.replays.replays import replay_config
from tunix_rt.domain.runs.files import RUN_ID_FILE, adopt, run_id_in
from tunix_rt.domain.runs.lifecycle import delete_run, start_run
from tunix_rt.domain.storage.base import StorageFailed
from tunix_rt.jobs.dry_runs.check import dry_run
from tunix_rt.jobs.dry_runs.counting import TokenCounter
from tunix_rt.jobs.generations.process import run
from tunix_rt.jobs.holding import JobFailed
from tunix_rt.jobs.run_models import ModelProvider
from tunix_rt.settings import Settings

pytestmark = on_sqlite


@pytest.fixture
def settings(settings: Settings, stand_in: StandIn, tmp_path: Path) -> Settings:
    """The settings of a machine that has trained nothing; a folder is the storage."""
    return with_stand_in(settings, stand_in, storage_url=f"file://{tmp_path}/shared", worker=False)


@pytest.fixture
async def hold(database: Database, settings: Settings, tmp_path: Path) -> Hold:
    """A run that another machine has trained."""
    await enter_run(database, settings, await make_dataset(database), output_name="first")
    hold = await claimed_run(database)
    await supervise(replace(settings, data_dir=tmp_path / "elsewhere"), hold)
    return hold


@pytest.fixture
async def folder(database: Database, settings: Settings, hold: Hold) -> Path:
    """The run's folder on this machine, which does not exist yet."""
    return folder_of_run(settings, await run_of(database, hold.id))


def stored_weights(tmp_path: Path, hold: Hold) -> Path:
    """The weights of the run in the storage."""
    return tmp_path / "shared" / "artifacts" / str(hold.id) / "1" / "model" / "model.safetensors"


async def generated(database: Database, settings: Settings, step: int | None) -> str:
    """Answers one prompt with the run's model, and returns the generation's status."""
    plan = GenerationPlan("run:first", OfDataset(await make_dataset(database, 1, "asked")), GenerationOptions(), step)
    async with database.write() as session:
        row = await enter_generation(session, plan, now())
        claimed = await claim(session, generations, "test", now())
    assert claimed is not None
    await run(settings, hold_of(claimed))
    async with database.read() as session:
        found = (await session.execute(select(generations).where(generations.c.id == row["id"]))).one()
    return f"{found.status} {found.error_message or ''}".strip()


async def test_a_model_answers_where_it_was_not_trained(
    database: Database, settings: Settings, hold: Hold, folder: Path
):
    assert await generated(database, settings, None) == "COMPLETED"

    assert (folder / "model" / "model.safetensors").read_bytes() == b"weights"
    assert run_id_in(folder) == hold.id
    assert not (folder / "checkpoints").exists()


async def test_a_checkpoint_answers_where_it_was_not_trained(database: Database, settings: Settings, folder: Path):
    assert await generated(database, settings, 2) == "COMPLETED"

    assert [path.name for path in (folder / "checkpoints").iterdir()] == ["2"]
    assert (folder / "checkpoints" / "2" / "weights").read_bytes() == b"w" * 100
    assert (folder / "dataset.jsonl").exists()
    assert "model_id: tiny-random/qwen3" in (folder / "manifest.yaml").read_text()
    assert not (folder / "model").exists()


async def test_a_model_is_not_copied_twice(
    database: Database, settings: Settings, hold: Hold, folder: Path, tmp_path: Path
):
    provider = ModelProvider(database, settings)
    await provider.provide("run:first")
    before = (folder / "model" / "model.safetensors").stat().st_mtime_ns
    stored_weights(tmp_path, hold).unlink()

    await provider.provide("run:first")

    assert (folder / "model" / "model.safetensors").stat().st_mtime_ns == before


@pytest.mark.parametrize("content", [b"WEIGHTS", None])
async def test_a_damaged_model_is_not_used(
    database: Database, settings: Settings, hold: Hold, folder: Path, tmp_path: Path, content: bytes | None
):
    if content is None:
        stored_weights(tmp_path, hold).unlink()
    else:
        stored_weights(tmp_path, hold).write_bytes(content)

    with pytest.raises(StorageFailed):
        await ModelProvider(database, settings).provide("run:first")
    status = await generated(database, settings, None)

    assert status.startswith("FAILED artifacts/")
    assert not (folder / "model").exists()
    assert not (folder / ".fetched").exists()


async def test_two_jobs_copy_a_model_once(database: Database, settings: Settings, hold: Hold, folder: Path):
    provider = ModelProvider(database, settings)

    await asyncio.gather(*(provider.provide("run:first") for _ in range(3)))

    assert (folder / "model" / "model.safetensors").read_bytes() == b"weights"


async def test_a_folder_whose_owner_cannot_be_read_is_used(
    database: Database, settings: Settings, hold: Hold, folder: Path
):
    adopt(folder, hold.id)
    (folder / RUN_ID_FILE).write_text("half")

    await ModelProvider(database, settings).provide("run:first")

    assert (folder / "model" / "model.safetensors").read_bytes() == b"weights"


async def test_a_storage_that_is_away_is_an_error_of_the_job(
    database: Database, settings: Settings, hold: Hold, monkeypatch: pytest.MonkeyPatch
):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    away = replace(settings, storage_url="s3://bucket")

    with pytest.raises(JobFailed, match="cannot be reached"):
        await ModelProvider(database, away, 0.0).provide("run:first")


async def test_what_a_deleted_run_of_the_same_name_has_left_is_not_used(
    database: Database, settings: Settings, hold: Hold, folder: Path
):
    adopt(folder, uuid.uuid4())
    (folder / "model").mkdir()
    (folder / "model" / "model.safetensors").write_bytes(b"strange")

    await ModelProvider(database, settings).provide("run:first")

    assert (folder / "model" / "model.safetensors").read_bytes() == b"weights"
    assert run_id_in(folder) == hold.id


async def test_a_run_and_a_dry_run_start_from_a_model_that_was_trained_elsewhere(
    database: Database, settings: Settings, folder: Path
):
    dataset = await make_dataset(database, name="more")
    checked = await enter_run(database, settings, dataset, model_id="run:first", mode=RunMode.DRY_RUN)
    result = await dry_run(database, settings, TokenCounter(settings), await run_of(database, checked))
    assert (folder / "model" / "model.safetensors").exists()
    assert "The run has no exported model" in result.stderr  # the stand-in has written no configuration
    shutil.rmtree(folder)
    async with database.write() as session:
        await delete_run(session, checked)

    await enter_run(database, settings, dataset, model_id="run:first")
    further = await claimed_run(database)
    await supervise(settings, further)

    assert (await run_of(database, further.id)).status == "COMPLETED"
    assert (folder / "model" / "model.safetensors").exists()


async def test_a_replay_trains_on_the_stored_datasets_though_a_trace_was_deleted(
    database: Database, settings: Settings, hold: Hold, tmp_path: Path
):
    stored = stored_weights(tmp_path, hold).parents[1] / "dataset.jsonl"
    async with database.write() as session:
        await session.execute(delete(traces).where(traces.c.id == select(func.min(traces.c.id)).scalar_subquery()))
        row = await start_run(session, await replay_config(session, hold.id), settings, now())
    replay = await claimed_run(database)
    await supervise(settings, replay)

    folder = folder_of_run(settings, await run_of(database, row["id"]))
    assert (folder / "dataset.jsonl").read_bytes() == stored.read_bytes()
    assert (await run_of(database, replay.id)).status == "COMPLETED"
