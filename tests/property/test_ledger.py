"""The ledger under any interleaving of workers, crashes, lapses and users: one owner, legal moves, nothing lost."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import event
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete, insert, select

from tests.support.factories import START
from tests.support.ledger import export_row
from tunix_rt.db.models import exports
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Database
from tunix_rt.domain.jobs.ledger import ENDS, LEASE, RETRIABLE, TRANSITIONS, request_cancel, retry
from tunix_rt.domain.jobs.queue import Hold, HoldState, claim, finish, heartbeat, hold_of, release, settle_expired
from tunix_rt.errors import Conflict
from tunix_rt.settings import Settings


@dataclass
class Job:
    """The expected state of a job in the ledger."""

    order: int
    status: JobStatus = JobStatus.PENDING
    attempt: int = 0
    max_attempts: int = 2
    owner: str | None = None
    lease_until: float = 0.0
    cancelling: bool = False

    def holds(self, hold: Hold) -> bool:
        """Returns whether a hold is still good."""
        return self.status is JobStatus.RUNNING and (self.owner, self.attempt) == (hold.owner, hold.attempt)

    def is_lapsed(self, seconds: float) -> bool:
        """Returns whether its process is taken for gone."""
        late = not seconds <= self.lease_until <= seconds + 2 * LEASE.total_seconds()
        return self.status is JobStatus.RUNNING and late

    def move(self, status: JobStatus) -> None:
        """Brings it to a status that it may become."""
        assert status in TRANSITIONS[self.status]
        self.status = status
        self.owner = None

    def lose(self) -> JobStatus:
        """Updates the expected state of a job whose process is gone."""
        left = self.attempt < self.max_attempts
        self.move(JobStatus.CANCELLED if self.cancelling else JobStatus.PENDING if left else JobStatus.FAILED)
        return self.status


class Ledger(RuleBasedStateMachine):
    """Workers and users of one ledger, and its expected state after each step."""

    runner: asyncio.Runner
    database: Database

    jobs = Bundle("jobs")
    holds = Bundle("holds")

    def __init__(self) -> None:
        super().__init__()
        self.model: dict[uuid.UUID, Job] = {}
        self.given: set[tuple[uuid.UUID, int]] = set()
        self.seconds = 0.0
        self.run(delete(exports))

    @property
    def now(self) -> Any:
        """The instant that it is."""
        return START + timedelta(seconds=self.seconds)

    def run(self, statement: Any) -> None:
        """Executes a statement."""
        self.call(lambda session: session.execute(statement))

    def call(self, work: Any) -> Any:
        """Returns the result of some work in a separate transaction, which an exception rolls back."""

        async def transaction() -> Any:
            async with self.database.write() as session:
                return await work(session)

        return self.runner.run(transaction())

    @rule(target=jobs, attempts=st.integers(1, 3))
    def enter(self, attempts: int) -> uuid.UUID:
        """A user starts a job."""
        order = len(self.model)
        row = export_row(START + timedelta(microseconds=order), attempts)
        self.run(insert(exports).values(row))
        self.model[row["id"]] = Job(order, max_attempts=attempts)
        return row["id"]

    @rule(target=holds)
    def take(self) -> Any:
        """A worker looks for a job."""
        waiting = [key for key, job in self.model.items() if job.status is JobStatus.PENDING]
        owner = f"worker {len(self.given)}"
        row = self.call(lambda session: claim(session, exports, owner, self.now))
        if row is None:
            assert waiting == []
            return Hold(uuid.UUID(int=0), owner, 1)
        hold = hold_of(row)
        job = self.model[hold.id]
        assert hold.id == min(waiting, key=lambda key: self.model[key].order)
        assert (hold.id, hold.attempt) not in self.given, "one attempt was given to two workers"
        self.given.add((hold.id, hold.attempt))
        job.move(JobStatus.RUNNING)
        job.attempt, job.owner, job.lease_until = job.attempt + 1, owner, self.seconds + LEASE.total_seconds()
        assert hold.attempt == job.attempt
        return hold

    @rule(hold=holds)
    def beat(self, hold: Hold) -> None:
        """A process sends a heartbeat, possibly late."""
        state = self.call(lambda session: heartbeat(session, exports, hold, self.now, progress=0.5))
        job = self.model.get(hold.id)
        if job is None or not job.holds(hold):
            assert state is HoldState.LOST
            return
        assert state is (HoldState.CANCELLING if job.cancelling else HoldState.HELD)
        job.lease_until = self.seconds + LEASE.total_seconds()

    @rule(hold=holds, status=st.sampled_from([status for status in JobStatus if status in ENDS]))
    def end(self, hold: Hold, status: JobStatus) -> None:
        """A process records the outcome of its job, possibly late."""
        written = self.call(lambda session: finish(session, exports, hold, status, self.now))
        job = self.model.get(hold.id)
        assert written is (job is not None and job.holds(hold))
        if job is not None and written:
            job.move(status)

    @rule(hold=consumes(holds))
    def crash(self, hold: Hold) -> None:
        """A worker sees its process die."""
        status = self.call(lambda session: release(session, exports, hold, self.now))
        job = self.model.get(hold.id)
        if job is None or not job.holds(hold):
            assert status is None
            return
        assert status is job.lose()

    @rule(hold=consumes(holds))
    def vanish(self, hold: Hold) -> None:
        """A worker and its process die, and nobody sees it."""

    @rule(seconds=st.sampled_from([1.0, 30.0, 59.0, 61.0, -1.0, -59.0, -61.0, -86400.0]))
    def wait(self, seconds: float) -> None:
        """Time passes, or the clock was ahead and is set back."""
        self.seconds += seconds

    @rule()
    def sweep(self) -> None:
        """A worker looks for jobs whose processes are gone."""
        found = self.call(lambda session: settle_expired(session, exports, self.now))
        gone = {key for key, job in self.model.items() if job.is_lapsed(self.seconds)}
        event(f"a lease reached too far: {any(self.model[key].lease_until > self.seconds for key in gone)}")
        assert {settled.id for settled in found} == gone
        for settled in found:
            assert settled.status is self.model[settled.id].lose()

    @rule(key=jobs)
    def cancel(self, key: uuid.UUID) -> None:
        """A user wants a job to end."""
        job = self.model[key]
        try:
            status = self.call(lambda session: request_cancel(session, exports, key, self.now))
        except Conflict:
            assert job.status in ENDS
            return
        job.cancelling = True
        if job.status is JobStatus.PENDING or job.is_lapsed(self.seconds):
            job.move(JobStatus.CANCELLED)
        assert status is job.status

    @rule(key=jobs)
    def again(self, key: uuid.UUID) -> None:
        """A user wants a job to be tried again."""
        job = self.model[key]
        try:
            self.call(lambda session: retry(session, exports, key, 2))
        except Conflict:
            assert job.status not in RETRIABLE
            return
        job.move(JobStatus.PENDING)
        job.max_attempts, job.cancelling = job.attempt + 2, False

    @invariant()
    def the_ledger_is_as_expected(self) -> None:
        """No job is lost, doubled, or in another state than expected."""

        async def read(session: Any) -> Any:
            return (await session.execute(select(exports))).all()

        found = {
            row.id: (row.status, row.attempt, row.max_attempts, row.owner, row.cancel_requested)
            for row in self.call(read)
        }
        assert found == {
            key: (job.status.value, job.attempt, job.max_attempts, job.owner, job.cancelling)
            for key, job in self.model.items()
        }


def test_any_interleaving_keeps_the_ledger_true(database_url: str, tmp_path: Path):
    with asyncio.Runner() as runner:
        database = Database(Settings(data_dir=tmp_path, database_url=database_url))
        machine = type("BoundLedger", (Ledger,), {"runner": runner, "database": database})
        try:
            run_state_machine_as_test(
                machine, settings=hypothesis_settings(max_examples=40, stateful_step_count=40, deadline=None)
            )
        finally:
            runner.run(database.close())
