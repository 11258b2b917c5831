"""The guide for Apollo apps: its configuration generates types, its sources agree with them, and its app runs."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from tests.support.documentation import BLOCK, DOCS
from tests.support.repository import ROOT
from tests.support.servers import RunningServer

WEB = ROOT / "client" / "web"
GUIDE = DOCS / "guides" / "apollo.md"
SHOWN_URL = "http://127.0.0.1:8000"
SCALARS = {"ID", "String", "Int", "Float", "Boolean"}


def write_app(folder: Path, url: str) -> None:
    """Writes the files that the guide shows, for a server."""
    for block in BLOCK.finditer(GUIDE.read_text()):
        language, _, name = block["info"].partition(" ")
        if language in {"ts", "tsx"}:
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block["text"].replace(SHOWN_URL, url))
    shutil.copy(ROOT / "schema.graphql", folder)
    (folder / "node_modules").symlink_to(WEB / "node_modules")


def test_the_app_of_the_guide_runs(tmp_path: Path, server: RunningServer):
    write_app(tmp_path, server.url)
    (shown,) = [block["text"] for block in BLOCK.finditer(GUIDE.read_text()) if block["info"] == "text output"]

    done = subprocess.run(
        ["node", "codegen/guide.mjs", str(tmp_path)], cwd=WEB, capture_output=True, text=True, check=False, timeout=300
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == shown
    assert (tmp_path / "src" / "gql" / "graphql.ts").exists()


def test_the_configuration_has_every_scalar():
    declared = set(re.findall(r"^scalar (\w+)", (ROOT / "schema.graphql").read_text(), re.MULTILINE))
    configured = re.search(r"scalars: \{([^}]*)\}", GUIDE.read_text())

    assert configured is not None
    assert set(re.findall(r"(\w+):", configured[1])) == declared - SCALARS
