"""The first `make serve` on a machine: a Node.js that cannot build the pages is reported before anything else."""

from __future__ import annotations

import os
import shutil
import subprocess
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
