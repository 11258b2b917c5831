"""Scores: immutable ratings of a trace or of one of its steps."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Double, ForeignKey, Index, Integer, Table

from tunix_rt.db.columns import UtcDateTime, code_point_text, json_text, uuid_column
from tunix_rt.db.models.base import METADATA
from tunix_rt.db.models.jobs import created_by_column

scores = Table(
    "scores",
    METADATA,
    Column("id", uuid_column(), primary_key=True),
    Column("trace_id", uuid_column(), ForeignKey("traces.id", ondelete="CASCADE"), nullable=False),
    Column("step_index", Integer, comment="The step's own index; null for the whole trace."),
    Column("scorer", code_point_text(), nullable=False),
    Column("scorer_version", code_point_text(), nullable=False),
    Column("kind", code_point_text(), nullable=False),
    Column("score", Double, nullable=False),
    Column("rationale", code_point_text()),
    Column("details", json_text()),
    Column("scored_at", UtcDateTime(), nullable=False),
    Column("run_id", uuid_column(), comment="The training run whose model gave the score."),
    created_by_column(),
    CheckConstraint("kind IN ('CODE', 'MODEL', 'HUMAN')", name="kind"),
    CheckConstraint("step_index IS NULL OR step_index >= 0", name="step_index_range"),
    Index("ix_scores_latest", "trace_id", "scorer", "step_index", "scored_at", "id", "score"),
    Index(None, "scorer", "score", "id"),
    Index(None, "scored_at", "id"),
)
