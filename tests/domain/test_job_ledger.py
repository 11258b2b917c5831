"""The ledger of jobs: the rows of new jobs, and what is the same for all of them."""

from __future__ import annotations

from datetime import timedelta

from tests.support.factories import START
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.domain.jobs.counts import LEDGERS
from tunix_rt.domain.jobs.ledger import RETRIABLE, TRANSITIONS, completed_job, lease_of, new_job, noun_of
from tunix_rt.settings import Settings


def test_new_jobs_wait_and_those_done_at_once_are_complete():
    fresh, done = new_job(START), completed_job(START, 1)

    assert (fresh["status"], fresh["attempt"], fresh["max_attempts"], fresh["progress"]) == ("PENDING", 0, 3, 0.0)
    assert (fresh["created_at"], fresh["started_at"], fresh["completed_at"]) == (START, None, None)
    assert (done["status"], done["attempt"], done["max_attempts"], done["progress"]) == ("COMPLETED", 1, 1, 1.0)
    assert {done[name] for name in ("created_at", "started_at", "completed_at")} == {START}
    assert fresh.keys() == done.keys()
    assert [row["cancel_requested"] for row in (fresh, done)] == [False, False]


def test_the_duration_of_a_lease_is_a_setting():
    assert lease_of(Settings(job_lease_seconds=7)) == timedelta(seconds=7)


def test_each_ledger_has_a_noun_for_its_jobs():
    assert {noun_of(table) for table in LEDGERS} == {"dataset", "evaluation", "export", "generation", "run"}


def test_the_table_of_transitions_is_whole():
    assert TRANSITIONS.keys() == set(JobStatus)
    assert {JobStatus.FAILED, JobStatus.TIMEOUT, JobStatus.CANCELLED} == RETRIABLE
