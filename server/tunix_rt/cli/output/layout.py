"""The layout of a table: which columns fit a terminal, and how wide each is."""

from __future__ import annotations

from collections.abc import Sequence

GAP = 2
"""Spaces between two columns."""
UUID_WIDTH = 36
NAME_MAX = 40
"""Up to this width the first column is not cut: it names the object for the next command."""
CELL_MIN = 20
"""Up to this width no column is cut: numbers, times, intervals, most names."""


def laid_out(table: Sequence[Sequence[str]], available: int | None) -> tuple[list[str], list[str]]:
    """Returns the lines of a table, and the titles of the columns that do not fit.

    On a terminal, columns without a value are left out, except for the first one, and then those at the end that do not
    fit.

    Args:
        table: the titles, then the rows.
        available: the width of the terminal; None if all columns are to be complete.
    """
    cells = [[" ".join(cell.split()) for cell in row] for row in table]
    if available is not None and len(cells) > 1:
        valued = [place for place in range(len(cells[0])) if place == 0 or any(row[place] for row in cells[1:])]
        cells = [[row[place] for place in valued] for row in cells]
    widths = column_widths(cells)
    if available is not None and total_width(widths) > available:
        widths = fitting_widths(widths, min_widths(cells), available)
    return [line_of(row, widths) for row in cells], cells[0][len(widths) :]


def column_widths(cells: Sequence[Sequence[str]]) -> list[int]:
    """Returns the widths, in columns of a terminal, that the columns of a table need."""
    from rich.cells import cell_len

    return [max(map(cell_len, column)) for column in zip(*cells, strict=True)]


def min_widths(cells: Sequence[Sequence[str]]) -> list[int]:
    """Returns the widths below which columns are not cut: UUIDs and the names of the objects are kept whole."""
    return [
        UUID_WIDTH
        if all(len(cell) == UUID_WIDTH for cell in column[1:])
        else min(width, CELL_MIN if place else NAME_MAX)
        for place, (column, width) in enumerate(zip(zip(*cells, strict=True), column_widths(cells), strict=True))
    ]


def fitting_widths(widths: Sequence[int], minima: Sequence[int], available: int) -> list[int]:
    """Returns the widths of the columns that fit, from the first on; the columns after them do not fit.

    The widest columns are cut first, none below its minimum. The first column is always among them.

    Args:
        widths: the widths that the columns need.
        minima: the widths below which they are not cut.
        available: the width of the terminal.
    """
    count = len(widths)
    while count > 1 and total_width(minima[:count]) > available:
        count -= 1
    chosen = list(widths[:count])
    while total_width(chosen) > available:
        cuttable = [place for place in range(count) if chosen[place] > minima[place]]
        if not cuttable:
            break
        chosen[max(cuttable, key=lambda place: chosen[place])] -= 1
    return chosen


def total_width(widths: Sequence[int]) -> int:
    """Returns the width of a table."""
    return sum(widths) + GAP * (len(widths) - 1)


def line_of(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Returns the line of a row, with an ellipsis where a cell is cut."""
    from rich.cells import cell_len, set_cell_size

    columns = (
        set_cell_size(cell, width) if cell_len(cell) <= width else set_cell_size(cell, width - 1) + "…"
        for cell, width in zip(cells, widths, strict=False)
    )
    return (" " * GAP).join(columns).rstrip()
