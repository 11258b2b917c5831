"""A backup that is made while the server runs, as the guide has it, is restored with every dataset and every file."""

from __future__ import annotations

import hashlib
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.background import background_server
from tests.support.commands import Commands
from tests.support.postgres import find_programs
from tunix_rt.settings import Settings

BACKUP, FILES = "tunix-rt.backup", "files.tar"


@pytest.fixture
def new_url(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> str:
    """A database of the same kind without any table."""
    if database_url.startswith("sqlite"):
        return f"sqlite+aiosqlite:///{tmp_path / 'restored.db'}"
    url: str = request.getfixturevalue("empty_postgresql_url")
    return url


def run(*command: str | Path) -> None:
    """Runs a program of the guide."""
    subprocess.run(command, check=True, capture_output=True, timeout=60)


def copy_database(source: str, target: str, folder: Path) -> None:
    """Backs a database up, and restores it into an empty one."""
    file = folder / BACKUP
    if source.startswith("sqlite"):
        file = Path(target.partition(":///")[2])
        with closing(sqlite3.connect(source.partition(":///")[2])) as old, closing(sqlite3.connect(file)) as new:
            old.backup(new)
        return
    given, taken = (url.replace("+asyncpg", "") for url in (source, target))
    run(find_programs() / "pg_dump", "--format", "custom", "--file", file, given)
    run(find_programs() / "pg_restore", "--no-owner", "--exit-on-error", "--dbname", taken, file)


def copy_files(source: Path, target: Path, folder: Path) -> None:
    """Backs a data folder up, and restores it into an empty one."""
    target.mkdir()
    archive = folder / FILES
    run("tar", "--create", "--file", archive, "--exclude", "tunix-rt.sqlite*", "--directory", source, ".")
    run("tar", "--extract", "--file", archive, "--directory", target)


def contents(commands: Commands, folder: Path) -> dict[str, Any]:
    """Returns the hash of each dataset, which is verified, and that of each export's file, which is downloaded."""
    found: dict[str, Any] = {}
    for dataset in commands.json("dataset", "list"):
        verified = commands.json("dataset", "verify", dataset["key"])
        assert (verified["intact"], verified["reproducible"]) == (True, True)
        assert verified["sha256"] == verified["derivedSha256"] == dataset["sha256"]
        found[dataset["key"]] = dataset["sha256"]
    for export in commands.json("export", "list"):
        file = folder / f"{export['uuid']}.jsonl"
        commands.succeed("export", "get", export["uuid"], "-o", str(file))
        found[export["uuid"]] = hashlib.sha256(file.read_bytes()).hexdigest()
    return found


def test_what_is_restored_has_every_dataset_and_every_file(database_url: str, new_url: str, tmp_path: Path):
    settings = Settings(data_dir=tmp_path / "data", database_url=database_url)
    with background_server(settings) as url:
        commands = Commands({"TUNIX_RT_SERVER": url})
        commands.succeed("samples", "load")
        commands.succeed("dataset", "create", "maths", "v1")
        commands.succeed("dataset", "split", "maths-v1", "--part", "train=0.8", "--part", "test=0.2")
        commands.succeed("export", "create", "maths-v1", "--wait")
        copy_database(database_url, new_url, tmp_path)
        copy_files(settings.data_dir, tmp_path / "restored", tmp_path)
        before = contents(commands, tmp_path)
    assert len(before) == 4

    restored = Settings(data_dir=tmp_path / "restored", database_url=new_url)
    with background_server(restored) as url:
        assert contents(Commands({"TUNIX_RT_SERVER": url}), tmp_path) == before
