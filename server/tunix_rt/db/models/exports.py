"""Exports: jobs that write traces to a file, the events that report their progress, and the tokens of attempts."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Double, ForeignKey, Index, Integer, Table

from tunix_rt.db.columns import UtcDateTime, code_point_text, json_text, uuid_column
from tunix_rt.db.models.base import METADATA, one_of
from tunix_rt.db.models.jobs import JobStatus, created_by_column, ledger_checks, ledger_columns, token_columns

exports = Table(
    "exports",
    METADATA,
    Column("id", uuid_column(), primary_key=True),
    Column("dataset_id", uuid_column(), ForeignKey("datasets.id", ondelete="SET NULL")),
    Column("format", code_point_text(), nullable=False),
    Column("container", code_point_text(), nullable=False),
    Column("file_name", code_point_text(), nullable=False, comment="Of the file that is offered for download."),
    Column("row_count", BigInteger, nullable=False),
    Column("missing_count", BigInteger, nullable=False, comment="Members of the selection that were deleted."),
    Column("byte_size", BigInteger, nullable=False),
    Column("sha256", code_point_text()),
    Column("path", code_point_text(), comment="Below the exports folder; null until completed and once removed."),
    Column("expires_at", UtcDateTime()),
    *ledger_columns(),
    Column("options", json_text(), nullable=False),
    Column("recipe", json_text(), nullable=False, comment="Which traces: thousands of ids at most."),
    Column("skipped_count", BigInteger, nullable=False, server_default="0"),
    created_by_column(),
    *ledger_checks(),
    CheckConstraint("row_count >= 0 AND missing_count >= 0 AND byte_size >= 0", name="count_range"),
    Index(None, "created_at", "id"),
    Index(None, "status", "created_at", "id"),
    Index(None, "dataset_id", "created_at", "id"),
)

export_events = Table(
    "export_events",
    METADATA,
    Column("export_id", uuid_column(), ForeignKey("exports.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False, comment="From 1, without gaps."),
    Column("at", UtcDateTime(), nullable=False),
    Column("status", code_point_text(), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("progress", Double, nullable=False),
    Column("row_count", BigInteger, nullable=False),
    Column("byte_size", BigInteger, nullable=False),
    Column("message", code_point_text()),
    one_of("status", JobStatus),
    sqlite_with_rowid=False,
)

export_tokens = Table(
    "export_tokens",
    METADATA,
    Column("export_id", uuid_column(), ForeignKey("exports.id", ondelete="CASCADE"), primary_key=True),
    *token_columns(),
)
