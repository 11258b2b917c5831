"""Traces: the derived columns that lists and filters read, then those that they seldom do, behind the payload."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from tunix_rt.db.columns import UtcDateTime, code_point_text, json_text, uuid_column
from tunix_rt.db.models.base import METADATA

traces = Table(
    "traces",
    METADATA,
    Column(
        "seq",
        BigInteger().with_variant(Integer(), "sqlite"),
        Identity(always=True),
        primary_key=True,
        comment="Order of commit: inserting transactions take turns, so a tail never has to look back.",
    ),
    Column("id", uuid_column(), nullable=False),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("trace_version", code_point_text(), nullable=False),
    Column("source", code_point_text()),
    Column("prompt_hash", code_point_text(), nullable=False),
    Column("content_hash", code_point_text(), nullable=False),
    Column("step_count", Integer, nullable=False),
    Column("char_count", Integer, nullable=False),
    Column("prompt_preview", code_point_text(), nullable=False),
    Column("final_answer_preview", code_point_text(), nullable=False),
    Column("external_id", code_point_text()),
    Column("meta", json_text()),
    Column("payload", Text, nullable=False),
    Column("reference_answer", code_point_text()),
    Column("group_key", code_point_text(), nullable=False, comment="As given, else the prompt hash."),
    UniqueConstraint("id"),
    CheckConstraint("step_count BETWEEN 1 AND 10000", name="step_count_range"),
    CheckConstraint("char_count >= 3", name="char_count_range"),
    Index(None, "created_at", "id"),
    Index(None, "source", "created_at", "id"),
    Index(None, "source", "id"),
    Index(None, "step_count", "id"),
    Index(None, "char_count", "id"),
    Index(None, "prompt_hash"),
    Index(None, "content_hash"),
    Index(None, "external_id", "id"),
    Index(None, "group_key", "id", "seq"),
    sqlite_autoincrement=True,
)
