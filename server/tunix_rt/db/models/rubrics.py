"""Rubrics: what reviewers score traces by."""

from __future__ import annotations

from sqlalchemy import Column, Table, UniqueConstraint

from tunix_rt.db.columns import UtcDateTime, code_point_text, json_text, uuid_column
from tunix_rt.db.models.base import METADATA

rubrics = Table(
    "rubrics",
    METADATA,
    Column("id", uuid_column(), primary_key=True),
    Column("name", code_point_text(), nullable=False),
    Column("criteria", json_text(), nullable=False),
    Column("created_at", UtcDateTime(), nullable=False),
    UniqueConstraint("name"),
)
