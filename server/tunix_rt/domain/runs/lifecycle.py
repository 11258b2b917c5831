"""The lifecycle of runs, which are training jobs in the ledger: create, cancel, retry and delete."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeAlias

from sqlalchemy import delete, insert, null, select

from tunix_rt.db.identity import new_id, now
from tunix_rt.db.models import datasets, tunix_runs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.models.runs import EXTERNAL, RunEngine, RunMode
from tunix_rt.db.session import Session
from tunix_rt.domain.jobs.datasets import COMPLETED, not_completed
from tunix_rt.domain.jobs.engines import EngineStatus
from tunix_rt.domain.jobs.labels import QUEUED, may_train_elsewhere, queued_message, store_labels
from tunix_rt.domain.jobs.ledger import LEASE, new_job, request_cancel, retry, running_error, status_of
from tunix_rt.domain.jobs.limits import limit_jobs
from tunix_rt.domain.runs.artifacts import run_model
from tunix_rt.domain.runs.config import (
    RunConfig,
    config_errors,
    config_json,
    folder_name,
    name_errors,
    parameters_of,
    without_parameters,
)
from tunix_rt.domain.runs.events import append_state
from tunix_rt.domain.runs.waiting import dry_run_columns, failed_to_start
from tunix_rt.domain.text import text_errors
from tunix_rt.errors import BadUserInput, Conflict, NotFound, TunixRtError, ValidationErrors
from tunix_rt.settings import Settings
from tunix_rt.trainer.contract import RUN_PREFIX

ENGINES = {RunMode.DRY_RUN: "server", RunMode.TRAIN: RunEngine.LOCAL.value}
"""The default engine of each mode: the server's own process, or a separate process on a worker's machine."""

TAGS_MAX = 20
TAG_MAX_CHARS = 64
NOTES_MAX_CHARS = 20_000

CANCELLED = {
    (JobStatus.PENDING, JobStatus.CANCELLED): "It was cancelled before it started.",
    (JobStatus.PENDING, JobStatus.RUNNING): "Cancellation was requested.",
    (JobStatus.RUNNING, JobStatus.RUNNING): "Cancellation was requested.",
    (JobStatus.RUNNING, JobStatus.CANCELLED): "It was cancelled. Its process had stopped sending heartbeats.",
}
"""The message of a cancelled run, by its statuses before and after the cancellation."""


@dataclass(frozen=True)
class RunResult:
    """The result of a run that a caller waited for.

    Args:
        row: the run's columns, as they are or would be stored.
        persisted: whether the database has the run's outcome.
        warnings: warnings for the caller, as sentences.
    """

    row: Mapping[str, Any]
    persisted: bool
    warnings: tuple[str, ...] = ()


InSameTransaction: TypeAlias = Callable[[Session, uuid.UUID], Awaitable[None]]
"""A function that writes further rows in the transaction that inserts a run."""


class Runner(Protocol):
    """Starts runs and waits for them; implemented in ``jobs``."""

    async def start(self, config: RunConfig, also: InSameTransaction | None = None) -> Mapping[str, Any]:
        """Inserts a run and returns its row at once; raises as ``start_run`` does."""

    async def finish(self, config: RunConfig, also: InSameTransaction | None = None) -> RunResult:
        """Inserts a run, waits for its end and returns its result; raises as ``start_run`` does.

        A dry run is executed even if the database cannot be written. If it becomes unavailable, a training run
        continues, and its outcome is recorded later.
        """

    async def wait(self, run_id: uuid.UUID) -> RunResult:
        """Waits for the end of a run and returns its result.

        Raises:
            NotFound: there is no such run.
        """

    async def engines(self) -> Sequence[EngineStatus]:
        """Returns the configured engines, the local one first, each inspected now.

        Raises:
            Unavailable: the database is unreachable.
        """


async def start_run(
    session: Session, config: RunConfig, settings: Settings, at: datetime, unavailable: str | None = None
) -> dict[str, Any]:
    """Inserts a run and returns its row: PENDING, or FAILED if it is known that training is not possible.

    A run that cannot be trained here waits for a worker elsewhere if it requires labels, or if such workers are known.
    A dry run that requires labels, or that a worker elsewhere can perform better, waits for that.

    Args:
        unavailable: the reason why training is not possible here, with a command that fixes it; None if it is.

    Raises:
        ValidationErrors: all errors of the parameters, each on its own field.
        NotFound: as one of them, for a dataset that does not exist.
        Conflict: as one of them, if another run has this output name.
        RateLimited: as ``limit_jobs`` does.
    """
    keys = await require_startable(session, config, settings)
    row = new_run(config, keys[config.dataset_id], settings.run_attempts, at)
    elsewhere = unavailable is not None and await may_train_elsewhere(session, config.labels)
    row["message"] = await queued_message(session, config.mode, config.labels, elsewhere=elsewhere)
    if unavailable is not None and config.mode is RunMode.TRAIN and not elsewhere:
        row |= failed_to_start(unavailable, at)
    if config.mode is RunMode.DRY_RUN:
        row |= await dry_run_columns(session, config.labels, at, elsewhere=unavailable is not None)
    await session.execute(insert(tunix_runs), [row])
    await store_labels(session, row["id"], config.labels)
    await append_state(session, row["id"], at, row["error_message"])
    await limit_jobs(session, row["created_by"])
    return row


async def require_startable(session: Session, config: RunConfig, settings: Settings) -> dict[uuid.UUID, str]:
    """Validates the parameters and returns the keys of the datasets; raises as ``start_run`` does."""
    errors: list[TunixRtError] = list(config_errors(config, settings))
    keys = await dataset_keys(session, config)
    errors += [error async for error in stored_errors(session, config, keys)]
    if errors:
        raise ValidationErrors(errors)
    return keys


async def dataset_keys(session: Session, config: RunConfig) -> dict[uuid.UUID, str]:
    """Returns the keys of the run's datasets that exist and are completed."""
    ids = [found for found in (config.dataset_id, config.eval_dataset_id) if found is not None]
    query = select(datasets.c.id, datasets.c.key).where(datasets.c.id.in_(ids), COMPLETED)
    return {row.id: row.key for row in await session.execute(query)}


async def stored_errors(
    session: Session, config: RunConfig, keys: Mapping[uuid.UUID, str]
) -> AsyncIterator[TunixRtError]:
    """Yields the errors of the parameters that only the database shows: missing datasets and taken names."""
    for name in ("dataset_id", "eval_dataset_id"):
        found = getattr(config, name)
        if found is not None and found not in keys:
            yield await unusable(session, found, name)
    if config.model_id.startswith(RUN_PREFIX):
        try:
            await run_model(session, config.model_id, ["model_id"])
        except TunixRtError as error:
            yield error
    if config.dataset_id == config.eval_dataset_id:
        yield BadUserInput("eval_dataset_id must differ from dataset_id, the training dataset.", ["eval_dataset_id"])
    if config.output_name is not None and not any(name_errors(config.output_name)):
        query = select(tunix_runs.c.id).where(tunix_runs.c.output_name == config.output_name)
        if (other := (await session.execute(query)).scalar()) is not None:
            yield Conflict(f"The run {other} has this output_name; choose another, or retry that run.", ["output_name"])


async def unusable(session: Session, dataset_id: uuid.UUID, name: str) -> TunixRtError:
    """Returns the error of a dataset that does not exist or is not completed."""
    query = select(datasets.c.key, datasets.c.status).where(datasets.c.id == dataset_id)
    row = (await session.execute(query)).one_or_none()
    if row is None:
        return NotFound(f"There is no dataset {dataset_id}.", [name])
    return not_completed(row.key, JobStatus(row.status), [name])


def new_run(config: RunConfig, dataset_key: str, attempts: int, at: datetime) -> dict[str, Any]:
    """Returns the row of a pending run."""
    return {
        **new_job(at, attempts),
        **parameters_of(config),
        "id": new_id(),
        "dataset_id": config.dataset_id,
        "eval_dataset_id": config.eval_dataset_id,
        "dataset_key": dataset_key,
        "model_id": config.model_id,
        "mode": config.mode.value,
        "method": config.method.value,
        "output_name": config.output_name,
        "engine": config.engine.value if config.mode is RunMode.TRAIN else ENGINES[config.mode],
        "engine_ref": None,
        "exit_code": None,
        "duration_seconds": None,
        "step": None,
        "total_steps": None,
        "epoch": None,
        "eta_seconds": None,
        "last_seq": 0,
        "message": QUEUED,
        "config": config_json(config),
        "manifest": None,
        "read_to": None,
        "stdout": "",
        "stderr": "",
        "tags": None,
        "notes": None,
        "parameters": None,
        "reported_batch": None,
        "reported_sha256": None,
        "reported_at": None,
    }


async def cancel_run(session: Session, run_id: uuid.UUID, at: datetime, lease: timedelta = LEASE) -> None:
    """Cancels a run that is pending or has lost its process; requests any other to save a checkpoint and stop.

    Args:
        at: the current time by the database's clock.
        lease: the duration of a lease of the run's process.

    Raises:
        NotFound, Conflict: as ``request_cancel`` does; also, the run is external.
    """
    await require_local(session, run_id)
    before = await status_of(session, tunix_runs, run_id)
    status = await request_cancel(session, tunix_runs, run_id, at, lease)
    reason = CANCELLED[before, status]
    await set_message(session, run_id, reason)
    await append_state(session, run_id, at, reason)


@dataclass(frozen=True)
class RunNotes:
    """The tags and notes that an update sets; None for no change.

    Args:
        notes: Markdown; an empty text removes the notes.
    """

    tags: Sequence[str] | None = None
    notes: str | None = None

    def check(self) -> None:
        """Checks the number and the length of the texts.

        Raises:
            ValidationErrors: all errors, each on its own field.
        """
        errors = [*tags_errors(self.tags or ()), *text_errors(self.notes or "", 0, NOTES_MAX_CHARS, ["notes"])]
        if errors:
            raise ValidationErrors(errors)

    @property
    def columns(self) -> dict[str, Any]:
        """The columns that change; a tag that is given twice is stored once."""
        tags = {} if self.tags is None else {"tags": list(dict.fromkeys(self.tags)) or None}
        return tags | ({} if self.notes is None else {"notes": self.notes or None})


def tags_errors(tags: Sequence[str]) -> Iterator[BadUserInput]:
    """Yields the errors of a run's tags."""
    if len(tags) > TAGS_MAX:
        yield BadUserInput(f"tags must have at most {TAGS_MAX} tags; it has {len(tags)}.", ["tags"])
        return
    for position, tag in enumerate(tags):
        yield from text_errors(tag, 1, TAG_MAX_CHARS, ["tags", position])


async def update_run(session: Session, run_id: uuid.UUID, given: RunNotes) -> None:
    """Sets the tags and the notes of a run in any status.

    Raises:
        ValidationErrors: a text is out of its limits.
        NotFound: there is no such run.
    """
    given.check()
    await status_of(session, tunix_runs, run_id)
    if given.columns:
        await session.execute(tunix_runs.update().where(tunix_runs.c.id == run_id).values(**given.columns))


async def retry_run(session: Session, run_id: uuid.UUID, settings: Settings, at: datetime) -> None:
    """Requeues a run that did not complete, with new attempts; it resumes from its last checkpoint.

    Raises:
        NotFound: there is no such run.
        Conflict: as ``retry``, or because the run's parameters are unknown, or it is external.
    """
    await require_local(session, run_id)
    await require_config(session, run_id)
    reason = "It was queued again."
    fresh = {"exit_code": None, "duration_seconds": None, "eta_seconds": None, "message": reason}
    await retry(session, tunix_runs, run_id, settings.run_attempts, **fresh)
    await append_state(session, run_id, at, reason)


async def require_local(session: Session, run_id: uuid.UUID) -> None:
    """Checks that a run is not external.

    Raises:
        Conflict: it is: this server has neither its process nor its data.
    """
    elsewhere = select(tunix_runs.c.id).where(tunix_runs.c.id == run_id, tunix_runs.c.engine == EXTERNAL)
    if (await session.execute(elsewhere)).scalar() is not None:
        raise Conflict(
            "The run is external: only its own program can stop or repeat it. `finishRun` ends it here.", ["id"]
        )


async def require_config(session: Session, run_id: uuid.UUID) -> None:
    """Checks that a run's parameters are known.

    Raises:
        Conflict: the run was imported without its parameters.
    """
    unknown = select(tunix_runs.c.id).where(tunix_runs.c.id == run_id, tunix_runs.c.config.is_(null()))
    if (await session.execute(unknown)).scalar() is not None:
        raise without_parameters()


async def delete_run(session: Session, run_id: uuid.UUID) -> str:
    """Deletes a run and its events; returns its folder's name, which the caller removes after the commit.

    Raises:
        NotFound: there is no such run.
        Conflict: it is running.
    """
    idle = delete(tunix_runs).where(tunix_runs.c.id == run_id, tunix_runs.c.status != JobStatus.RUNNING.value)
    row = (await session.execute(idle.returning(tunix_runs.c.id, tunix_runs.c.output_name))).one_or_none()
    if row is None:
        await status_of(session, tunix_runs, run_id)
        await require_local(session, run_id)
        raise running_error(tunix_runs)
    return folder_name(row.id, row.output_name)


async def set_message(session: Session, run_id: uuid.UUID, message: str) -> None:
    """Sets a run's message."""
    await session.execute(tunix_runs.update().where(tunix_runs.c.id == run_id).values(message=message))


async def record_state(session: Session, run_id: uuid.UUID, reason: str | None, otherwise: str) -> None:
    """Sets a run's message and appends its status to its events, in the transaction that has changed it.

    Args:
        otherwise: the message if there is no reason.
    """
    await set_message(session, run_id, reason or otherwise)
    await append_state(session, run_id, now(), reason)
