"""Reports of imports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from tunix_rt_client.display import card
from tunix_rt_client.tables import to_dataframe

if TYPE_CHECKING:
    import pandas


class Refusal(msgspec.Struct):
    """A line or row that was not stored.

    Args:
        line: its number, counted from 1.
        field: the field that is invalid.
        reason: what is wrong.
    """

    line: int
    field: str | None
    code: str
    reason: str


class ImportReport(msgspec.Struct):
    """The outcome of an import.

    Args:
        lines: lines or rows that were read.
        added: traces that were stored.
        duplicates: traces that were there already.
        rejected: lines or rows that were not stored; ``refusals`` has the reasons.
        scores: scores that were stored.
        stopped: whether the import ended at a refused line.
    """

    lines: int
    added: int
    duplicates: int
    rejected: int
    scores: int
    stopped: bool
    refusals: list[Refusal]

    def to_pandas(self) -> pandas.DataFrame:
        """Returns the refusals as a data frame: a row a refused line."""
        return to_dataframe([msgspec.to_builtins(refusal) for refusal in self.refusals])

    def _repr_html_(self) -> str:
        counts: list[tuple[str, Any]] = [(name, f"{getattr(self, name):,}") for name in COUNTS]
        refused = [(f"Line {found.line:,}", f"{found.field or ''} {found.reason}".strip()) for found in self.refusals]
        return card("Import", [*counts, *refused[:SHOWN]])


COUNTS = ("lines", "added", "duplicates", "rejected", "scores")
SHOWN = 20
"""Refusals that a notebook shows; ``to_pandas`` has all of them."""
