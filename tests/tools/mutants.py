"""Mutation testing: changes a module in one small place after the other, and counts the changes that no test notices.

``python -m tests.tools.mutants MODULE TESTS...``, such as ``domain/text.py tests/domain/test_json_text.py -k sqlite``;
what follows the module are arguments of pytest. The changes are cosmic-ray's. Each is tried in a fork of one process
that has imported whatever does not depend on the module, so a mutant costs little more than its tests. Processes that
tests start run the unchanged code: give tests that run in process. Prints the survivors and the score.
"""

from __future__ import annotations

import difflib
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator

from tests.support.repository import ROOT
from tests.tools.mutation.changes import Change, changes_of
from tests.tools.mutation.forks import Outcome, Trials

PACKAGE = "tunix_rt"
SHORTEST_DEADLINE = 20.0
DEADLINE_FACTOR = 6.0
"""Seconds of the unchanged module's run, times this, until a mutant counts as hanging."""

USAGE = "usage: make mutants ARGS='domain/text.py tests/domain/test_json_text.py'"


def difference(before: str, after: str, module: str) -> Iterator[str]:
    """The lines of a change, as a patch shows them."""
    return difflib.unified_diff(before.splitlines(), after.splitlines(), module, module, n=1, lineterm="")


def try_all(trials: Trials, changes: list[Change], deadline: float) -> dict[Change, Outcome]:
    """Returns the outcome of each change; prints a dot or an ``S`` as soon as one is known."""
    outcomes: dict[Change, Outcome] = {}
    for change in changes:
        outcomes[change] = trials.attempt(change.source, deadline)
        print("S" if outcomes[change] is Outcome.SURVIVED else ".", end="", flush=True)
    print()
    return outcomes


def main(arguments: list[str]) -> int:
    """Mutates a module and prints what survived."""
    if len(arguments) < 2:  # without named tests a module would be tested by all of them, for days
        print(USAGE, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # not without ending the fork
    module, *tests = arguments
    file = ROOT / "server" / PACKAGE / module
    source = file.read_text()
    changes = changes_of(source)
    with Trials(file, tests) as trials:
        seconds = trials.warm()
        if seconds is None:
            print(trials.output.read_text(), "The tests fail without any change.", sep="\n", file=sys.stderr)
            return 1
        print(f"{len(changes)} changes; the tests take {seconds:.1f} s")
        start = time.monotonic()
        outcomes = try_all(trials, changes, max(SHORTEST_DEADLINE, DEADLINE_FACTOR * seconds))
        took = time.monotonic() - start
    for change, outcome in outcomes.items():
        if outcome is Outcome.SURVIVED:
            print("\n".join([f"# {change.operator}", *difference(source, change.source, module)]))
    counts = Counter(outcomes.values())
    noticed, hung = len(changes) - counts[Outcome.SURVIVED], counts[Outcome.HUNG]
    share = f"{100 * noticed / max(1, len(changes)):.0f} %"
    print(f"mutants: {module}: {noticed} of {len(changes)} were noticed ({share}), {hung} of them by the deadline;")
    print(f"{took / max(1, len(changes)):.1f} s a mutant")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
