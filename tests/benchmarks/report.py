"""The report: titles, aligned tables, medians and ratios."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

__all__ = ["heading", "median", "note", "ratio", "table"]


def heading(text: str) -> None:
    """A benchmark's title."""
    print(f"\n{text}\n{'=' * len(text)}", flush=True)


def note(text: str) -> None:
    """A line of explanation, or of what takes a while."""
    print(text, flush=True)


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Rows under their columns: the first to the left, the figures to the right."""
    widths = [max(len(cell) for cell in cells) for cells in zip(columns, *rows, strict=True)]
    for cells in (columns, ["-" * width for width in widths], *rows):
        first, *rest = (
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        print("  ".join([first, *rest]).rstrip(), flush=True)


def ratio(value: float, base: float) -> str:
    """Returns the ratio of a value to ``base``."""
    return f"{value / base:.2f} x" if base else "-"
