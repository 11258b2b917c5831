"""The history of a run's attempts under any interleaving of trainers, supervisors, workers and users: it stays true."""

from __future__ import annotations

import asyncio
import itertools
import json
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import event
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine
from sqlalchemy import delete, insert, select

from tests.support.ledger import run_row
from tests.support.runs import sequence_of
from tunix_rt.db.identity import now
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Database
from tunix_rt.domain.jobs.ledger import ENDS, RETRIABLE
from tunix_rt.domain.jobs.queue import Hold, claim, finish, hold_of, release, settle_expired
from tunix_rt.domain.runs.attempts import attempts_of
from tunix_rt.domain.runs.events import append_state
from tunix_rt.domain.runs.files import STDOUT_FILE
from tunix_rt.domain.runs.lifecycle import cancel_run, record_state, retry_run
from tunix_rt.errors import Conflict
from tunix_rt.jobs.ledgers.database import DatabaseLedger
from tunix_rt.jobs.supervision.relay import Relay
from tunix_rt.settings import Settings
from tunix_rt.trainer.contract import EVENTS_FILE

LEASE = timedelta(seconds=60)
EVENTS: list[dict[str, Any]] = [
    {"event": "dataset", "split": "TRAIN", "totalSteps": 4},
    {"event": "restored", "step": 1},
    {"event": "progress", "step": 2, "totalSteps": 4},
    {"event": "metric", "step": 2, "name": "train/loss", "value": 0.5, "kind": "FINITE"},
]


@dataclass
class Known:
    """The expected history of an attempt."""

    number: int
    status: JobStatus = JobStatus.RUNNING
    reason: str | None = None


class History(RuleBasedStateMachine):
    """One run, and all that can happen to it."""

    runner: asyncio.Runner
    database: Database
    settings: Settings
    folders: ClassVar[Any] = itertools.count()
    late: ClassVar[int] = 0
    """Returns how often output of an ended attempt was relayed after another attempt had started."""

    @initialize()
    def enter(self) -> None:
        """A user starts a run."""
        self.folder = self.settings.data_dir / str(next(self.folders))
        self.folder.mkdir(parents=True)
        self.status, self.attempts = JobStatus.PENDING, list[Known]()
        self.relays: list[Relay] = []
        self.measured = 0
        self.waiting: list[int] = []
        self.hold = Hold(uuid.uuid4(), "", 0)
        row = run_row(now(), 9, id=self.hold.id, mode="TRAIN")
        self.call(lambda session: session.execute(delete(tunix_runs)))
        self.call(lambda session: session.execute(insert(tunix_runs).values(row)))

    def call(self, work: Callable[[Any], Awaitable[Any]]) -> Any:
        """Returns the result of some work in a separate transaction."""

        async def transaction() -> Any:
            async with self.database.write() as session:
                return await work(session)

        return self.runner.run(transaction())

    def over(self, status: JobStatus, reason: str) -> None:
        """The attempt has ended so."""
        self.attempts[-1].status, self.attempts[-1].reason = status, reason

    @precondition(lambda self: self.status is JobStatus.PENDING)
    @rule(passes_on=st.booleans())
    def take(self, passes_on: bool) -> None:
        """A worker takes the run, and a supervisor begins with it, mostly with what was left before."""

        async def taking(session: Any) -> Any:
            row = await claim(session, tunix_runs, f"w{len(self.attempts)}", now())
            await record_state(session, self.hold.id, None, "A worker has picked it up.")
            return row

        self.hold = hold_of(self.call(taking))
        self.status = JobStatus.RUNNING
        self.attempts.append(Known(len(self.attempts) + 1))
        known = self.call(lambda session: session.scalar(select(tunix_runs.c.read_to)))
        ledger = DatabaseLedger(self.settings, self.hold, self.database)
        self.relays.append(Relay(ledger, self.hold.attempt, self.folder, "here", known or {}, LEASE.total_seconds()))
        if passes_on:
            self.relay(0)

    @precondition(lambda self: self.attempts)
    @rule(reported=st.sampled_from(EVENTS), back=st.integers(0, 1), passes_on=st.booleans())
    def emit(self, reported: dict[str, Any], back: int, passes_on: bool) -> None:
        """A trainer writes, the newest or one that should be dead."""
        attempt = max(1, self.hold.attempt - back)
        with (self.folder / EVENTS_FILE).open("a") as file:
            file.write(json.dumps(reported | {"attempt": attempt}) + "\n")
        with (self.folder / STDOUT_FILE).open("a") as file:
            file.write(f"{attempt}\n")
        self.measured += reported["event"] == "metric"
        self.waiting.append(attempt)
        if passes_on:
            self.relay(0)

    @precondition(lambda self: self.relays)
    @rule(back=st.integers(0, 1))
    def relay(self, back: int) -> None:
        """A supervisor passes on what there is: the newest, or one that was thought to be dead."""
        relay = self.relays[max(0, len(self.relays) - 1 - back)]
        passed = self.runner.run(relay.pass_on())
        holds = relay is self.relays[-1] and self.status is JobStatus.RUNNING
        assert holds or not passed
        if holds:
            late = any(attempt < self.hold.attempt for attempt in self.waiting)
            type(self).late += late
            event(f"something late was passed on: {late}")
            self.waiting.clear()

    @precondition(lambda self: self.status is JobStatus.RUNNING)
    @rule(lapses=st.booleans())
    def die(self, lapses: bool) -> None:
        """The supervisor is killed: its worker sees it, or finds that its lease has passed."""
        reason = "It is gone."

        async def dying(session: Any) -> JobStatus:
            if lapses:
                (settled,) = await settle_expired(session, tunix_runs, now() + 2 * LEASE)
                status: JobStatus | None = settled.status
            else:
                status = await release(session, tunix_runs, self.hold, now(), reason)
            await record_state(session, self.hold.id, reason, "")
            assert status is not None
            return status

        self.status = self.call(dying)
        self.over(self.status if self.status in ENDS else JobStatus.FAILED, reason)

    @precondition(lambda self: self.status is JobStatus.RUNNING)
    @rule(reported=st.sampled_from(EVENTS), lapses=st.booleans())
    def leave(self, reported: dict[str, Any], lapses: bool) -> None:
        """The supervisor is killed before it passed on what its trainer wrote; the next one finds that."""
        self.emit(reported, 0, passes_on=False)
        self.die(lapses)
        if self.status is JobStatus.PENDING:
            self.take(passes_on=True)

    @precondition(lambda self: self.status is JobStatus.RUNNING)
    @rule(status=st.sampled_from(sorted(ENDS, key=str)))
    def end(self, status: JobStatus) -> None:
        """The supervisor records how the attempt ended."""

        async def ending(session: Any) -> None:
            assert await finish(session, tunix_runs, self.hold, status, now())
            await append_state(session, self.hold.id, now(), "So it ended.")

        self.call(ending)
        self.status = status
        self.over(status, "So it ended.")

    @rule(cancels=st.booleans())
    def ask(self, cancels: bool) -> None:
        """A user wants the run to end, or to be tried again."""
        run_id = self.hold.id
        try:
            self.call(
                lambda session: (
                    cancel_run(session, run_id, now()) if cancels else retry_run(session, run_id, self.settings, now())
                )
            )
        except Conflict:
            assert self.status in ENDS if cancels else self.status not in RETRIABLE
        else:
            waits = self.status is JobStatus.PENDING
            self.status = JobStatus.PENDING if not cancels else JobStatus.CANCELLED if waits else self.status

    @invariant()
    def the_history_is_as_expected(self) -> None:
        """Each attempt has the expected status, and no state of an attempt comes after one of the next."""

        async def read() -> Any:
            async with self.database.read() as session:
                return (await attempts_of(session, [self.hold.id]))[self.hold.id]

        found = self.runner.run(read())
        assert [(each.attempt, each.status, each.reason) for each in found] == [
            (known.number, known.status, known.reason) for known in self.attempts
        ]
        assert all((each.completed_at is None) is (each.status is JobStatus.RUNNING) for each in found)
        entries = self.runner.run(sequence_of(self.database, self.hold.id))
        assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
        states = [entry.attempt for entry in entries if hasattr(entry, "status")]
        assert states == sorted(states)
        reported = sum(getattr(entry, "name", "") == "train/loss" for entry in entries)
        assert reported == self.measured or self.waiting, "a measurement is missing, or there twice"


def test_any_interleaving_keeps_the_history_true(database_url: str, tmp_path: Path):
    with asyncio.Runner() as runner:
        settings = Settings(data_dir=tmp_path, database_url=database_url)
        database = Database(settings)
        bound = {"runner": runner, "database": database, "settings": settings}
        machine: type[History] = type("BoundHistory", (History,), bound)
        try:
            run_machine(machine, settings=hypothesis_settings(max_examples=40, stateful_step_count=30, deadline=None))
        finally:
            runner.run(database.close())
    assert machine.late >= 10
