"""Saved views: named states of the web client's pages."""

from __future__ import annotations

from enum import Enum

from sqlalchemy import CheckConstraint, Column, Table, UniqueConstraint

from tunix_rt.db.columns import UtcDateTime, code_point_text, uuid_column
from tunix_rt.db.models.base import METADATA


class ViewPage(Enum):
    """A page of the web client that can have saved views."""

    TRACES = "TRACES"
    DATASETS = "DATASETS"
    RUNS = "RUNS"
    REVIEW = "REVIEW"


PAGES = ", ".join(f"'{page.value}'" for page in ViewPage)

saved_views = Table(
    "saved_views",
    METADATA,
    Column("id", uuid_column(), primary_key=True),
    Column("page", code_point_text(), nullable=False),
    Column("name", code_point_text(), nullable=False),
    Column("search", code_point_text(), nullable=False, comment="The query string of the page's URL."),
    Column("created_at", UtcDateTime(), nullable=False),
    UniqueConstraint("page", "name"),
    CheckConstraint(f"page IN ({PAGES})", name="page"),
)
