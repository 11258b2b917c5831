"""The options of a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """The options of the command line.

    Args:
        traces: how many the deep page's table holds, and the dataset that a process builds.
        rounds: how often each figure is taken; the median is printed.
        gsm8k: a file with GSM8K's rows, imported in addition to the generated traces.
        exported: how many the exported dataset has.
        scale: how many the large dataset has.
        explain: whether to print the database's plan of each deep page.
        bombs: what the names of the bombs to be dropped hold.
        transferred: how many bytes are imported and downloaded through nginx.
        pinned: whether the servers of pages have one core, instead of all.
    """

    traces: int
    rounds: int
    gsm8k: Path | None
    exported: int
    scale: int
    explain: bool
    bombs: str = ""
    transferred: int = 1_000_000_000
    pinned: bool = False

    @property
    def export_rounds(self) -> int:
        """Returns the number of rounds of an export: at most 3, because each takes long."""
        return min(self.rounds, 3)
