"""The options of a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """What the command line asked for.

    Args:
        traces: how many the deep page's table holds.
        rounds: how often each figure is taken; the median is printed.
        gsm8k: GSM8K's rows, to be imported besides the made-up traces.
        explain: whether to print the database's plan of each deep page.
    """

    traces: int
    rounds: int
    gsm8k: Path | None
    explain: bool
