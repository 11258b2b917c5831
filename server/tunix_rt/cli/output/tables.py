"""Tables and single objects, as text or as JSON."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import click

from tunix_rt.cli.options import wants_json
from tunix_rt.cli.output.layout import laid_out
from tunix_rt.cli.output.values import text_of, value_at

TITLE_WIDTH = 14

Columns: TypeAlias = Mapping[str, str | Callable[[Mapping[str, Any]], str]]
"""For each title, the path of a field, such as ``dataset.key``, or a function from an object to a text."""


def print_rows(columns: Columns, rows: Sequence[Mapping[str, Any]], noun: str, total: int | None = None) -> None:
    """Prints objects as a table, or with ``--json`` as an array.

    Args:
        noun: the plural of the objects' name.
        total: the number of all such objects; printed on standard error if it is greater than that of the rows.
    """
    if wants_json():
        print_json(rows)
    elif rows:
        print_table(list(columns), [[cell_of(row, column) for column in columns.values()] for row in rows])
    else:
        click.echo(f"No {noun} found.", err=True)
    if total is not None and total > len(rows):
        click.echo(f"{len(rows):,} of {total:,} {noun}; --limit shows more.", err=True)


def print_object(fields: Columns, found: Mapping[str, Any]) -> None:
    """Prints an object, one field a line and without those that are empty; with ``--json`` as an object."""
    if wants_json():
        print_json(found)
        return
    width = max(TITLE_WIDTH, *(len(title) + 2 for title in fields))
    for title, column in fields.items():
        if text := cell_of(found, column):
            click.echo(f"{title + ':':<{width}}{text}")


def print_json(value: Any) -> None:
    """Prints a value as one JSON document."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def cell_of(row: Mapping[str, Any], column: str | Callable[[Mapping[str, Any]], str]) -> str:
    """Returns the text of a column for an object."""
    return text_of(value_at(row, column)) if isinstance(column, str) else column(row)


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Prints a table. On a terminal it is fitted to its width; otherwise it is complete and can be searched and piped.

    The columns that a terminal has no space for are named on standard error.
    """
    available = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    lines, left_out = laid_out([list(header), *rows], available)
    for line in lines:
        click.echo(line)
    if left_out:
        click.echo(f"Not shown for lack of width: {', '.join(left_out)}.", err=True)
