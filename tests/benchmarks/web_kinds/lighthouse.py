"""Lighthouse's grades of three pages, on a desktop."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.benchmarks.report import note, table
from tests.support.repository import ROOT
from tests.support.servers import RunningServer
from tests.tools.browser import ARGUMENTS

FOLDER = ROOT / "tests" / "benchmarks" / "lighthouse"
PROGRAM = FOLDER / "node_modules" / "lighthouse" / "cli" / "index.js"
TARGETS = {"performance": 95, "accessibility": 100}
TIMES = {
    "first-contentful-paint": "first paint s",
    "largest-contentful-paint": "largest s",
    "total-blocking-time": "blocked ms",
    "cumulative-layout-shift": "shift",
}


def report(executable: str, server: RunningServer, paths: Mapping[str, str]) -> None:
    """Prints a row for each page; reports it where Lighthouse cannot be installed."""
    if not is_installed():
        note("\nLighthouse could not be installed, so it is not asked.")
        return
    note(f"\nLighthouse, desktop; the targets are {' and '.join(map(str, TARGETS.values()))}.")
    rows = [[name, *grades(executable, server.url + path)] for name, path in paths.items()]
    table(["", *TARGETS, *TIMES.values()], rows)


def is_installed() -> bool:
    """Whether Lighthouse is there, after installing it once."""
    npm = shutil.which("npm")
    if not PROGRAM.exists() and npm is not None:
        note("\n(Lighthouse is being installed.)")
        subprocess.run([npm, "ci", "--ignore-scripts"], cwd=FOLDER, check=False, capture_output=True)
    return PROGRAM.exists()


def grades(executable: str, url: str) -> list[str]:
    """The grades and the times of one page."""
    command = [
        *("node", str(PROGRAM), url, "--preset=desktop", "--output=json", "--quiet"),
        *(f"--only-categories={','.join(TARGETS)}", "--no-enable-error-reporting"),
        f"--chrome-flags=--headless=new {' '.join(ARGUMENTS)}",
    ]
    variables = os.environ | {"CHROME_PATH": executable}
    found = json.loads(subprocess.run(command, check=True, capture_output=True, env=variables, cwd=Path("/")).stdout)
    marks = [f"{found['categories'][name]['score'] * 100:.0f}" for name in TARGETS]
    values = {name: found["audits"][name]["numericValue"] for name in TIMES}
    return [*marks, *(shown(label, values[name]) for name, label in TIMES.items())]


def shown(label: str, value: float) -> str:
    """A time in the unit of its column; a shift as it is."""
    if label.endswith(" s"):
        return f"{value / 1000:.2f}"
    return f"{value:.0f}" if label.endswith("ms") else f"{value:.3f}"
