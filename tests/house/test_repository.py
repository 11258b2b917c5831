"""Rules for all files of this repository."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.repository import ROOT

LOCKS = sorted((ROOT / "requirements").glob("*.txt"))

HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
REQUIREMENT = re.compile(r"[a-z0-9][a-z0-9.-]*==[^\s;]+( ; .+)? \\")
MACHINE_PATH = re.compile(r"(?<![\w.+/*<>~$}-])/(?:root|work|opt)/")


def repository_files() -> list[Path]:
    """The files that git has or would take."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return sorted({ROOT / name for name in names if name and (ROOT / name).is_file()})


def lines_of(path: Path) -> list[str]:
    """The lines of a text file; none for a file that is not text."""
    content = path.read_bytes()
    return [] if b"\0" in content else content.decode(errors="replace").splitlines()


def test_package_locks_name_no_registry():
    locks = [path for path in repository_files() if path.name == "package-lock.json"]

    assert locks
    for lock in locks:
        packages = json.loads(lock.read_text())["packages"]
        named = [name for name, package in packages.items() if "resolved" in package and not package.get("link")]
        assert not named, f"{lock}: these name where they come from: {named}"


def test_package_locks_have_a_hash_for_each_package():
    for lock in [path for path in repository_files() if path.name == "package-lock.json"]:
        packages = json.loads(lock.read_text())["packages"]
        without = [
            name
            for name, package in packages.items()
            if name and "integrity" not in package and not package.get("link")
        ]
        assert not without, f"{lock}: these have no hash: {without}"


def test_there_are_locks():
    assert {lock.name for lock in LOCKS} == {"runtime.txt", "dev.txt", "postgresql.txt", "nginx.txt", "ray.txt"}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_python_locks_hold_names_versions_and_hashes_only(lock: Path):
    lines = [line for line in lines_of(lock) if line and not line.lstrip().startswith("#")]
    odd = [line for line in lines if not (HASH.fullmatch(line) or REQUIREMENT.fullmatch(line))]

    assert not odd, f"neither a version nor a hash: {odd}"


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_python_locks_have_a_hash_for_each_package(lock: Path):
    content = "\n".join(line for line in lines_of(lock) if not line.lstrip().startswith("#"))
    without = [block for block in re.split(r"\n(?=\S)", content) if "==" in block and "--hash=sha256:" not in block]

    assert not without, f"without a hash: {without}"


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_python_locks_name_no_host_and_no_path(lock: Path):
    found = [line for line in lines_of(lock) if re.search(r"://|^\s*-(i|f|e)\b|--(extra-)?index|--find-links|@ ", line)]

    assert not found


def test_the_locks_agree():
    runtime, development = (
        {line for line in lines_of(ROOT / "requirements" / name) if REQUIREMENT.fullmatch(line)}
        for name in ("runtime.txt", "dev.txt")
    )

    assert runtime
    assert runtime <= development


def test_no_file_names_a_place_on_the_machine_it_was_written_on():
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for path in repository_files()
        for number, line in enumerate(lines_of(path), start=1)
        if MACHINE_PATH.search(line)
    ]

    assert not found, "\n".join(found)


@pytest.mark.parametrize("place", ["root", "work", "opt"])
def test_a_place_on_a_machine_is_recognised(place: str):
    assert MACHINE_PATH.search(f"DATA = '/{place}/data'")
    assert MACHINE_PATH.search(f"cd /{place}/data")
    assert not MACHINE_PATH.search(f"see docs/{place}/page.md")
    assert not MACHINE_PATH.search(f"http://host/{place}/page")
