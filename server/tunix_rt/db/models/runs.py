"""Runs: the registry of training, which forgets nothing."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Double, ForeignKey, Index, Integer, Table, Text

from tunix_rt.db.columns import code_point_text, json_text, uuid_column
from tunix_rt.db.models.base import METADATA
from tunix_rt.db.models.ledger import ledger_checks, ledger_columns

tunix_runs = Table(
    "tunix_runs",
    METADATA,
    Column("id", uuid_column(), primary_key=True),
    Column("dataset_id", uuid_column(), ForeignKey("datasets.id", ondelete="RESTRICT")),
    Column("eval_dataset_id", uuid_column(), ForeignKey("datasets.id", ondelete="RESTRICT")),
    Column("dataset_key", code_point_text(), nullable=False),
    Column("model_id", code_point_text(), nullable=False),
    Column("mode", code_point_text(), nullable=False),
    Column("method", code_point_text(), nullable=False),
    Column("output_name", code_point_text()),
    Column("engine", code_point_text(), nullable=False),
    Column("engine_ref", code_point_text()),
    Column("exit_code", Integer),
    Column("duration_seconds", Double),
    *ledger_columns(),
    Column("message", Text, nullable=False),
    Column("config", json_text()),
    Column("stdout", Text, nullable=False),
    Column("stderr", Text, nullable=False),
    *ledger_checks(),
    CheckConstraint("mode IN ('DRY_RUN', 'LOCAL')", name="mode"),
    CheckConstraint("method IN ('SFT', 'LORA')", name="method"),
    Index(None, "created_at", "id"),
    Index(None, "status", "created_at", "id"),
    Index(None, "dataset_key", "created_at", "id"),
    Index(None, "dataset_id", "created_at", "id"),
    Index(None, "eval_dataset_id"),
)
