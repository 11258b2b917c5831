"""Tokens of attempts: each is valid for one attempt, and only while that holds its job. Only its hash is stored."""

from __future__ import annotations

import hmac
import re
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, and_, delete, exists, insert, or_, select, update

from tunix_rt.db.identity import now
from tunix_rt.db.models import attempt_tokens, export_tokens, exports, generation_tokens, generations, tunix_runs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Session
from tunix_rt.domain.jobs.ledger import noun_of
from tunix_rt.domain.jobs.queue import Hold, hold_condition
from tunix_rt.domain.keys.secret import secret_hash
from tunix_rt.errors import Conflict, Unauthenticated

SECRET_BYTES = 32
START = "trt_attempt_"
TOKEN = re.compile(rf"{START}([0-9a-f]{{32}})_([1-9][0-9]{{0,8}})_[0-9a-f]{{{2 * SECRET_BYTES}}}", re.ASCII)
"""A token: the job, the number of the attempt, and 256 random bits."""


@dataclass(frozen=True)
class TokenLedger:
    """A ledger whose attempts may be performed without the database, and the table of their tokens.

    Args:
        owner: the tokens' column with the job's id.
    """

    jobs: Table
    tokens: Table
    owner: str

    @property
    def job_id(self) -> Column[Any]:
        """The tokens' column with the job's id."""
        return self.tokens.c[self.owner]

    @property
    def has_token(self) -> ColumnElement[bool]:
        """The condition that the newest attempt at a job is, or was, performed without the database."""
        newest = self.tokens.c.attempt == self.jobs.c.attempt
        return exists().where(self.job_id == self.jobs.c.id, newest).correlate(self.jobs)

    def is_of(self, job_id: uuid.UUID, attempt: int) -> ColumnElement[bool]:
        """Returns the condition for the token of an attempt."""
        return and_(self.job_id == job_id, self.tokens.c.attempt == attempt)

    def is_lost(self, at: datetime, lease: timedelta, grace: timedelta) -> ColumnElement[bool]:
        """Returns the condition that an attempt without the database has not reported for its lease and the grace.

        So is one whose lease ends so late that a wrong clock must have set it: a live process would have renewed it.

        Args:
            at: the time by the database's clock.
        """
        running, until = self.jobs.c.status == JobStatus.RUNNING.value, self.jobs.c.lease_expires_at
        return and_(running, self.has_token, or_(until < at - grace, until > at + 2 * lease + grace))


RUN_TOKENS = TokenLedger(tunix_runs, attempt_tokens, "run_id")
GENERATION_TOKENS = TokenLedger(generations, generation_tokens, "generation_id")
EXPORT_TOKENS = TokenLedger(exports, export_tokens, "export_id")
TOKEN_LEDGERS = {found.jobs.name: found for found in (RUN_TOKENS, GENERATION_TOKENS, EXPORT_TOKENS)}


class AttemptOver(Conflict):
    """The attempt does not hold its job: it has ended, or another one has started. It can store nothing."""


async def issue_attempt_token(session: Session, table: Table, hold: Hold) -> str:
    """Returns a new token for an attempt, in place of an earlier one.

    Args:
        table: the ledger that has the job.

    Raises:
        AttemptOver: the attempt does not hold its job.
    """
    ledger = TOKEN_LEDGERS[table.name]
    mine = await session.execute(select(table.c.id).where(hold_condition(table, hold)).with_for_update())
    if mine.first() is None:
        raise AttemptOver("The attempt is over.")
    token = f"{START}{hold.id.hex}_{hold.attempt}_{secrets.token_hex(SECRET_BYTES)}"
    await session.execute(delete(ledger.tokens).where(ledger.is_of(hold.id, hold.attempt)))
    row = {ledger.owner: hold.id, "attempt": hold.attempt, "sha256": secret_hash(token), "issued_at": now()}
    await session.execute(insert(ledger.tokens), [row])
    return token


async def hold_of_token(session: Session, token: str, ledger: TokenLedger = RUN_TOKENS) -> Hold:
    """Returns the hold of the attempt that a token proves.

    Args:
        ledger: the ledger of the job.

    Raises:
        Unauthenticated: no attempt at such a job has this token.
        AttemptOver: the attempt no longer holds its job.
    """
    found = TOKEN.fullmatch(token)
    if found is None:
        raise unknown_token()
    job_id, attempt, jobs = uuid.UUID(found[1]), int(found[2]), ledger.jobs
    columns = (jobs.c.status, jobs.c.owner, jobs.c.attempt.label("newest"))
    query = select(ledger.tokens.c.sha256, *columns).join_from(ledger.tokens, jobs)
    row = (await session.execute(query.where(ledger.is_of(job_id, attempt)))).one_or_none()
    if row is None or not hmac.compare_digest(row.sha256, secret_hash(token)):
        raise unknown_token()
    if row.newest != attempt:
        raise AttemptOver(f"Attempt {attempt} is over: attempt {row.newest} has started.")
    if row.status != JobStatus.RUNNING.value:
        raise AttemptOver(f"Attempt {attempt} is over: the {noun_of(jobs)} is {row.status}.")
    return Hold(job_id, row.owner, attempt)


async def bind_place(session: Session, hold: Hold, place: str, ledger: TokenLedger = RUN_TOKENS) -> None:
    """Binds an attempt to the first place that performs it; a process that is started again there may go on.

    Args:
        place: the machine and the folder of the process.
        ledger: the ledger of the job.

    Raises:
        AttemptOver: the attempt is performed at another place, as when a cluster has started its job twice.
    """
    tokens = ledger.tokens
    free = or_(tokens.c.place.is_(None), tokens.c.place == place)
    query = update(tokens).where(ledger.is_of(hold.id, hold.attempt), free).values(place=place)
    if (await session.execute(query.returning(tokens.c.attempt))).first() is None:
        raise AttemptOver(f"Attempt {hold.attempt} is performed by another process.")


async def store_job(session: Session, hold: Hold, number: str) -> None:
    """Stores the number of an attempt's job, from a cluster that numbers jobs itself."""
    mine = RUN_TOKENS.is_of(hold.id, hold.attempt)
    await session.execute(update(attempt_tokens).where(mine).values(job=number))


async def job_of_attempt(session: Session, hold: Hold) -> str | None:
    """Returns the number of an attempt's job; None if it is not known."""
    query = select(attempt_tokens.c.job).where(RUN_TOKENS.is_of(hold.id, hold.attempt))
    return (await session.execute(query)).scalar_one_or_none()


def unknown_token() -> Unauthenticated:
    """Returns the error for a token that no attempt has."""
    return Unauthenticated("No attempt has this token.")


def is_attempt_token(secret: str) -> bool:
    """Returns whether a secret has the form of an attempt's token, valid or not."""
    return secret.startswith(START)
