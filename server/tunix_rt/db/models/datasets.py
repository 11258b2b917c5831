"""Datasets: frozen selections of traces, and their members in order.

A dataset is a job of the ledger until it is built. Its members are stored during the build and count once it is
COMPLETED.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    UniqueConstraint,
)

from tunix_rt.db.columns import UtcDateTime, code_point_text, json_text, uuid_column
from tunix_rt.db.models.base import METADATA
from tunix_rt.db.models.jobs import created_by_column, ledger_checks, ledger_columns

datasets = Table(
    "datasets",
    METADATA,
    Column("id", uuid_column(), primary_key=True),
    Column("key", code_point_text(), nullable=False),
    Column("name", code_point_text(), nullable=False),
    Column("version", code_point_text(), nullable=False),
    Column("build_id", uuid_column(), nullable=False),
    Column("trace_count", BigInteger, nullable=False),
    Column("sha256", code_point_text(), comment="Of the members' content hashes, in order; null until completed."),
    Column("session_id", code_point_text()),
    Column("training_run_id", code_point_text()),
    Column("parent_dataset_id", uuid_column(), ForeignKey("datasets.id", ondelete="SET NULL")),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("recipe", json_text(), nullable=False),
    Column("stats", json_text(), comment="Null until completed."),
    *(column for column in ledger_columns() if column.name != "created_at"),
    created_by_column(),
    UniqueConstraint("key"),
    CheckConstraint("trace_count >= 0", name="trace_count_range"),
    CheckConstraint(
        "(status = 'COMPLETED') = (trace_count > 0 AND sha256 IS NOT NULL AND stats IS NOT NULL)",
        name="whole_when_completed",
    ),
    *ledger_checks(),
    Index(None, "created_at", "id"),
    Index(None, "name", "id"),
    Index(None, "trace_count", "id"),
    Index(None, "parent_dataset_id"),
    Index(None, "status", "created_at", "id"),
)

dataset_traces = Table(
    "dataset_traces",
    METADATA,
    Column("dataset_id", uuid_column(), ForeignKey("datasets.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("trace_id", uuid_column(), nullable=False, comment="No foreign key: a deleted trace leaves its place."),
    Column("content_hash", LargeBinary, nullable=False, comment="sha256 of the trace when the dataset was built."),
    Column("prompt_hash", LargeBinary, nullable=False, comment="sha256 of its prompt."),
    Index(None, "trace_id", "dataset_id"),
    sqlite_with_rowid=False,
)
