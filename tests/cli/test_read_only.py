"""An SQLite database that this user may not write or look at: commands report which file or folder it is."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.servers import clean_environment

CAPABILITIES = "-dac_override,-dac_read_search"
BOUND = ["setpriv", "--bounding-set", CAPABILITIES, "--inh-caps", CAPABILITIES] if os.geteuid() == 0 else []
"""Root may write all files by these capabilities; without them, the modes hold for it as for its other users."""
TRACE = '{"prompt": "1 + 1?", "final_answer": "2", "steps": [{"i": 0, "type": "add", "content": "1 + 1 = 2"}]}\n'


@dataclass(frozen=True)
class Locked:
    """A data folder of which a part is read-only.

    Args:
        place: the part.
    """

    folder: Path
    place: Path

    def run(self, *arguments: str, given: str = "", **settings: str) -> tuple[int, str, str]:
        """Returns the exit status, the output and the messages of a command."""
        done = subprocess.run(
            [*BOUND, sys.executable, "-m", "tunix_rt", *arguments, "--data-dir", str(self.folder)],
            env=clean_environment() | settings,
            input=given,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout, done.stderr


PLACES = ("the folder", "the file", "the log")


@pytest.fixture
def locked(request: pytest.FixtureRequest, tmp_path: Path, sqlite_template: Path) -> Iterator[Locked]:
    """A data folder with a migrated database, of which one part, the parameter, is read-only."""
    folder = tmp_path / "data"
    file = folder / "tunix-rt.sqlite"
    folder.mkdir()
    shutil.copyfile(sqlite_template, file)
    with closing(sqlite3.connect(file)) as connection:
        if request.param == "the log":  # it stays while the database is open
            connection.execute("PRAGMA journal_mode=WAL").close()
            connection.execute("PRAGMA user_version=1").close()
        place = {"the folder": folder, "the file": file, "the log": folder / f"{file.name}-wal"}[request.param]
        place.chmod(0o555 if place.is_dir() else 0o444)
        yield Locked(folder, place)
        place.chmod(0o755)


@pytest.mark.parametrize(
    ("locked", "command"),
    [
        *((place, ["serve", "--port", "0"]) for place in PLACES),
        ("the file", ["worker"]),
        ("the log", ["import", "jsonl", "-"]),
    ],
    indirect=["locked"],
    ids=str,
)
def test_commands_that_write_name_the_place(locked: Locked, command: list[str]):
    before = sorted(locked.folder.iterdir())
    status, _, messages = locked.run(*command, given=TRACE)

    assert status == 1, messages
    assert f"cannot be written: this user may not write {locked.place}." in messages
    assert sorted(locked.folder.iterdir()) == before


@pytest.mark.parametrize("locked", ["the folder"], indirect=True)
def test_the_doctor_names_the_place(locked: Locked):
    status, output, _ = locked.run("doctor", "--json")

    assert status == 1
    found = {one["name"]: one for one in json.loads(output)}
    assert found["database"]["severity"] == "problem"
    assert found["database"]["text"] == f"{locked.place} cannot be written"


@pytest.fixture(params=["data", "data/below"])
def closed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Locked]:
    """A data folder that only another user may look into, or one below it."""
    place = tmp_path / "data"
    place.mkdir()
    place.chmod(0)
    yield Locked(tmp_path / request.param, place)
    place.chmod(0o755)


@pytest.mark.parametrize("command", [["trace", "list"], ["migrate", "status"]], ids=str)
def test_a_folder_that_may_not_be_looked_into_is_named(closed: Locked, command: list[str]):
    status, _, messages = closed.run(*command)

    assert status == 1, messages
    assert f"The database {closed.folder}/tunix-rt.sqlite cannot be opened" in messages


def test_the_doctor_names_a_folder_that_may_not_be_looked_into(closed: Locked):
    status, output, _ = closed.run("doctor", "--json")

    assert status == 1
    found = {one["name"]: one for one in json.loads(output)}
    assert [found[name]["severity"] for name in ("data folder", "disk", "database")] == ["problem", "ok", "problem"]
    assert found["database"]["advice"]


def test_the_doctor_names_what_another_user_has_made(tmp_path: Path):
    shared = tmp_path / "shared"
    for folder in (tmp_path / "data" / "runs", shared):
        folder.mkdir(parents=True)
        folder.chmod(0o555)
    status, output, _ = Locked(tmp_path / "data", shared).run(
        "doctor", "--json", TUNIX_RT_STORAGE_URL=f"file://{shared}"
    )

    assert status == 1
    problems = {one["name"]: one["text"] for one in json.loads(output) if one["severity"] == "problem"}
    assert problems == {
        "runs": f"{tmp_path}/data/runs cannot be written",
        "storage folder": f"{shared} cannot be written",
    }
