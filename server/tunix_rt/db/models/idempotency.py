"""Idempotency keys, each with the result of the mutation that was first sent with it."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table

from tunix_rt.db.columns import UtcDateTime, code_point_text, json_text
from tunix_rt.db.models.base import METADATA

idempotency_keys = Table(
    "idempotency_keys",
    METADATA,
    Column("key", code_point_text(), primary_key=True),
    Column("operation", code_point_text(), nullable=False),
    Column("request_hash", code_point_text(), nullable=False),
    Column("result_ids", json_text(), nullable=False),
    Column("created_at", UtcDateTime(), nullable=False),
    Index(None, "created_at"),
)
