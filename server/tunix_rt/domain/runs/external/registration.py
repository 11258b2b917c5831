"""Registers external runs."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import insert, select

from tunix_rt.db.models import tunix_runs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.models.runs import EXTERNAL, PARAMETERS, RunMode
from tunix_rt.db.session import Session
from tunix_rt.domain.runs.config import RunConfig, name_errors
from tunix_rt.domain.runs.events import append_state
from tunix_rt.domain.runs.lifecycle import dataset_keys, new_run, unusable
from tunix_rt.domain.runs.metrics import STEP_MAX
from tunix_rt.domain.text import json_errors, text_errors
from tunix_rt.errors import BadUserInput, Conflict, TunixRtError, ValidationErrors
from tunix_rt.trainer.contract import MODEL_ID_MAX_CHARS, Method

PARAMETERS_MAX_BYTES = 65_536
STARTED = "It is trained elsewhere, by a program that reports to this server."


class Registration(msgspec.Struct, frozen=True, kw_only=True):
    """A run to register.

    Args:
        parameters: the program's own parameters: a JSON object.
    """

    model_id: str
    method: Method
    dataset_id: uuid.UUID | None = None
    output_name: str | None = None
    parameters: Any = None
    total_steps: int | None = None

    def errors(self) -> Iterator[BadUserInput]:
        """Yields the errors that need no database, each on its own field."""
        yield from text_errors(self.model_id, 1, MODEL_ID_MAX_CHARS, ["model_id"])
        yield from name_errors(self.output_name)
        yield from step_errors("total_steps", self.total_steps, 1)
        if self.parameters is None:
            return
        if not isinstance(self.parameters, dict):
            yield BadUserInput("parameters must be a JSON object.", ["parameters"])
            return
        errors = list(json_errors(self.parameters, ["parameters"]))
        yield from errors
        size = 0 if errors else len(msgspec.json.encode(self.parameters))
        if size > PARAMETERS_MAX_BYTES:
            yield BadUserInput(
                f"parameters must have at most {PARAMETERS_MAX_BYTES:,} bytes of JSON; it has {size:,}.", ["parameters"]
            )


def step_errors(name: str, value: int | None, low: int) -> Iterator[BadUserInput]:
    """Yields an error if a number of steps is out of its range."""
    if value is not None and not low <= value <= STEP_MAX:
        yield BadUserInput(f"{name} must be between {low} and {STEP_MAX}; it is {value}.", [name])


async def register_run(session: Session, given: Registration, at: datetime) -> dict[str, Any]:
    """Inserts an external run, which is RUNNING, and returns its row.

    Raises:
        ValidationErrors: all errors of the registration, each on its own field.
        NotFound: as one of them, for a dataset that does not exist.
        Conflict: as one of them, if another run has this output name.
    """
    errors: list[TunixRtError] = list(given.errors())
    keys: dict[uuid.UUID, str] = {}
    if given.dataset_id is not None:
        keys = await dataset_keys(session, config_for(given))
        if not keys:
            errors.append(await unusable(session, given.dataset_id, "dataset_id"))
    if given.output_name is not None and not any(name_errors(given.output_name)):
        taken = select(tunix_runs.c.id).where(tunix_runs.c.output_name == given.output_name)
        if (other := (await session.execute(taken)).scalar()) is not None:
            errors.append(Conflict(f"The run {other} has this output_name; choose another.", ["output_name"]))
    if errors:
        raise ValidationErrors(errors)
    row = external_row(given, next(iter(keys.values()), ""), at)
    await session.execute(insert(tunix_runs), [row])
    await append_state(session, row["id"], at, STARTED)
    return row | {"last_seq": 1}


def config_for(given: Registration) -> RunConfig:
    """Returns the values of a registration that the columns of all runs have; the other ones have defaults."""
    return RunConfig(
        dataset_id=given.dataset_id or uuid.UUID(int=0),
        model_id=given.model_id,
        mode=RunMode.TRAIN,
        method=given.method,
        output_name=given.output_name,
    )


def external_row(given: Registration, dataset_key: str, at: datetime) -> dict[str, Any]:
    """Returns the row of a run that has just been registered."""
    row = new_run(config_for(given), dataset_key, 1, at)
    registered: dict[str, Any] = {
        "dataset_id": given.dataset_id,
        "engine": EXTERNAL,
        "status": JobStatus.RUNNING.value,
        "attempt": 1,
        "owner": EXTERNAL,
        "lease_expires_at": at,
        "started_at": at,
        "message": STARTED,
        "total_steps": given.total_steps,
        "parameters": given.parameters,
        "reported_batch": 0,
        "reported_at": at,
    }
    return row | dict.fromkeys((*PARAMETERS, "config")) | registered
