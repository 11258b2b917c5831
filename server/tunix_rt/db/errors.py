"""Translation of database errors to user errors. No SQL text reaches the user."""

from __future__ import annotations

import asyncio
import logging
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from tunix_rt.errors import BadUserInput, Conflict, ErrorCode, RequestTimeout, TunixRtError, Unavailable

logger = logging.getLogger(__name__)

SAME_KEY = "Another request with this idempotencyKey is in progress."
SAME_DATASET = "A dataset with this name and version exists already."
SAME_VIEW = "Another view of this page has this name."
SAME_KEY_NAME = "Another key, which may be revoked, has this name."
SAME_RUBRIC = "Another rubric has this name."
SAME_EVALUATION = "Another evaluation has this name."
SAME_PROTECTED_SET = "Another protected set has this name."
SAME_OUTPUT = "Another run has this outputName."
TRACE_DELETED = "The trace was deleted in the meantime."
CONSTRAINTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "fk_scores_trace_id_traces": (TRACE_DELETED, ("traceId",)),
    "pk_idempotency_keys": (SAME_KEY, ("idempotencyKey",)),
    "idempotency_keys.key, idempotency_keys.client": (SAME_KEY, ("idempotencyKey",)),
    "uq_datasets_key": (SAME_DATASET, ("version",)),
    "datasets.key": (SAME_DATASET, ("version",)),
    "uq_tunix_runs_output_name": (SAME_OUTPUT, ("output_name",)),
    "tunix_runs.output_name": (SAME_OUTPUT, ("output_name",)),
    "uq_saved_views_page_name": (SAME_VIEW, ("name",)),
    "saved_views.page, saved_views.name": (SAME_VIEW, ("name",)),
    "uq_protected_sets_name": (SAME_PROTECTED_SET, ("name",)),
    "protected_sets.name": (SAME_PROTECTED_SET, ("name",)),
    "uq_api_keys_name": (SAME_KEY_NAME, ("name",)),
    "api_keys.name": (SAME_KEY_NAME, ("name",)),
    "uq_rubrics_name": (SAME_RUBRIC, ("name",)),
    "rubrics.name": (SAME_RUBRIC, ("name",)),
    "uq_evaluations_name": (SAME_EVALUATION, ("name",)),
    "evaluations.name": (SAME_EVALUATION, ("name",)),
    "dataset_id_datasets": ("The dataset is in use, or was deleted in the meantime.", ("id",)),
}
"""The message and path of each constraint that a request can violate, by its name and by SQLite's text for it."""

AWAY = (
    "connection",
    "closed",
    "terminating",
    "starting up",
    "shutting down",
    "readonly",
    "read-only",
    "disk",
    "full",
    "too many clients",
    "locked",
    "lock timeout",
    "deadlock",
    "refused",
    "authentication failed",
    "pg_hba.conf",
    "cannot switch to state",  # asyncpg, if the server ends a connection between two messages of one statement
)
AWAY_STATES = ("08", "25006", "40", "53", "55P03", "57P", "58")
"""Prefixes of the SQLSTATEs of an unavailable database: connections, read-only, rollbacks, resources, locks, operator
intervention, I/O.
"""
CANCELED_STATE = "57014"
"""The SQLSTATE of a statement that exceeded its time limit; the message is in the language of the database."""
FULL_STATE, FULL = "53100", "disk is full"
DISK_IS_FULL = "The database's disk is full: free space on it before writing."
DAMAGED = ("disk image is malformed", "malformed database schema", "not a database", "could not decode to utf-8")
DAMAGED_STATE = "XX00"
"""Signs of damaged database files: SQLite's messages, and the prefix of PostgreSQL's SQLSTATEs."""
IS_DAMAGED = (
    "The database is damaged: a part of it cannot be read. Stop the server, and restore a backup or "
    "use the database's recovery tools."
)
NOT_ENCRYPTED = ("rejected SSL upgrade", "certificate")
CANNOT_BE_OPENED = (
    "The database's file cannot be opened: check that it is a file, that the server may read and write it and its "
    "folder, and that not too many files are open."
)
CANNOT_BE_WRITTEN = (
    "The database's file cannot be written: check that the server may write it, the files beside it that end in -wal "
    "and -shm, and their folder, and that none was moved or replaced while it is open."
)
IS_NOT_ENCRYPTED = (
    "The connection to the database cannot be encrypted as its URL demands: it does not encrypt, or its certificate "
    "cannot be checked; the server's log has the reason."
)
CREDENTIALS_REFUSED = (
    "The database refuses the role or the password of its URL, or connections of this role from this machine: check "
    "the URL, and the database's list of permitted connections."
)
NO_SUCH_DATABASE = "The database that the URL names does not exist: create it, or correct the URL."
NOT_PERMITTED = (
    "The role of the database's URL may not do this: make it the owner of the database and its tables, or grant it "
    "what is missing; the server's log names the object."
)
TOO_MANY_CONNECTIONS = (
    "The database permits no more connections: raise its limit, or lower TUNIX_RT_DB_POOL_SIZE and "
    "TUNIX_RT_DB_MAX_OVERFLOW of the servers and workers."
)
NO_SUCH_HOST = (
    "The host of the database's URL cannot be found: check the URL, in which a password's special characters have to "
    "be percent-encoded, such as @ as %40."
)
REPAIRS = (
    (FULL_STATE, DISK_IS_FULL),
    ("28", CREDENTIALS_REFUSED),
    ("3D000", NO_SUCH_DATABASE),
    ("42501", NOT_PERMITTED),
    ("53300", TOO_MANY_CONNECTIONS),
)
"""What the operator has to repair, by the prefix of the SQLSTATE."""
MISSING = re.compile(r'(database|role) ".*" does not exist')
"""PostgreSQL's message for a URL with an unknown database or role; a missing table is an error of this program."""


@contextmanager
def translating_errors(report: Callable[[ErrorCode], None] = lambda _: None) -> Iterator[None]:
    """Translates the driver's exceptions to the server's errors.

    Args:
        report: called with the code of each error; INTERNAL for an error of this program.

    Raises:
        Conflict, Unavailable, RequestTimeout, BadUserInput: see ``translate``.
    """
    try:
        yield
    except (TimeoutError, exc.SQLAlchemyError, OSError) as error:
        known = translate(error)
        report(ErrorCode.INTERNAL if known is None else known.code)
        if known is None:
            raise
        logger.warning("database: %s", first_line(error))
        raise known from error


def translate(error: BaseException) -> TunixRtError | None:
    """Returns the user error for a database error; None for an error of this program."""
    text = first_line(error)
    if isinstance(error, exc.IntegrityError):
        meanings = [meaning for name, meaning in CONSTRAINTS.items() if name in text]
        return Conflict(*(meanings[0] if meanings else ("It conflicts with stored data.", ())))
    if state_of(error) == CANCELED_STATE or "interrupted" in text:
        return RequestTimeout("The database did not answer within the request's time limit.")
    if isinstance(error, exc.TimeoutError):
        return Unavailable("All database connections are in use; try again.")
    if message := repair_hint(error, text):
        return Unavailable(message)
    if isinstance(error, (OSError, asyncio.TimeoutError)) or is_unavailable(error, text):
        return Unavailable("The database cannot be reached or written now; try again later.")
    if isinstance(error, exc.DataError):
        return BadUserInput("A value is out of the database's range.")
    return None


def repair_hint(error: BaseException, text: str) -> str | None:
    """Returns what the operator has to repair; None if the error may pass without a repair."""
    if FULL in text:
        return DISK_IS_FULL
    if is_damaged(error, text):
        return IS_DAMAGED
    if "unable to open database file" in text:
        return CANNOT_BE_OPENED
    if "attempt to write a readonly database" in text:
        return CANNOT_BE_WRITTEN
    if any(word in text for word in NOT_ENCRYPTED):
        return IS_NOT_ENCRYPTED
    if isinstance(error, socket.gaierror):
        return NO_SUCH_HOST
    state = state_of(error)
    return next((message for prefix, message in REPAIRS if state.startswith(prefix)), None)


def is_damaged(error: BaseException, text: str) -> bool:
    """Returns whether an error reports damaged database files; XX000 itself is an internal error of PostgreSQL."""
    state = state_of(error)
    if not isinstance(error, exc.DBAPIError):
        return False
    return any(word in text.lower() for word in DAMAGED) or (state.startswith(DAMAGED_STATE) and state != "XX000")


def is_unavailable(error: BaseException, text: str) -> bool:
    """Returns whether an error reports that the database is unavailable, rather than that the statement is wrong."""
    if isinstance(error, exc.DBAPIError) and error.connection_invalidated:
        return True
    if not isinstance(error, exc.DBAPIError):
        return False
    words = any(word in text.lower() for word in AWAY) or MISSING.search(text) is not None
    return words or state_of(error).startswith(AWAY_STATES)


def state_of(error: BaseException) -> str:
    """Returns the SQLSTATE of an error; empty if it has none."""
    return getattr(getattr(error, "orig", None), "sqlstate", None) or ""


def first_line(error: BaseException) -> str:
    """Returns the driver's message without the statement and its parameters."""
    cause = getattr(error, "orig", None) or error
    return str(cause).splitlines()[0] if str(cause) else type(cause).__name__
