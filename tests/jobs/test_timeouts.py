"""A database or storage that answers too late is, to a job, one that is away: the job waits, or is attempted again."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from tunix_rt.db.models import generations
from tunix_rt.db.session import Retrying
from tunix_rt.domain.jobs.queue import Hold
from tunix_rt.errors import ErrorCode, NotFound, NotInstalled, RequestTimeout, Unavailable
from tunix_rt.jobs import process
from tunix_rt.jobs.holding import JobFailed
from tunix_rt.jobs.process import perform_held
from tunix_rt.jobs.supervision import preparing

LATE = "The database did not answer within the request's time limit."


async def test_a_call_is_repeated_after_a_timeout(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tunix_rt.db.session.RETRY_SECONDS", 0.0)
    answers: list[Any] = [RequestTimeout(LATE), Unavailable("away"), "found"]

    async def answer() -> str:
        found = answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return str(found)

    assert await Retrying(60)(answer) == "found"
    answers.append(RequestTimeout(LATE))
    with pytest.raises(Unavailable, match=LATE):
        await Retrying(0)(answer)


@pytest.mark.parametrize("converting", [process.converting_errors, preparing.converting_errors])
def test_a_timeout_does_not_fail_a_job(converting: Callable[[], AbstractContextManager[None]]):
    with pytest.raises(Unavailable, match=LATE), converting():
        raise RequestTimeout(LATE)
    with pytest.raises(JobFailed) as failed, converting():
        raise NotFound("The dataset was deleted.")
    assert failed.value.code is ErrorCode.NOT_FOUND


def test_a_missing_package_fails_a_job():
    with pytest.raises(JobFailed), process.converting_errors():
        raise NotInstalled("Install it.")


class LateDatabase:
    """A database whose statements exceed their time limit."""

    closed = False

    def read(self) -> Any:
        """Raises instead of opening a session."""
        raise RequestTimeout(LATE)

    async def close(self) -> None:
        """Notes the call."""
        self.closed = True


async def test_a_process_whose_database_is_late_leaves_the_job_to_another_attempt(caplog: pytest.LogCaptureFixture):
    async def perform(*_: Any) -> None:
        raise AssertionError("the job cannot be read")

    database: Any = LateDatabase()
    assert await perform_held(database, generations, Hold(uuid.uuid4(), "here", 1), perform) == 1
    assert database.closed
    assert LATE in caplog.text
