"""Datasets: frozen selections of traces, and their members in order."""

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

datasets = Table(
    "datasets",
    METADATA,
    Column("id", uuid_column(), primary_key=True),
    Column("key", code_point_text(), nullable=False),
    Column("name", code_point_text(), nullable=False),
    Column("version", code_point_text(), nullable=False),
    Column("build_id", uuid_column(), nullable=False),
    Column("trace_count", BigInteger, nullable=False),
    Column("sha256", code_point_text(), nullable=False, comment="Of the members' content hashes, in order."),
    Column("session_id", code_point_text()),
    Column("training_run_id", code_point_text()),
    Column("parent_dataset_id", uuid_column(), ForeignKey("datasets.id", ondelete="SET NULL")),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("recipe", json_text(), nullable=False),
    Column("stats", json_text(), nullable=False),
    UniqueConstraint("key"),
    CheckConstraint("trace_count >= 1", name="trace_count_range"),
    Index(None, "created_at", "id"),
    Index(None, "name", "id"),
    Index(None, "trace_count", "id"),
    Index(None, "parent_dataset_id"),
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
