"""``python -m tests.benchmarks``: runs the benchmarks and prints what they found."""

from __future__ import annotations

import argparse
import logging
import os
import time
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.databases import databases
from tests.benchmarks.machine import describe
from tests.benchmarks.options import Options
from tests.benchmarks.report import note

RUNS = ("registry", "runs", "run_fan_out")
NAMES = (
    "pages",
    "peers",
    "imports",
    "deep_pages",
    "members",
    "exports",
    "start",
    "fan_out",
    "load",
    *RUNS,
    "scoring",
    "generation",
    "evaluation",
    "datasets",
    "groups",
    "grading",
    "web",
)
ON_REQUEST = ("scale", "growth", "bombs", "transfers")
"""Those that take ten minutes and more, and those that are meant to hurt."""


def main() -> None:
    """Runs those asked for, in order."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--only", choices=NAMES + ON_REQUEST, action="append", help="run this one; may be given again")
    parser.add_argument(
        "--traces", type=int, default=200_000, help="traces in the deep page's table, and of the large dataset [200000]"
    )
    parser.add_argument("--rounds", type=int, default=5, help="how often each figure is taken [5]")
    parser.add_argument("--gsm8k", type=Path, metavar="FILE", help="import these GSM8K rows too")
    parser.add_argument("--exported", type=int, default=50_000, help="traces of the exported dataset [50000]")
    parser.add_argument("--scale", type=int, default=1_000_000, help="traces of the large dataset [1000000]")
    parser.add_argument("--bombs", default="", metavar="WORD", help="drop the bombs whose names hold this [all]")
    parser.add_argument(
        "--transferred", type=int, default=10**9, metavar="BYTES", help="import and download that much [1000000000]"
    )
    parser.add_argument("--explain", action="store_true", help="print the plans of the deep page's statements")
    parser.add_argument("--pin", action="store_true", help="keep the servers of pages and peers on one core")
    given = parser.parse_args()
    options = Options(
        *(given.traces, given.rounds, given.gsm8k, given.exported, given.scale, given.explain),
        bombs=given.bombs,
        pinned=given.pin,
        transferred=given.transferred,
    )
    for name in [name for name in os.environ if name.startswith("TUNIX_RT_")]:
        del os.environ[name]
    logging.disable(logging.INFO)
    run(given.only or NAMES, options)


def run(names: list[str] | tuple[str, ...], options: Options) -> None:
    """Runs the benchmarks of these names on separate databases."""
    start = time.perf_counter()
    describe()
    with TemporaryDirectory(prefix="tunix-rt-benchmarks-") as folder, databases(Path(folder)) as made:
        for name in names:
            import_module(f"tests.benchmarks.{name}").run(made, options)
    note(f"\nAll of it took {time.perf_counter() - start:.0f} s.")


if __name__ == "__main__":
    main()
