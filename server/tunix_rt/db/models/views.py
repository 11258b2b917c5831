"""Saved views: named states of the web client's pages."""

from __future__ import annotations

from enum import Enum

from sqlalchemy import Column, Table, UniqueConstraint

from tunix_rt.db.columns import UtcDateTime, code_point_text, uuid_column
from tunix_rt.db.models.base import METADATA, one_of


class ViewPage(Enum):
    """A page of the web client that can have saved views."""

    TRACES = "TRACES"
    DATASETS = "DATASETS"
    RUNS = "RUNS"
    REVIEW = "REVIEW"


saved_views = Table(
    "saved_views",
    METADATA,
    Column("id", uuid_column(), primary_key=True),
    Column("page", code_point_text(), nullable=False),
    Column("name", code_point_text(), nullable=False),
    Column("search", code_point_text(), nullable=False, comment="The query string of the page's URL."),
    Column("created_at", UtcDateTime(), nullable=False),
    UniqueConstraint("page", "name"),
    one_of("page", ViewPage),
)
