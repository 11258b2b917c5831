"""Runs in the ledger: their insertion, the errors of their parameters, and the appending to their timelines."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import pytest

from tests.support.runs import enter_run, make_dataset, run_of, sequence_of
from tunix_rt.db.identity import now
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.models.runs import LogStream
from tunix_rt.db.session import Database
from tunix_rt.domain.datasets.storage import delete_dataset
from tunix_rt.domain.jobs.queue import Hold, claim, finish, heartbeat, hold_condition, hold_of, release
from tunix_rt.domain.runs.config import RunConfig, config_json, config_of
from tunix_rt.domain.runs.events import LogLine, append
from tunix_rt.domain.runs.lifecycle import cancel_run, delete_run, retry_run
from tunix_rt.domain.runs.manifest import Lora, Mesh, Training
from tunix_rt.errors import Conflict, NotFound, ValidationErrors
from tunix_rt.settings import Settings


async def take(database: Database) -> Hold:
    """Claims the pending run."""
    async with database.write() as session:
        row = await claim(session, tunix_runs, "w", now())
    assert row is not None
    return hold_of(row)


async def append_lines(database: Database, hold: Hold, *texts: str) -> bool:
    """Appends log lines, as the process that holds a run does."""
    lines = [LogLine(now(), hold.attempt, LogStream.STDOUT, text) for text in texts]
    async with database.write() as session:
        return await append(session, hold.id, lines, hold_condition(tunix_runs, hold))


def test_parameters_are_stored_whole():
    config = RunConfig(
        dataset_id=uuid.UUID(int=1),
        model_id="m",
        training=Training(learning_rate=0.5, max_steps=3),
        lora=Lora(rank=2),
        mesh=Mesh(fsdp=2),
        output_name="n",
        timeout_seconds=5,
    )

    assert config_of(config_json(config)) == config


WRONG: dict[tuple[str, ...], dict[str, Any]] = {
    ("model_id",): {"model_id": "a\nb"},
    ("learning_rate",): {"training": Training(learning_rate=0)},
    ("max_seq_length",): {"training": Training(max_seq_length=127)},
    ("lora",): {"lora": Lora(rank=1)},
    ("batch_size",): {"mesh": Mesh(fsdp=3)},
    ("mesh", "tp"): {"mesh": Mesh(tp=0)},
    ("timeout_seconds",): {"timeout_seconds": 604_801},
    ("output_name",): {"output_name": "a/b"},
}


@pytest.mark.parametrize("path", WRONG)
async def test_each_invalid_parameter_is_reported_on_its_field(
    database: Database, settings: Settings, path: tuple[str, ...]
):
    with pytest.raises(ValidationErrors) as caught:
        await enter_run(database, settings, await make_dataset(database), **WRONG[path])

    assert [error.path for error in caught.value.errors] == [path]


@pytest.mark.parametrize("name", ["", ".", "..", ".hidden", "a b", "é", "a" * 65, "a\0", str(uuid.UUID(int=7))])
async def test_a_name_that_is_no_folders_is_refused(database: Database, settings: Settings, name: str):
    with pytest.raises(ValidationErrors) as caught:
        await enter_run(database, settings, await make_dataset(database), output_name=name)

    assert caught.value.path == ("output_name",)


async def test_missing_datasets_are_reported_with_all_other_errors(database: Database, settings: Settings):
    with pytest.raises(ValidationErrors) as caught:
        await enter_run(
            database, settings, uuid.UUID(int=1), eval_dataset_id=uuid.UUID(int=2), training=Training(num_epochs=0)
        )

    assert [error.path for error in caught.value.errors] == [("num_epochs",), ("dataset_id",), ("eval_dataset_id",)]
    assert {type(error) for error in caught.value.errors[1:]} == {NotFound}


async def test_the_evaluation_dataset_is_not_the_training_dataset(database: Database, settings: Settings):
    dataset = await make_dataset(database)
    with pytest.raises(ValidationErrors) as caught:
        await enter_run(database, settings, dataset, eval_dataset_id=dataset)

    assert caught.value.path == ("eval_dataset_id",)


async def test_two_runs_do_not_share_a_folder(database: Database, settings: Settings):
    dataset = await make_dataset(database)
    first = await enter_run(database, settings, dataset, output_name="mine")
    with pytest.raises(ValidationErrors, match=str(first)):
        await enter_run(database, settings, dataset, output_name="mine")
    async with database.write() as session:
        assert await delete_run(session, first) == "mine"

    await enter_run(database, settings, dataset, output_name="mine")


async def test_a_dataset_that_a_run_refers_to_stays(database: Database, settings: Settings):
    dataset = await make_dataset(database)
    run_id = await enter_run(database, settings, dataset)
    with pytest.raises(Conflict):
        async with database.write() as session:
            await delete_dataset(session, dataset)
    async with database.write() as session:
        await delete_run(session, run_id)
        await delete_dataset(session, dataset)


async def test_entries_are_numbered_without_a_gap(database: Database, settings: Settings):
    run_id = await enter_run(database, settings, await make_dataset(database))
    hold = await take(database)
    assert await append_lines(database, hold, "one", "two")
    assert await append_lines(database, hold)
    assert await append_lines(database, hold, "three")

    entries = await sequence_of(database, run_id)
    assert [entry.seq for entry in entries] == [1, 2, 3, 4]
    assert [entry.text for entry in entries[1:]] == ["one", "two", "three"]
    assert (await run_of(database, run_id)).last_seq == 4


async def test_a_process_that_has_lost_its_hold_appends_nothing(database: Database, settings: Settings):
    run_id = await enter_run(database, settings, await make_dataset(database))
    hold = await take(database)
    for stranger in (replace(hold, owner="x"), replace(hold, attempt=2), replace(hold, id=uuid.UUID(int=9))):
        assert not await append_lines(database, stranger, "lost")
    async with database.write() as session:
        await finish(session, tunix_runs, hold, JobStatus.COMPLETED, now())
    assert not await append_lines(database, hold, "late")

    assert len(await sequence_of(database, run_id)) == 1


async def test_a_retried_run_forgets_how_its_last_attempt_ended(database: Database, settings: Settings):
    run_id = await enter_run(database, settings, await make_dataset(database))
    hold = await take(database)
    ended: dict[str, Any] = {"exit_code": 1, "duration_seconds": 2.5, "eta_seconds": 3.5, "message": "It has failed."}
    async with database.write() as session:
        await finish(session, tunix_runs, hold, JobStatus.FAILED, now(), **ended)
        await retry_run(session, run_id, settings, now())

    row = await run_of(database, run_id)
    assert (row.exit_code, row.duration_seconds, row.eta_seconds) == (None, None, None)
    assert row.message == "It was queued again."


async def test_the_times_of_a_lost_attempt_are_not_those_of_the_next_one(database: Database, settings: Settings):
    run_id = await enter_run(database, settings, await make_dataset(database))
    hold = await take(database)
    times: dict[str, Any] = {"duration_seconds": 2.5, "eta_seconds": 3.5}

    async def stored_times() -> tuple[float | None, float | None]:
        row = await run_of(database, run_id)
        return row.duration_seconds, row.eta_seconds

    async with database.write() as session:
        await heartbeat(session, tunix_runs, hold, now(), **times)
        assert await release(session, tunix_runs, hold, now()) is JobStatus.PENDING
    assert await stored_times() == (None, None)
    async with database.write() as session:
        await session.execute(tunix_runs.update().values(times))
    await take(database)
    assert await stored_times() == (None, None)


async def test_a_run_goes_on_after_a_retry_and_no_more_once_it_is_complete(database: Database, settings: Settings):
    run_id = await enter_run(database, settings, await make_dataset(database))
    async with database.write() as session:
        await cancel_run(session, run_id, now())
        await retry_run(session, run_id, settings, now())
    hold = await take(database)
    async with database.write() as session:
        with pytest.raises(Conflict):
            await delete_run(session, run_id)
        await finish(session, tunix_runs, hold, JobStatus.COMPLETED, now())
    for change in (cancel_run, lambda session, run, at: retry_run(session, run, settings, at)):
        with pytest.raises(Conflict):
            async with database.write() as session:
                await change(session, run_id, now())

    states = [entry.status for entry in await sequence_of(database, run_id)]
    assert states == ["PENDING", "CANCELLED", "PENDING"]


async def test_missing_runs_are_reported(database: Database, settings: Settings):
    async with database.write() as session:
        for change in (
            cancel_run(session, uuid.UUID(int=1), now()),
            retry_run(session, uuid.UUID(int=1), settings, now()),
            delete_run(session, uuid.UUID(int=1)),
        ):
            with pytest.raises(NotFound):
                await change
