"""The progress bar of an import."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from tunix_rt.domain.imports.importing import ImportReport


@dataclass(frozen=True)
class Bar:
    """A progress bar, advanced by the reader in bytes or in rows."""

    advance: Callable[[int], None]
    expect: Callable[[int | None], None]
    show: Callable[[ImportReport], None]


@contextmanager
def progress_bar(count: Callable[[ImportReport], int] = lambda report: report.added) -> Iterator[Bar]:
    """Shows a progress bar on standard error, if that is a terminal.

    Args:
        count: returns the number of new objects in a report.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("importing"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[added]:,} new"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("import", total=None, added=0)
        yield Bar(
            advance=lambda amount: progress.advance(task, amount),
            expect=lambda total: progress.update(task, total=total),
            show=lambda report: progress.update(task, added=count(report)),
        )


def size_of(file: IO[bytes]) -> int | None:
    """Returns a file's size in bytes; None for a stream."""
    if not file.seekable():
        return None
    start = file.seek(0, os.SEEK_CUR)
    size = file.seek(0, os.SEEK_END)
    file.seek(start)
    return size - start
