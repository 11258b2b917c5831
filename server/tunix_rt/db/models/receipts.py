"""Receipts of runs: what each attempt ran with (its events ``env`` and ``dataset``), and the hashes of its weights.

Step 0 is before training.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, Table

from tunix_rt.db.columns import code_point_text, json_text, uuid_column
from tunix_rt.db.models.base import METADATA

run_receipts = Table(
    "run_receipts",
    METADATA,
    Column("run_id", uuid_column(), ForeignKey("tunix_runs.id", ondelete="CASCADE"), primary_key=True),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("content", json_text(), nullable=False),
    sqlite_with_rowid=False,
)

run_weights = Table(
    "run_weights",
    METADATA,
    Column("run_id", uuid_column(), ForeignKey("tunix_runs.id", ondelete="CASCADE"), primary_key=True),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("step", Integer, primary_key=True, autoincrement=False),
    Column("sha256", code_point_text(), nullable=False),
    CheckConstraint("step >= 0", name="step_range"),
    sqlite_with_rowid=False,
)
