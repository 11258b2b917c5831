"""The shell and Python blocks of the documentation's pages, and what each has to print.

A block marked ``sh`` or ``python`` is run in a walk through all pages (``tests/support/walk.py``), ``sh endless`` too,
which goes on until it is broken off. ``sh apart`` is run in a separate folder (``tests/support/apart.py``). ``elsewhere
(REASON)`` is not run, for that reason; any other word names the test that runs the block. If the next block is marked
``text output``, it is the standard output; ``…`` in it matches anything.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.documentation import BLOCK, name_of

WALKED = frozenset({"sh", "sh endless", "python"})
APART = frozenset({"sh apart"})


@dataclass(frozen=True)
class Command:
    """A shell or Python block of a page, and what it prints, if that is shown."""

    page: Path
    line: int
    text: str
    mark: str
    output: str | None

    def __str__(self) -> str:
        return f"{name_of(self.page)}:{self.line}"


def check_output(command: Command, printed: str) -> None:
    """Makes sure that a block has printed what is shown; ``…`` matches anything."""
    if command.output is not None:
        shown = ".*".join(map(re.escape, command.output.strip().split("…")))
        assert re.fullmatch(shown, printed.strip(), re.DOTALL), f"{command}: {printed}"


def commands_in(page: Path, marks: Container[str] = WALKED) -> Iterator[Command]:
    """Yields the blocks of a page with one of the marks."""
    text = page.read_text()
    blocks = list(BLOCK.finditer(text))
    for position, block in enumerate(blocks):
        if block["info"] not in marks:
            continue
        following = blocks[position + 1] if position + 1 < len(blocks) else None
        output = following["text"] if following and following["info"] == "text output" else None
        yield Command(page, text[: block.start()].count("\n") + 1, block["text"], block["info"], output)
