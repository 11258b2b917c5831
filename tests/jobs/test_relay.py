"""The relay: each line of a run's files comes into the database once, and what is gone from the disk is not listed."""

from __future__ import annotations

import asyncio
import json
import shutil
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.property.conftest import Reached, reached
from tests.support.runs import StandIn, artifacts_of, enter_run, make_dataset, sequence_of, until_status, with_stand_in
from tests.support.strategies import bounded
from tests.support.waiting import until
from tunix_rt.db.identity import now
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.jobs.queue import Hold, claim, hold_of
from tunix_rt.domain.runs.files import STDOUT_FILE
from tunix_rt.errors import Unavailable
from tunix_rt.jobs.ledgers.database import DatabaseLedger
from tunix_rt.jobs.runs.kind import Runs
from tunix_rt.jobs.supervision.relay import Relay
from tunix_rt.jobs.worker import Worker
from tunix_rt.settings import Settings
from tunix_rt.trainer.contract import EVENTS_FILE

__all__ = ["reached"]


class Moody(Database):
    """A database that may go away before or after it has committed what is written next."""

    mood = "well"

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Session]:
        mood, self.mood = self.mood, "well"
        async with super().write() as session:
            yield session
            if mood == "away":
                raise Unavailable("It went away before it had committed.")
        if mood == "answer lost":
            raise Unavailable("It had committed when it went away.")


@pytest.fixture
async def moody(settings: Settings) -> AsyncIterator[Moody]:
    """The fresh database, with moods."""
    database = Moody(settings)
    yield database
    await database.close()


async def held_run(database: Database, settings: Settings) -> Hold:
    """The hold of a run that has just started."""
    await enter_run(database, settings, await make_dataset(database, name=uuid.uuid4().hex))
    async with database.write() as session:
        row = await claim(session, tunix_runs, "w", now())
    assert row is not None
    return hold_of(row)


async def relay_of(database: Database, settings: Settings, hold: Hold, folder: Path, identity: str = "here") -> Relay:
    """Returns the relay of a run whose files are in a folder."""
    await asyncio.to_thread(folder.mkdir, exist_ok=True)
    ledger = DatabaseLedger(settings, hold, database)
    run = await ledger.assigned_run()
    assert run is not None
    return Relay(ledger, run.attempt, folder, identity, run.read_to, run.lease_seconds)


MOODS = st.sampled_from(["well", "away", "answer lost", "answer lost"])
TURNS = st.lists(st.tuples(st.integers(1, 3), MOODS), min_size=1, max_size=8)


@bounded(25)
@given(moods=TURNS)
async def test_each_line_is_passed_on_once_whatever_the_database_does(
    moody: Moody, settings: Settings, tmp_path: Path, reached: Reached, moods: list[tuple[int, str]]
):
    folder = tmp_path / uuid.uuid4().hex
    hold = await held_run(moody, settings)
    relay = await relay_of(moody, settings, hold, folder)
    written: list[str] = []
    for number, mood in moods:
        fresh = [f"line {len(written) + place}" for place in range(number)]
        written += fresh
        with (folder / STDOUT_FILE).open("a") as file:
            file.writelines(f"{text}\n" for text in fresh)
        moody.mood = mood
        with suppress(Unavailable):
            await relay.pass_on()
        moody.mood = "well"
    while await relay.pass_on(last=True):
        pass

    entries = await sequence_of(moody, hold.id)
    assert [entry.text for entry in entries if hasattr(entry, "text")] == written
    reached("an answer that was lost", "answer lost" in [mood for _, mood in moods])


async def test_lines_are_relayed_once_if_a_run_returns_to_a_machine(
    database: Database, settings: Settings, tmp_path: Path
):
    hold = await held_run(database, settings)
    for text, place in (("one", "here"), ("two", "there"), ("three", "here"), ("four", "there")):
        relay = await relay_of(database, settings, hold, tmp_path / place, place)
        with (tmp_path / place / STDOUT_FILE).open("a") as file:
            file.write(f"{text}\n")
        while await relay.pass_on(last=True):
            pass

    entries = await sequence_of(database, hold.id)
    assert [entry.text for entry in entries if hasattr(entry, "text")] == ["one", "two", "three", "four"]


async def test_a_checkpoint_that_is_gone_is_not_listed_once_the_next_is_there(
    database: Database, settings: Settings, tmp_path: Path
):
    hold = await held_run(database, settings)
    relay = await relay_of(database, settings, hold, tmp_path / "run")
    for step in range(1, 4):
        place = tmp_path / "run" / "checkpoints" / str(step)
        place.mkdir(parents=True)
        with (tmp_path / "run" / EVENTS_FILE).open("a") as file:
            file.write(json.dumps({"event": "checkpoint", "step": step, "path": f"checkpoints/{step}"}) + "\n")
        if step == 3:
            shutil.rmtree(tmp_path / "run" / "checkpoints" / "1")
        await relay.pass_on()

    assert await artifacts_of(database, hold.id) == {
        "checkpoints/2": "CHECKPOINT",
        "checkpoints/3": "CHECKPOINT",
    }


async def test_a_checkpoint_removed_after_the_last_report_is_not_listed_at_the_end(
    database: Database, settings: Settings, stand_in: StandIn
):
    settings = with_stand_in(settings, stand_in)
    stand_in.waits(steps=1, forgets=True)
    run_id = await enter_run(database, settings, await make_dataset(database))
    worker = Worker(database, [Runs(settings)])
    worker.start()

    async def listed() -> bool:
        return "checkpoints/1" in await artifacts_of(database, run_id)

    await until(listed)
    stand_in.open()
    row = await until_status(database, run_id)
    await worker.stop()

    assert (row.status, await listed()) == ("COMPLETED", False)
