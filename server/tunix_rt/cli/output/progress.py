"""Progress of work that takes long, on a terminal's standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress(text: str) -> Iterator[Callable[[str], None]]:
    """Shows a text while the block runs, and yields a function that replaces it; nothing if there is no terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status(text) as status:
        yield status.update


@contextmanager
def progress_below_output(text: str) -> Iterator[Callable[[str], None]]:
    """Shows a text as ``progress`` does, below the lines that the block prints to the same terminal."""
    if not sys.stdout.isatty():
        yield lambda _: None
        return
    with progress(text) as show:
        yield show
