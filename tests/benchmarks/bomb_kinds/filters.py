"""Filters with many values."""

from __future__ import annotations

from typing import Any

from tests.benchmarks.bomb_kinds.base import BOTH, Bomb, asking

PARTS = "query ($given: [MetaFilter!]) { traces(where: { meta: $given }) { totalCount } }"
QUERY = "query ($where: TraceWhere) { traces(where: $where) { totalCount } }"
VALUES = 1000


def metadata(conditions: int) -> dict[str, Any]:
    """Returns a filter with ``conditions`` conditions on metadata, each with the maximum number of values."""
    return {"and": [{"meta": [{"path": ["source"], "in": texts(number)}]} for number in range(conditions)]}


def sources(conditions: int) -> dict[str, Any]:
    """Returns a filter with ``conditions`` conditions on the source."""
    return {"or": [{"source": {"in": texts(number)}} for number in range(conditions)]}


def texts(number: int) -> list[str]:
    """The values of one condition."""
    return [f"{number}-{value}" for value in range(VALUES)]


ALIASED = "query ($given: [MetaFilter!]) {{ {} }}".format(
    " ".join(f"a{place}: traces(where: {{ meta: $given }}) {{ totalCount }}" for place in range(49))
)
"""A query that uses one filter in as many fields as it may have aliases."""

BOMBS = (
    Bomb("filter: 1,200 meta", asking(PARTS, {"given": [{"path": "a"}] * 1200}), BOTH),
    Bomb("filter: 24 meta in 49 fields", asking(ALIASED, {"given": [{"path": "a"}] * 24}), BOTH),
    Bomb("filter: 1,200 meta in 49 fields", asking(ALIASED, {"given": [{"path": "a"}] * 1200}), BOTH),
    Bomb("filter: 100,000 meta in a list", asking(PARTS, {"given": [{"path": "a"}] * 100_000}), BOTH),
    Bomb("filter: 1 meta in 1,000 texts", asking(QUERY, {"where": metadata(1)}), BOTH),
    Bomb("filter: 199 meta in 1,000 texts", asking(QUERY, {"where": metadata(199)}), BOTH),
    Bomb("filter: 34 source in 1,000 texts", asking(QUERY, {"where": sources(34)}), BOTH),
    Bomb("filter: 199 source in 1,000 texts", asking(QUERY, {"where": sources(199)}), BOTH),
)
