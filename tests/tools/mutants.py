"""Mutation testing: changes a module in one small place after the other, and counts the changes that no test notices.

``python -m tests.tools.mutants MODULE TESTS...``, such as ``domain/text.py tests/domain/test_json_text.py -k sqlite``;
what follows the module are arguments of pytest. The changes are cosmic-ray's. Each is tried in a fork of one process
that has imported whatever does not depend on the module, so a mutant costs little more than its tests. Processes that
tests start run the unchanged code: give tests that run in process. Prints the survivors and the score.
"""

from __future__ import annotations

import argparse
import difflib
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator

from tests.support.repository import ROOT
from tests.tools.mutation.changes import Change, changes_of
from tests.tools.mutation.forks import Outcome, Trials

PACKAGE = "tunix_rt"
SHORTEST_DEADLINE = 20.0
DEADLINE_FACTOR = 6.0
"""Seconds of the unchanged module's run, times this, until a mutant counts as hanging."""

USAGE = "make mutants ARGS='[--sample N] domain/text.py tests/domain/test_json_text.py'"


def difference(before: str, after: str, module: str) -> Iterator[str]:
    """The lines of a change, as a patch shows them."""
    return difflib.unified_diff(before.splitlines(), after.splitlines(), module, module, n=1, lineterm="")


def try_all(trials: Trials, changes: list[Change], deadline: float, show: Callable[[Change], None]) -> Counter[Outcome]:
    """Returns how many changes had each outcome; prints a dot for each, and shows a survivor as soon as it is known."""
    outcomes: Counter[Outcome] = Counter()
    for change in changes:
        outcome = trials.attempt(change.source, deadline)
        outcomes[outcome] += 1
        print(".", end="", flush=True)
        if outcome is Outcome.SURVIVED:
            show(change)
    print()
    return outcomes


def sample_of(changes: list[Change], most: int) -> list[Change]:
    """Returns at most ``most`` changes, at equal distances."""
    return [changes[place * len(changes) // most] for place in range(most)] if len(changes) > most else changes


def main(arguments: list[str]) -> int:
    """Mutates a module and prints what survived."""
    options = argparse.ArgumentParser(usage=USAGE, allow_abbrev=False)
    options.add_argument("--sample", type=int, default=sys.maxsize, help="the number of changes to try instead of all")
    options.add_argument("module", help="the module, below server/tunix_rt")
    options.add_argument("test", help="a test, of which more may follow with further arguments of pytest")
    given, more = options.parse_known_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # not without ending the fork
    file = ROOT / "server" / PACKAGE / given.module
    source = file.read_text()
    changes = changes_of(source)
    tried = sample_of(changes, given.sample)

    def show(change: Change) -> None:
        print("\n".join(["S", f"# {change.operator}", *difference(source, change.source, given.module)]), flush=True)

    with Trials(file, [given.test, *more]) as trials:
        seconds = trials.warm()
        if seconds is None:
            print(trials.output.read_text(), "The tests fail without any change.", sep="\n", file=sys.stderr)
            return 1
        print(f"{given.module}: {len(tried)} of {len(changes)} changes; the tests take {seconds:.1f} s")
        start = time.monotonic()
        outcomes = try_all(trials, tried, max(SHORTEST_DEADLINE, DEADLINE_FACTOR * seconds), show)
        took = time.monotonic() - start
    noticed = len(tried) - outcomes[Outcome.SURVIVED]
    share = f"{100 * noticed / max(1, len(tried)):.0f} %"
    print(
        f"mutants: {given.module}: {noticed} of {len(tried)} were noticed ({share}), of them {outcomes[Outcome.HUNG]}"
    )
    print(f"by the deadline; {took / max(1, len(tried)):.1f} s a mutant")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
