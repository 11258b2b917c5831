"""What a worker and its processes do if their server or their machine refuses or fails them."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.keys import keys_of_all_scopes
from tests.support.object_storage import proxying
from tests.support.processes import processes_about
from tests.support.remote_attempts import ServedDatabase, attempt_process, ended, held_run, served, token_for, working
from tests.support.run_storage import texts
from tests.support.runs import StandIn, enter_run, make_dataset, run_of, until_status, with_stand_in
from tests.support.supervised_runs import check_sequence
from tests.support.waiting import WAIT_SECONDS, until, until_nothing
from tunix_rt.db import session as sessions
from tunix_rt.db.clock import instant
from tunix_rt.db.models import api_keys, tunix_runs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Database, Retrying
from tunix_rt.domain.attempts.batches import NUMBER
from tunix_rt.domain.attempts.tokens import AttemptOver
from tunix_rt.domain.jobs.workers import live_workers
from tunix_rt.domain.keys.scopes import KeyScope
from tunix_rt.errors import BadUserInput, Conflict, NotFound, ServerFailed, SettingsError, TunixRtError, Unavailable
from tunix_rt.jobs.engines.local import start_process
from tunix_rt.jobs.remote import worker as remote_worker
from tunix_rt.jobs.remote.client import check
from tunix_rt.jobs.remote.worker import RemoteWorker
from tunix_rt.settings import Settings

__all__ = ["served"]

BODY = '{"errors": [{"message": "Why."}]}'


@pytest.fixture
def settings(settings: Settings, stand_in: StandIn) -> Settings:
    """The settings of a server that runs no jobs itself."""
    return with_stand_in(settings, stand_in, worker=False)


@pytest.fixture
async def keys(database: Database) -> dict[KeyScope, str]:
    """The secrets of keys that are there when the server starts."""
    return await keys_of_all_scopes(database)


@pytest.mark.parametrize("single", [False, True])
@pytest.mark.parametrize(
    ("key", "message"),
    [("wrong", "API key"), ("", "API key"), ("read", "scope")],
)
async def test_a_worker_whose_key_is_refused_ends_at_its_start(
    settings: Settings,
    keys: dict[KeyScope, str],
    served: ServedDatabase,
    tmp_path: Path,
    key: str,
    message: str,
    single: bool,
):
    run_id = uuid.uuid4() if single else None
    secret = keys[KeyScope.READ]
    given = {"wrong": secret[:-4] + "0000", "read": secret}.get(key, "")
    worker = RemoteWorker(replace(settings, server=served.url, key=given, data_dir=tmp_path / "there"), run_id)

    with pytest.raises(SettingsError, match=message) as refused:
        await asyncio.wait_for(worker.run(asyncio.Event()), WAIT_SECONDS)

    assert refused.value.message.startswith(f"{served.url} refuses this worker: ")


@pytest.mark.parametrize("single", [False, True])
async def test_a_worker_whose_key_is_revoked_later_goes_on(
    database: Database,
    settings: Settings,
    keys: dict[KeyScope, str],
    served: ServedDatabase,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    single: bool,
):
    run_id = (await held_run(database, settings)).id if single else None

    async def is_registered() -> bool:
        async with database.read() as session:
            return bool(await live_workers(session, await instant(session)))

    async def is_logged() -> bool:
        return "refuses this worker" in caplog.text

    given = replace(settings, server=served.url, key=keys[KeyScope.RUN])
    async with working(given, tmp_path / "there", run_id) as task:
        await until(is_registered, "the worker did not register")
        async with database.write() as session:
            mine = api_keys.c.name == KeyScope.RUN.value
            await session.execute(api_keys.update().where(mine).values(revoked_at=await instant(session)))
        await until(is_logged, "the refusal was not logged")
        assert not task.done()


async def test_an_end_that_cannot_be_reported_does_not_keep_a_worker_from_other_runs(
    database: Database, settings: Settings, served: ServedDatabase, stand_in: StandIn, tmp_path: Path
):
    stand_in.waits()
    dataset = await make_dataset(database)
    first = await enter_run(database, settings, dataset)

    async def without_outcomes(line: str) -> None:
        if "/outcome" in line:
            raise ConnectionError

    async def stepped() -> bool:
        return bool((await run_of(database, first)).step)

    async def is_anything_left() -> bool:
        return bool(processes_about(tmp_path / "there"))

    async with proxying(int(served.url.rpartition(":")[2])) as proxy:

        async def is_tried() -> bool:
            return any("/outcome" in line for line in proxy.requests)

        proxy.on_request = without_outcomes
        given = replace(settings, server=proxy.url, run_slots=2)
        async with working(given, tmp_path / "there"):
            await until(stepped, "it does not train")
            for process in processes_about(tmp_path / "there"):
                with suppress(ProcessLookupError):  # it may have ended with another one
                    os.kill(process, signal.SIGKILL)
            await until(is_tried, "the lost process was not reported")
            second = await enter_run(database, settings, dataset)
            await until_status(database, second, JobStatus.RUNNING)
            proxy.on_request = None
            stand_in.open()
            row = await until_status(database, first, JobStatus.COMPLETED)
            await until_status(database, second, JobStatus.COMPLETED)
            await until_nothing(is_anything_left, "a process does not end")  # it may wait for an answer by the proxy

    assert row.attempt == 2


async def test_a_process_that_cannot_be_started_ends_its_attempt_and_not_the_worker(
    database: Database, settings: Settings, served: ServedDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    failures = [OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))]

    def start_later(command: Sequence[str], environment: Mapping[str, str]) -> Any:
        if failures:
            raise failures.pop()
        return start_process(command, environment)

    monkeypatch.setattr(remote_worker, "start_process", start_later)
    run_id = await enter_run(database, settings, await make_dataset(database))
    async with working(replace(settings, server=served.url), tmp_path / "there"):
        row = await until_status(database, run_id)

    assert (row.status, row.attempt) == ("COMPLETED", 2)
    reason = "Its process could not be started: Resource temporarily unavailable. Another attempt follows."
    assert reason in texts(await check_sequence(database, row))


async def test_an_error_of_a_step_does_not_stop_a_worker_that_serves(
    database: Database, settings: Settings, served: ServedDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(remote_worker, "POLL_SECONDS", 0.05)
    monkeypatch.setattr(remote_worker, "PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(remote_worker, "SWEEP_SECONDS", 0.0)
    failures, find_folders = [RuntimeError("unexpected")], remote_worker.oldest_folders
    calls: list[Path] = []

    def fail_once(folder: Path) -> dict[uuid.UUID, Path]:
        calls.append(folder)
        if len(calls) > 1 and failures:
            raise failures.pop()
        return find_folders(folder)

    async def goes_on() -> bool:
        return len(calls) > 2

    monkeypatch.setattr(remote_worker, "oldest_folders", fail_once)
    async with working(replace(settings, server=served.url), tmp_path / "there"):
        await until(goes_on, "the worker does not go on")
    assert failures == []


async def test_an_attempt_whose_reports_are_refused_ends_with_the_reason(
    database: Database, settings: Settings, served: ServedDatabase, stand_in: StandIn, tmp_path: Path
):
    stand_in.waits()
    hold = await held_run(database, settings)

    async def stepped() -> bool:
        return bool((await run_of(database, hold.id)).step)

    async with attempt_process(served.url, await token_for(database, hold), stand_in, tmp_path / "there") as process:
        await until(stepped, "it does not train")
        async with database.write() as writing:
            read_to = (await run_of(database, hold.id)).read_to | {NUMBER: 99}
            await writing.execute(tunix_runs.update().values(read_to=read_to))
        stand_in.open()
        assert await ended(process) == 0

    row = await run_of(database, hold.id)
    assert row.status == "PENDING"
    assert row.message.startswith("A report of its process was refused: number must be 100, the one after the last")


@pytest.mark.parametrize(
    ("status", "text", "error"),
    [
        (401, BODY, AttemptOver),
        (410, BODY, AttemptOver),
        (404, BODY, NotFound),
        (409, BODY, Conflict),
        (413, BODY, BadUserInput),
        (429, BODY, Unavailable),
        (503, BODY, Unavailable),
        (502, "<html>", Unavailable),
        (500, BODY, ServerFailed),
        (401, "<html>", ServerFailed),
        (404, "<html>", ServerFailed),
        (302, "", ServerFailed),
    ],
)
def test_the_answers_of_a_server_and_those_of_a_proxy(status: int, text: str, error: type[TunixRtError]):
    answer = httpx.Response(status, text=text, request=httpx.Request("POST", "http://server/v1/attempt/batches"))

    with pytest.raises(error) as raised:
        check(answer)
    assert type(raised.value) is error
    assert raised.value.message == ("Why." if text == BODY else f"The server answered with status {status}.")


def test_a_file_that_is_not_there_is_not_found_without_a_body():
    with pytest.raises(NotFound):
        check(httpx.Response(404, request=httpx.Request("HEAD", "http://server/v1/attempt/files/x")))


async def test_a_server_that_fails_is_given_up_sooner_than_one_that_is_away(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sessions, "RETRY_SECONDS", 0.0)
    errors: list[Unavailable] = []

    async def fails() -> None:
        error = errors.pop(0)
        raise error

    errors[:] = [ServerFailed("1"), Unavailable("2"), ServerFailed("3"), ServerFailed("4"), Unavailable("5")]
    with pytest.raises(ServerFailed, match="4"):
        await Retrying(WAIT_SECONDS, failed_seconds=0.0)(fails)
