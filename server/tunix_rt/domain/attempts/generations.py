"""One attempt at a generation, as its process without the database reads and writes it."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Annotated, Any

import msgspec
from sqlalchemy import select

from tunix_rt.db.clock import instant
from tunix_rt.db.identity import now
from tunix_rt.db.models import generations
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Session
from tunix_rt.domain.generations.answers import AnswerCounts, AnsweringModel, ParsedTrace, ReportedAnswer, stored_counts
from tunix_rt.domain.generations.grading import add_new_answers
from tunix_rt.domain.generations.lifecycle import GENERATION_HISTORY, plan_of
from tunix_rt.domain.generations.options import GenerationOptions
from tunix_rt.domain.generations.prompts import Prompt
from tunix_rt.domain.jobs.queue import Hold, HoldState, finish, heartbeat, hold_condition, release
from tunix_rt.domain.runs.events import COUNT_MAX, Count
from tunix_rt.errors import BadUserInput, Conflict, ErrorCode
from tunix_rt.settings import Settings

Rate = Annotated[float, msgspec.Meta(ge=0, le=1e12)]


class AssignedGeneration(msgspec.Struct, frozen=True, kw_only=True):
    """The generation of an attempt, as it was when the attempt started.

    Args:
        owner: the unique name of the attempt's worker.
        grace_seconds: the time in which the trainer may end after it was asked to stop.
        next_batch: the number of the first batch of answers that is not stored.
        answers, malformed, tokens: the counts of the stored answers.
    """

    id: uuid.UUID
    attempt: int
    owner: str
    model_id: str
    checkpoint_step: int | None
    options: GenerationOptions
    lease_seconds: float
    grace_seconds: float
    next_batch: int
    answers: int
    malformed: int
    tokens: int

    @property
    def hold(self) -> Hold:
        """The attempt's hold on its generation."""
        return Hold(self.id, self.owner, self.attempt)


class GenerationState(msgspec.Struct, frozen=True, kw_only=True):
    """The progress that only the attempt's process knows; the server counts the answers that it stores.

    Args:
        prompt_count: the number of prompts; None until it is known.
        too_long_count: the number of prompts without answers.
        progress: between 0 and 0.99; only a completed generation has 1.
    """

    prompt_count: Count | None = None
    too_long_count: Count = 0
    progress: Annotated[float, msgspec.Meta(ge=0, le=0.99)] = 0.0
    tokens_per_second: Rate | None = None
    eta_seconds: Rate | None = None

    def columns(self) -> dict[str, Any]:
        """Returns the progress as columns of the ledger."""
        return {name: getattr(self, name) for name in self.__struct_fields__}


class AnswerBatch(msgspec.Struct, frozen=True, kw_only=True):
    """A batch of answers, with the prompts that they answer.

    Args:
        number: from 0, one more than the previous batch's.
        prompts: the prompts by their positions.
    """

    number: Annotated[int, msgspec.Meta(ge=0, le=COUNT_MAX)]
    answers: list[ReportedAnswer]
    prompts: dict[int, Prompt]

    def check(self, options: GenerationOptions) -> None:
        """Checks that the answers have prompts and positions.

        Raises:
            BadUserInput: one has not.
        """
        for answer in self.answers:
            if answer.prompt not in self.prompts or answer.prompt < 0:
                raise BadUserInput(f"prompts lacks the prompt {answer.prompt}, which is answered.", ["prompts"])
            if not 0 <= answer.sample < options.samples_per_prompt:
                last = options.samples_per_prompt - 1
                raise BadUserInput(f"sample must be between 0 and {last}; it is {answer.sample}.", ["answers"])
            if not 0 <= answer.tokens <= COUNT_MAX:
                raise BadUserInput(f"tokens must be between 0 and {COUNT_MAX}; it is {answer.tokens}.", ["answers"])


class GenerationReport(msgspec.Struct, frozen=True, kw_only=True):
    """The end of an attempt.

    Args:
        status: COMPLETED, FAILED or CANCELLED; None if the process was lost: another attempt resumes, if one is left.
        message: the reason of a failure or of a loss.
        stderr: the end of its standard error.
    """

    status: JobStatus | None
    state: GenerationState = GenerationState()
    error: ErrorCode | None = None
    message: str = ""
    stderr: str = ""


async def assigned_generation(session: Session, hold: Hold, settings: Settings) -> AssignedGeneration | None:
    """Returns the generation of an attempt; None if the attempt does not hold it."""
    row = (await session.execute(select(generations).where(hold_condition(generations, hold)))).one_or_none()
    if row is None:
        return None
    plan, counts = plan_of(row), await stored_counts(session, hold.id)
    return AssignedGeneration(
        id=row.id,
        attempt=hold.attempt,
        owner=hold.owner,
        model_id=plan.model_id,
        checkpoint_step=plan.checkpoint_step,
        options=plan.options,
        lease_seconds=settings.job_lease_seconds,
        grace_seconds=settings.run_grace_seconds,
        next_batch=row.next_batch,
        answers=counts.answers,
        malformed=counts.malformed,
        tokens=counts.tokens,
    )


async def answering_model(session: Session, generation_id: uuid.UUID) -> AnsweringModel:
    """Returns the model of a generation, as the origins of its answers name it."""
    columns = (generations.c[name] for name in ("id", "model_id", "run_id", "checkpoint_step"))
    row = (await session.execute(select(*columns).where(generations.c.id == generation_id))).one()
    return AnsweringModel(*row)


async def renew_generation(session: Session, hold: Hold, state: GenerationState, lease: timedelta) -> HoldState:
    """Renews the lease with the progress, appends an event, and returns the state of the hold."""
    found = await heartbeat(session, generations, hold, await instant(session), lease, **state.columns())
    if found is HoldState.HELD:
        await GENERATION_HISTORY.append(session, hold.id, now())
    return found


async def store_answers(
    session: Session, hold: Hold, number: int, parsed: list[ParsedTrace], lease: timedelta
) -> AnswerCounts | None:
    """Stores a batch of answers unless it is stored already, and renews the lease; counts the answers that are new.

    Returns None if the hold is lost, with nothing stored.

    Raises:
        Conflict: a batch before is missing.
    """
    mine = select(generations.c.next_batch).where(hold_condition(generations, hold)).with_for_update()
    following = await session.scalar(mine)
    if following is None:
        return None
    if number > following:
        raise Conflict(f"number must be at most {following}, the first batch that is not stored; it is {number}.")
    table, counts = generations.c, AnswerCounts(0, 0, 0)
    if number == following:
        counts = await add_new_answers(session, hold.id, parsed)
    values = {
        "next_batch": max(number + 1, following),
        "answer_count": table.answer_count + counts.answers,
        "malformed_count": table.malformed_count + counts.malformed,
        "token_count": table.token_count + counts.tokens,
    }
    await heartbeat(session, generations, hold, await instant(session), lease, **values)
    return counts


async def record_generation(session: Session, hold: Hold, report: GenerationReport) -> JobStatus | None:
    """Records the end of an attempt and returns the generation's new status; None if it was no longer held.

    A generation that a user has cancelled in the meantime does not complete.
    """
    at, status = await instant(session), report.status
    values = report.state.columns() | {"stderr": report.stderr, "eta_seconds": None}
    message: str | None = report.message or None
    if status is None:
        status = await release(session, generations, hold, at, report.message)
        message = f"{report.message}."
    else:
        mine = hold_condition(generations, hold)
        cancelled = await session.scalar(select(generations.c.cancel_requested).where(mine))
        if status is JobStatus.COMPLETED:
            values["progress"] = 1.0
            status = JobStatus.CANCELLED if cancelled else status
        error = None if status is not JobStatus.FAILED else (report.error or ErrorCode.INTERNAL, report.message)
        if not await finish(session, generations, hold, status, at, error=error, **values):
            return None
    if status is not None:
        await GENERATION_HISTORY.append(session, hold.id, now(), message)
    return status
