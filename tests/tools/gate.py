"""Prints how much of the server the tests have run, and fails below what is wanted.

``python -m tests.tools.gate LINES BRANCHES``, in percent. It reads what ``coverage`` has combined. Processes that were
killed outright could not report what they had run.
"""

from __future__ import annotations

import json
import subprocess
import sys

from tests.support.repository import ROOT

REPORT = ROOT / "build" / "coverage.json"


def percent(part: int, whole: int) -> float:
    """A share in percent; all of nothing is 100."""
    return 100.0 * part / whole if whole else 100.0


def main(arguments: list[str]) -> int:
    """Prints the report, then both figures; the exit status is 0 if both are reached."""
    wanted_lines, wanted_branches = map(float, arguments)
    coverage = [sys.executable, "-m", "coverage"]
    subprocess.run([*coverage, "report"], cwd=ROOT, check=False)
    subprocess.run([*coverage, "json", "--quiet", "-o", str(REPORT)], cwd=ROOT, check=True)
    totals = json.loads(REPORT.read_text())["totals"]
    lines = percent(totals["covered_lines"], totals["num_statements"])
    branches = percent(totals["covered_branches"], totals["num_branches"])
    print(f"coverage: {lines:.1f} % of lines ({wanted_lines:g} wanted), ", end="")
    print(f"{branches:.1f} % of branches ({wanted_branches:g} wanted)")
    return 0 if lines >= wanted_lines and branches >= wanted_branches else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
