"""The official audits of GraphQL over HTTP (npm package graphql-http) against a running server."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from tests.support.repository import ROOT
from tests.support.servers import RunningServer

AUDITS = ROOT / "tests" / "audits"
INSTALLED = AUDITS / "node_modules" / ".package-lock.json"
KNOWN = 61


def run(*command: str) -> str:
    """The output of a command of Node's that has to succeed."""
    assert shutil.which(command[0]), f"these tests need {command[0]}: install Node.js 20 or newer"
    done = subprocess.run(command, cwd=AUDITS, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, f"{command} failed:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def is_installed() -> bool:
    """Returns whether ``node_modules`` holds what the lock file names."""
    if not INSTALLED.is_file():
        return False
    locked, installed = (json.loads(path.read_text())["packages"] for path in (AUDITS / "package-lock.json", INSTALLED))
    return all(
        installed.get(name, {}).get("integrity") == package["integrity"] for name, package in locked.items() if name
    )


@pytest.fixture(scope="module")
def audits() -> None:
    """The audits' packages, installed if they are missing or of other versions."""
    if not is_installed():
        run("npm", "ci", "--no-audit", "--no-fund")


def test_every_official_audit_passes(audits: None, server: RunningServer):
    results = json.loads(run("node", "audit.mjs", f"{server.url}/graphql"))

    assert len(results) == KNOWN
    failed = [f"{found['id']} {found['name']}: {found['reason']}" for found in results if found["status"] != "ok"]
    assert not failed, "\n".join(failed)
