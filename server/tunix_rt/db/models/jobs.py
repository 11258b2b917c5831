"""The ledger's columns, which every table of jobs has: status, attempt, lease, owner, cancel flag. And the workers."""

from __future__ import annotations

from enum import Enum
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Column, Double, Integer, Table, UniqueConstraint, false
from sqlalchemy.schema import SchemaItem

from tunix_rt.db.columns import UtcDateTime, code_point_text, uuid_column
from tunix_rt.db.models.base import METADATA, one_of
from tunix_rt.setting_values import LABEL_MAX_CHARS


class JobStatus(Enum):
    """The status of a job; the last four are final."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    TIMEOUT = "TIMEOUT"
    CANCELLED = "CANCELLED"


UNFINISHED = (JobStatus.PENDING, JobStatus.RUNNING)
"""The statuses that are not final."""


class JobKindName(Enum):
    """A kind of job, by its noun."""

    DATASET = "DATASET"
    DRY_RUN = "DRY_RUN"
    EVALUATION = "EVALUATION"
    EXPORT = "EXPORT"
    GENERATION = "GENERATION"
    RUN = "RUN"


LABELS_MAX = 8
"""The maximum number of labels that a job may require of its worker."""


def created_by_column() -> Column[Any]:
    """Returns a new column for the author of a row, the last of its table."""
    return Column("created_by", code_point_text(), comment="The key's name; null without keys.")


def ledger_columns() -> list[Column[Any]]:
    """Returns new columns for one table.

    ``attempt`` is the job's fencing token: it is incremented, from 1, when a process takes the job. Each write names
    the owner and the attempt, and changes no row once another process has taken over. A running job whose lease has
    expired may be taken over.
    """
    return [
        Column("status", code_point_text(), nullable=False),
        Column("attempt", Integer, nullable=False),
        Column("max_attempts", Integer, nullable=False),
        Column("owner", code_point_text(), comment="The process that works on it; null unless it is running."),
        Column("lease_expires_at", UtcDateTime()),
        Column("cancel_requested", Boolean, nullable=False),
        Column("progress", Double, nullable=False, comment="0 to 1."),
        Column("error_code", code_point_text()),
        Column("error_message", code_point_text()),
        Column("created_at", UtcDateTime(), nullable=False),
        Column("started_at", UtcDateTime()),
        Column("completed_at", UtcDateTime()),
    ]


def ledger_checks() -> list[SchemaItem]:
    """Returns the CHECK constraints of the ledger's columns."""
    return [
        one_of("status", JobStatus),
        CheckConstraint("attempt BETWEEN 0 AND max_attempts", name="attempt_range"),
        CheckConstraint("progress BETWEEN 0 AND 1", name="progress_range"),
        CheckConstraint("(status = 'RUNNING') = (owner IS NOT NULL)", name="owner_while_running"),
        CheckConstraint("(owner IS NULL) = (lease_expires_at IS NULL)", name="lease_of_owner"),
        CheckConstraint("(status IN ('PENDING', 'RUNNING')) = (completed_at IS NULL)", name="completed_at_the_end"),
    ]


def token_columns() -> list[Column[Any]]:
    """Returns new columns for the token of an attempt without the database, beside the job's id."""
    return [
        Column("attempt", Integer, primary_key=True, autoincrement=False),
        Column("sha256", code_point_text(), nullable=False, comment="Hash of the token."),
        Column("issued_at", UtcDateTime(), nullable=False),
        Column(
            "place",
            code_point_text(),
            comment="The only one where the attempt is performed, as HOST:FOLDER; null until then.",
        ),
    ]


def label_items(noun: str) -> list[SchemaItem]:
    """Returns new columns and constraints for the labels that a job requires of its worker, beside ``NOUN_id``."""
    return [
        Column("position", Integer, primary_key=True, autoincrement=False),
        Column("label", code_point_text(), nullable=False, comment=f"A worker that takes the {noun} must have it."),
        CheckConstraint(f"position BETWEEN 0 AND {LABELS_MAX - 1}", name="position_range"),
        CheckConstraint(f"length(label) BETWEEN 1 AND {LABEL_MAX_CHARS}", name="label_length"),
        UniqueConstraint(f"{noun}_id", "label"),
    ]


workers = Table(
    "workers",
    METADATA,
    Column("id", uuid_column(), primary_key=True),
    Column("host", code_point_text(), nullable=False),
    Column("process_id", Integer, nullable=False),
    Column("version", code_point_text(), nullable=False),
    Column("kinds", code_point_text(), nullable=False, comment="Separated by commas."),
    Column("started_at", UtcDateTime(), nullable=False),
    Column("seen_at", UtcDateTime(), nullable=False, comment="The last heartbeat, by the database's clock."),
    Column("labels", code_point_text(), comment="Separated by commas; null for none."),
    Column("remote", Boolean, nullable=False, server_default=false(), comment="Whether it has no database."),
    Column(
        "account", uuid_column(), comment="The key that registered a worker without the database; null without keys."
    ),
)
