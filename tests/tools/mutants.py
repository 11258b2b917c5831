"""Mutation testing: changes a module in one small place after the other, and counts the changes that no test notices.

``python -m tests.tools.mutants MODULE TESTS...``, such as ``api/execution/limits.py
tests/api/execution/test_limits.py``. The work is done by cosmic-ray, on a copy below ``build``; every mutant costs a
start of pytest. Prints the survivors and the score.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

from tests.support.repository import ROOT

COPY = ROOT / "build" / "mutants"
COPIED = ("server", "tests", "migrations", "docs", "pyproject.toml", "README.md", "schema.graphql")
PACKAGE = "server/tunix_rt"
MUTANT_SECONDS = 120.0
USAGE = "usage: make mutants ARGS='domain/limits.py tests/api/execution/test_limits.py'"


def copy_tree() -> None:
    """Makes a fresh copy of what the tests need."""
    shutil.rmtree(COPY, ignore_errors=True)
    COPY.mkdir(parents=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, COPY / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, COPY / name)


def configuration(module: str, tests: list[str]) -> str:
    """Cosmic-ray's configuration: the tests import the copy, not what is installed."""
    path = ["-o", "pythonpath=. server", "-o", "addopts=--import-mode=importlib"]
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *path, *tests]
    quoted = json.dumps(" ".join(f"'{part}'" for part in command))
    return "\n".join(
        [
            "[cosmic-ray]",
            f'module-path = "{PACKAGE}/{module}"',
            f"timeout = {MUTANT_SECONDS}",
            "excluded-modules = []",
            f"test-command = {quoted}",
            "[cosmic-ray.distributor]",
            'name = "local"',
        ]
    )


def cosmic_ray(*arguments: str) -> None:
    """Runs one of its commands, which has to succeed."""
    subprocess.run([sys.executable, "-m", "cosmic_ray.cli", *arguments], cwd=COPY, check=True)


def outcomes() -> list[dict[str, str]]:
    """Returns the outcome of each mutant."""
    dump = subprocess.run(
        [sys.executable, "-m", "cosmic_ray.cli", "dump", "session.sqlite"],
        cwd=COPY,
        check=True,
        capture_output=True,
        text=True,
    )
    pairs = [json.loads(line) for line in dump.stdout.splitlines() if line.strip()]
    return [result | {"mutation": item["mutations"][0]} for item, result in pairs if result]


def main(arguments: list[str]) -> int:
    """Mutates a module and prints what survived."""
    if len(arguments) < 2:  # without named tests a module would be tested by all of them, for days
        print(USAGE, file=sys.stderr)
        return 2
    module, *tests = arguments
    copy_tree()
    (COPY / "session.toml").write_text(configuration(module, tests))
    cosmic_ray("init", "session.toml", "session.sqlite")
    cosmic_ray("baseline", "session.toml")
    cosmic_ray("exec", "session.toml", "session.sqlite")
    found = outcomes()
    survivors = [outcome for outcome in found if outcome["test_outcome"] == "survived"]
    for outcome in survivors:
        print(outcome["diff"])
    killed = len(found) - len(survivors)
    print(f"mutants: {killed} of {len(found)} were noticed ({100 * killed / max(1, len(found)):.0f} %)")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
