"""The first `make serve` or `make test` on a machine: what is missing is reported before anything else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.repository import ROOT

PROGRAMS = {"node": "echo {version}", "npm": "mkdir node_modules"}


def install(folder: Path, version: str) -> subprocess.CompletedProcess[str]:
    """Installs what the pages need in a checkout, with stand-ins for Node.js and npm."""
    web, programs = folder / "client" / "web", folder / "programs"
    for made in (web, programs):
        made.mkdir(parents=True)
    shutil.copyfile(ROOT / "Makefile", folder / "Makefile")
    for name in ("package.json", "package-lock.json"):
        (web / name).write_text("{}")
    for name, text in PROGRAMS.items():
        (programs / name).write_text(f"#!/bin/sh\n{text.format(version=version)}\n")
        (programs / name).chmod(0o755)
    return subprocess.run(
        ["make", "client/web/node_modules/.installed"],
        cwd=folder,
        env={"PATH": f"{programs}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("version", ["v20.19.0", "v20.20.2", "v22.1.0", "v100.0.0"])
def test_a_node_that_builds_the_pages(tmp_path: Path, version: str):
    done = install(tmp_path / "a checkout", version)

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "a checkout" / "client" / "web" / "node_modules" / ".installed").exists()


@pytest.mark.parametrize("version", ["v18.20.4", "v20.18.3", "v9.0.0", ""])
def test_an_older_node_is_refused(tmp_path: Path, version: str):
    done = install(tmp_path / "a checkout", version)

    assert done.returncode == 2
    assert f"Node.js 20.19 or newer is needed to build the pages; this is {version}." in done.stderr
    assert not (tmp_path / "a checkout" / "client" / "web" / "node_modules").exists()


STANDARD = ("awk", "dirname", "env", "find", "make", "sh")
DAEMONS = ("munged", "slurmctld", "slurmd", "slurmrestd")


def start_tests(folder: Path, *installed: str) -> subprocess.CompletedProcess[str]:
    """Starts `make test` as a user who may not install packages, on a machine that has these programs."""
    tools, programs = folder / "tests" / "tools", folder / "programs"
    for made in (tools, programs, folder / "client" / "web"):
        made.mkdir(parents=True)
    shutil.copyfile(ROOT / "Makefile", folder / "Makefile")
    script = (ROOT / "tests" / "tools" / "provide.sh").read_text()
    (tools / "provide.sh").write_text(script.replace("/usr/sbin:/usr/local/sbin", str(programs)))
    (tools / "provide.sh").chmod(0o755)
    for name in STANDARD:
        (programs / name).symlink_to(str(shutil.which(name)))
    texts = {"id": "echo 1000", "node": "echo v22.1.0", "python3": f'exec "{sys.executable}" "$@"'}
    for name in ("id", *installed):
        (programs / name).write_text(f"#!/bin/sh\n{texts.get(name, '')}\n")
        (programs / name).chmod(0o755)
    environment = {"PATH": str(programs)}
    return subprocess.run(
        ["make", "test"], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def test_all_that_the_tests_lack_is_named_at_once(tmp_path: Path):
    done = start_tests(tmp_path / "checkout", "python3", "slurmctld")

    assert done.returncode == 2
    packages = "git openssl munge slurmctld slurmd slurmrestd slurm-wlm-basic-plugins slurm-wlm-jwt-plugin"
    assert done.stderr.splitlines()[:6] == [
        "The tests need what is missing here and cannot be installed by this user:",
        "  Node.js 20.19 or newer, with npm, from https://nodejs.org",
        "  git",
        "  openssl, for the tests of nginx",
        "  Slurm's programs: munged slurmd slurmrestd",
        f"On Debian and Ubuntu, as root: apt-get install {packages}",
    ]
    assert sorted(path.name for path in (tmp_path / "checkout").iterdir()) == [
        "Makefile",
        "client",
        "programs",
        "tests",
    ]


def test_a_missing_python_is_named_with_the_rest(tmp_path: Path):
    done = start_tests(tmp_path / "checkout", "node", "npm", "git", "openssl", *DAEMONS)

    assert done.returncode == 2
    assert "  Python 3.11 or newer (another place: make PYTHON=/path/to/python3)\n" in done.stderr
    assert "apt-get install python3 python3-venv\n" in done.stderr
    assert "Slurm" not in done.stderr


def test_the_tests_start_where_nothing_is_missing(tmp_path: Path):
    done = start_tests(tmp_path / "checkout", "python3", "node", "npm", "git", "openssl", *DAEMONS)

    assert "The tests need what is missing" not in done.stderr
    assert "requirements/dev.txt" in done.stderr, "make goes on to install, for which this checkout has no lock"
