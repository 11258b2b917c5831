"""Tokens of attempts: each is valid for one attempt, and only while that holds its run. Only its hash is stored."""

from __future__ import annotations

import hmac
import re
import secrets
import uuid

from sqlalchemy import ColumnElement, Table, and_, delete, insert, or_, select, update

from tunix_rt.db.identity import now
from tunix_rt.db.models import attempt_tokens, tunix_runs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Session
from tunix_rt.domain.jobs.queue import Hold, hold_condition
from tunix_rt.domain.keys.secret import secret_hash
from tunix_rt.errors import Conflict, Unauthenticated

SECRET_BYTES = 32
START = "trt_attempt_"
TOKEN = re.compile(rf"{START}([0-9a-f]{{32}})_([1-9][0-9]{{0,8}})_[0-9a-f]{{{2 * SECRET_BYTES}}}", re.ASCII)
"""A token: the run, the number of the attempt, and 256 random bits."""


class AttemptOver(Conflict):
    """The attempt does not hold its run: it has ended, or another one has started. It can store nothing."""


async def issue_attempt_token(session: Session, table: Table, hold: Hold) -> str:
    """Returns a new token for an attempt, in place of an earlier one.

    Args:
        table: the ledger that has the job.

    Raises:
        AttemptOver: the attempt does not hold its job.
    """
    mine = await session.execute(select(table.c.id).where(hold_condition(table, hold)).with_for_update())
    if mine.first() is None:
        raise AttemptOver("The attempt is over.")
    token = f"{START}{hold.id.hex}_{hold.attempt}_{secrets.token_hex(SECRET_BYTES)}"
    await session.execute(delete(attempt_tokens).where(is_of(hold.id, hold.attempt)))
    row = {"run_id": hold.id, "attempt": hold.attempt, "sha256": secret_hash(token), "issued_at": now()}
    await session.execute(insert(attempt_tokens), [row])
    return token


async def hold_of_token(session: Session, token: str) -> Hold:
    """Returns the hold of the attempt that a token proves.

    Raises:
        Unauthenticated: the token is not that of any attempt.
        AttemptOver: the attempt does not hold its run any more.
    """
    found = TOKEN.fullmatch(token)
    if found is None:
        raise unknown_token()
    run_id, attempt = uuid.UUID(found[1]), int(found[2])
    columns = (tunix_runs.c.status, tunix_runs.c.owner, tunix_runs.c.attempt.label("newest"))
    query = select(attempt_tokens.c.sha256, *columns).join_from(attempt_tokens, tunix_runs)
    row = (await session.execute(query.where(is_of(run_id, attempt)))).one_or_none()
    if row is None or not hmac.compare_digest(row.sha256, secret_hash(token)):
        raise unknown_token()
    if row.newest != attempt:
        raise AttemptOver(f"Attempt {attempt} is over: attempt {row.newest} has started.")
    if row.status != JobStatus.RUNNING.value:
        raise AttemptOver(f"Attempt {attempt} is over: the run is {row.status}.")
    return Hold(run_id, row.owner, attempt)


async def bind_place(session: Session, hold: Hold, place: str) -> None:
    """Binds an attempt to the first place that performs it; a process that is started again there may go on.

    Args:
        place: the machine and the folder of the process.

    Raises:
        AttemptOver: the attempt is performed at another place, as when a cluster has started its job twice.
    """
    free = or_(attempt_tokens.c.place.is_(None), attempt_tokens.c.place == place)
    query = update(attempt_tokens).where(is_of(hold.id, hold.attempt), free).values(place=place)
    if (await session.execute(query.returning(attempt_tokens.c.attempt))).first() is None:
        raise AttemptOver(f"Attempt {hold.attempt} is performed by another process.")


async def store_job(session: Session, hold: Hold, number: str) -> None:
    """Stores the number of an attempt's job, from a cluster that numbers jobs itself."""
    await session.execute(update(attempt_tokens).where(is_of(hold.id, hold.attempt)).values(job=number))


async def job_of_attempt(session: Session, hold: Hold) -> str | None:
    """Returns the number of an attempt's job; None if it is not known."""
    query = select(attempt_tokens.c.job).where(is_of(hold.id, hold.attempt))
    return (await session.execute(query)).scalar_one_or_none()


def is_of(run_id: uuid.UUID, attempt: int) -> ColumnElement[bool]:
    """Returns the condition for the token of an attempt."""
    return and_(attempt_tokens.c.run_id == run_id, attempt_tokens.c.attempt == attempt)


def unknown_token() -> Unauthenticated:
    """Returns the error of a token that is none."""
    return Unauthenticated("The token is not that of an attempt.")


def is_attempt_token(secret: str) -> bool:
    """Returns whether a secret has the form of an attempt's token, valid or not."""
    return secret.startswith(START)
