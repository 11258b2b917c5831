"""Which folders a worker without the database removes from its machine, and which it leaves."""

from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.remote_attempts import ServedDatabase, served, worker_folder, working
from tests.support.run_storage import attempts_by_name
from tests.support.runs import StandIn, enter_run, make_dataset, until_status, with_stand_in
from tests.support.waiting import until
from tunix_rt.db.clock import instant
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.session import Database
from tunix_rt.domain.jobs.workers import live_workers
from tunix_rt.domain.runs.files import adopt, folder_of, run_folders
from tunix_rt.jobs.remote.worker import settings_apart
from tunix_rt.jobs.supervision.folder import FolderLock
from tunix_rt.settings import Settings

__all__ = ["served"]


@pytest.fixture
def settings(settings: Settings, stand_in: StandIn) -> Settings:
    """The settings of a server that runs no jobs itself."""
    return with_stand_in(settings, stand_in, worker=False)


async def test_the_folders_of_failed_runs_are_removed_once_their_files_are_stored(
    database: Database, settings: Settings, served: ServedDatabase, stand_in: StandIn, tmp_path: Path
):
    stand_in.does(error="BAD_USER_INPUT")
    run_id = await enter_run(database, settings, await make_dataset(database))
    folder = folder_of(worker_folder(served.url, tmp_path / "there"), str(run_id))

    async def is_removed() -> bool:
        return not folder.exists()

    async with working(replace(settings, server=served.url), tmp_path / "there"):
        row = await until_status(database, run_id)
        assert row.status == "FAILED"
        await until(is_removed, "the folder was not removed")
    assert (await attempts_by_name(database, run_id))["stderr.log"] == 1


async def test_folders_that_lost_attempts_have_left_are_removed_when_a_worker_starts(
    database: Database, settings: Settings, served: ServedDatabase, tmp_path: Path
):
    there, lost = worker_folder(served.url, tmp_path / "there"), uuid.uuid4()
    waiting = await enter_run(database, settings, await make_dataset(database), labels=("x",))
    for run_id in (waiting, lost):
        adopt(folder_of(there, str(run_id)), run_id)

    async def is_removed() -> bool:
        return not folder_of(there, str(lost)).exists()

    async with working(replace(settings, server=served.url), tmp_path / "there"):
        await until(is_removed, "the folder was not removed")
        assert folder_of(there, str(waiting)).exists()


async def test_no_folder_is_removed_while_a_process_of_an_earlier_worker_works(
    database: Database, settings: Settings, served: ServedDatabase, tmp_path: Path
):
    there, lost = worker_folder(served.url, tmp_path / "there"), uuid.uuid4()
    for run_id in (lost, busy := uuid.uuid4()):
        adopt(folder_of(there, str(run_id)), run_id)
    lock = FolderLock.take(folder_of(there, str(busy)))
    assert lock is not None

    async def is_registered() -> bool:
        async with database.read() as session:
            return bool(await live_workers(session, await instant(session)))

    async def is_all_removed() -> bool:
        return run_folders(there) == []

    async with working(replace(settings, server=served.url), tmp_path / "there"):  # its end waits for that of the step
        await until(is_registered, "the worker did not register")
    assert {folder.name for folder in run_folders(there)} == {str(lost), str(busy)}
    lock.release()
    async with working(replace(settings, server=served.url), tmp_path / "there"):
        await until(is_all_removed, "the folders were not removed")


async def test_a_worker_leaves_the_runs_of_the_server_that_has_the_same_data_folder(
    database: Database, settings: Settings, served: ServedDatabase, tmp_path: Path
):
    here, foreign = tmp_path / "there", uuid.uuid4()
    ended = await enter_run(database, settings, await make_dataset(database))
    async with database.write() as session:
        done = tunix_runs.update().where(tunix_runs.c.id == ended)
        await session.execute(done.values(status="COMPLETED", completed_at=await instant(session)))
    for run_id in (ended, foreign):
        adopt(folder_of(here, str(run_id)), run_id)
        (folder_of(here, str(run_id)) / "weights").write_text("the only copy")

    async def is_registered() -> bool:
        async with database.read() as session:
            return bool(await live_workers(session, await instant(session)))

    async with working(replace(settings, server=served.url), here):  # its end waits for that of the step
        await until(is_registered, "the worker did not register")
    assert all((folder_of(here, str(run_id)) / "weights").exists() for run_id in (ended, foreign))


def test_workers_for_several_servers_have_their_own_files_and_the_same_models(tmp_path: Path):
    urls = ["http://one:8000", "http://one:8000/", "http://one:8000/graphql", "http://two:8000"]
    found = [settings_apart(Settings(data_dir=tmp_path, server=url)) for url in urls]
    assert len({apart.data_dir for apart in found[:3]}) == 1
    assert found[0].data_dir != found[3].data_dir
    assert {apart.data_dir.parent for apart in found} == {tmp_path / "workers"}
    assert {apart.models_folder for apart in found} == {tmp_path / "models"}
