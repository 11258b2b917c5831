"""``--data-dir``, which every command takes that works on data, and databases, which none makes that only looks."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import click
import pytest

from tests.support.commands import Commands
from tests.support.documentation import COMMANDS, SAMPLES
from tests.support.fork_server import ForkServer
from tests.support.servers import clean_environment
from tunix_rt.cli.options import DATA_DIR, command_line
from tunix_rt.db.migrate import revisions

WITHOUT_DATA = {"schema", "completion"}

LOOKING = [
    ["run", "list"],
    ["run", "show", "first"],
    ["run", "logs", "first"],
    ["run", "logs", "first", "--follow"],
    ["run", "cancel", "first"],
    ["run", "retry", "first"],
    ["run", "replay", "first"],
    ["run", "delete", "first", "--yes"],
    ["run", "start", "maths-v1", "--model", "tiny-random/qwen3"],
    ["run", "start", "maths-v1", "--model", "tiny-random/qwen3", "--wait"],
    ["export", "maths-v1"],
    ["export", "maths-v1", "-o", "maths.jsonl"],
    ["export", "list"],
    ["trace", "list"],
    ["dataset", "create", "maths", "v1"],
    ["score", "run"],
    ["score", "import", "-"],
    ["import", "scores", "-"],
    ["migrate", "down", "base", "--yes"],
]


Typed: TypeAlias = Callable[..., subprocess.CompletedProcess[str]]
"""``tunix_rt(folder, *arguments)`` runs a command as a user types it in a folder, without a setting."""


@pytest.fixture
def tunix_rt(fork_server: ForkServer) -> Typed:
    """Runs commands without settings."""

    def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        status, output, messages = fork_server.run(arguments, folder, clean_environment())
        return subprocess.CompletedProcess(arguments, status, output.decode(), messages.decode())

    return run


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - WITHOUT_DATA))
def test_every_command_takes_the_data_folder(name: str):
    names = [name for option in COMMANDS[name].params if isinstance(option, click.Option) for name in option.opts]

    assert "--data-dir" in names


@pytest.mark.parametrize("arguments", LOOKING, ids=" ".join)
def test_what_only_looks_makes_no_database(arguments: list[str], tmp_path: Path, tunix_rt: Typed):
    done = tunix_rt(tmp_path, *arguments)

    assert done.returncode == 1
    assert f"There is no database {tmp_path / '.tunix-rt' / 'tunix-rt.sqlite'}." in done.stderr
    assert not list(tmp_path.iterdir())


def test_samples_make_the_database_that_they_are_loaded_into(tmp_path: Path):
    place = Commands({"TUNIX_RT_DATA_DIR": str(tmp_path / "new")})

    assert place.succeed("samples", "load") == "60 traces added.\n"
    assert place.succeed("samples", "load") == "0 traces added, 60 stored already.\n"
    assert place.json("trace", "list", "--limit", "1")[0]["source"].startswith("sample/")


def test_samples_are_not_loaded_into_a_database_of_another_version(sqlite_url: str, tmp_path: Path):
    place = Commands.on(sqlite_url, tmp_path)
    place.succeed("migrate", "down", revisions()[-2], "--yes")

    assert "tunix-rt migrate up" in place.refusal("samples", "load")


def test_the_status_of_no_database_is_reported_without_making_it(tmp_path: Path, tunix_rt: Typed):
    done = tunix_rt(tmp_path, "migrate", "status", "--data-dir", "elsewhere")

    assert done.returncode == 0
    assert done.stdout.startswith(f"The database is at revision none; this version needs {revisions()[-1]}")
    assert not list(tmp_path.iterdir())


def test_commands_meet_in_the_folder_that_they_are_given(tmp_path: Path, tunix_rt: Typed):
    there = ["--data-dir", "there"]

    assert "60 traces added" in tunix_rt(tmp_path, "import", "jsonl", str(SAMPLES), *there).stdout
    assert "(current)" in tunix_rt(tmp_path, "migrate", "status", *there).stdout
    assert tunix_rt(tmp_path, "run", "list", *there).stderr.endswith("No runs found.\n")
    assert tunix_rt(tmp_path, "export", "none", *there).stderr.endswith("tunix-rt: There is no dataset 'none'.\n")
    assert tunix_rt(tmp_path, "dataset", "create", "all", "v1", *there).stdout == "all-v1\n"
    assert (tmp_path / "there" / "tunix-rt.sqlite").exists()
    assert not (tmp_path / ".tunix-rt").exists()


def test_a_folder_in_a_command_to_copy_is_quoted():
    with click.Context(click.Command("doctor")) as context:
        context.meta[DATA_DIR] = Path("my data")

        assert command_line("worker", "--labels", "gpu") == "tunix-rt worker --labels gpu --data-dir 'my data'"
