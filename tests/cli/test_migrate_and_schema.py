"""``tunix-rt migrate``, ``schema`` and the help of them all."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

import tunix_rt
from tests.support.fork_server import ForkServer
from tests.support.program import Program, as_lines, stored
from tests.support.repository import ROOT
from tests.support.traces import native_trace
from tunix_rt.cli import COMMANDS, group
from tunix_rt.db.migrate import revisions

UNUSED = "sqlite+aiosqlite:///unused.db"
HEAD = revisions()[-1]


@pytest.fixture
def program(empty_database_url: str, tmp_path: Path, fork_server: ForkServer) -> Program:
    """The program on a database that was never migrated."""
    return Program(empty_database_url, tmp_path, fork_server)


def test_up_status_down_and_up_again(program: Program):
    none = f"The database is at revision none; this version needs {HEAD} (not current: run `tunix-rt migrate up`).\n"
    current = f"The database is at revision {HEAD}; this version needs {HEAD} (current).\n"

    for command, reported in (
        (["status"], none),
        (["up"], current),
        (["down", "base", "--yes"], none),
        (["up", HEAD], current),
    ):
        status, output, messages = program.run("migrate", *command)
        assert (status, output) == (0, reported), (command, messages)


def test_up_again_keeps_the_data(sqlite_url: str, tmp_path: Path, fork_server: ForkServer):
    program = Program(sqlite_url, tmp_path, fork_server)
    program.run("import", "jsonl", "-", given=as_lines([native_trace("kept")]))

    assert program.run("migrate", "up")[0] == 0
    assert [row[3] for row in stored(program)] == ["kept"]


def test_down_asks_first(sqlite_url: str, tmp_path: Path, fork_server: ForkServer):
    program = Program(sqlite_url, tmp_path, fork_server)

    assert program.run("migrate", "down", "base", given=b"n\n")[0] == 1
    assert stored(program) == []


def test_an_unknown_revision_is_reported(sqlite_url: str, tmp_path: Path, fork_server: ForkServer):
    status, _, messages = Program(sqlite_url, tmp_path, fork_server).run("migrate", "up", "9999")

    assert status == 1
    assert messages.startswith("tunix-rt: ")
    assert "Traceback" not in messages


def test_an_import_into_a_new_database_migrates_it(program: Program):
    assert program.run("import", "jsonl", "-", given=as_lines([native_trace()]))[0] == 0
    assert "(current)" in program.run("migrate", "status")[1]


def test_an_import_into_a_newer_database_is_refused(sqlite_url: str, tmp_path: Path, fork_server: ForkServer):
    program = Program(sqlite_url, tmp_path, fork_server)
    with closing(sqlite3.connect(tmp_path / "tunix_rt.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.execute("UPDATE schema_compatibility SET oldest_revision = '9999'")

    status, _, messages = program.run("import", "jsonl", "-", given=as_lines([native_trace()]))

    assert status == 1
    assert messages.startswith("tunix-rt: ")
    assert "9999" in messages
    assert stored(program) == []


@pytest.mark.parametrize(
    ("url", "reported"),
    [
        ("mysql://localhost/x", "use sqlite+aiosqlite:// or postgresql+asyncpg://"),
        ("nonsense", "not a database URL"),
        ("sqlite+aiosqlite://", "must be a file"),
    ],
)
def test_a_bad_database_url_is_reported(tmp_path: Path, url: str, reported: str, fork_server: ForkServer):
    status, _, messages = Program(url, tmp_path, fork_server).run("migrate", "status")

    assert (status, messages.startswith("tunix-rt: TUNIX_RT_DATABASE_URL")) == (1, True)
    assert reported in messages


def test_the_schema_is_the_one_checked_in(tmp_path: Path, fork_server: ForkServer):
    status, output, _ = Program(UNUSED, tmp_path, fork_server).run("schema")

    assert (status, output) == (0, (ROOT / "schema.graphql").read_text(encoding="utf-8"))


def test_help_and_version(tmp_path: Path, fork_server: ForkServer):
    program = Program(UNUSED, tmp_path, fork_server)

    assert program.run("--version") == (0, f"tunix-rt, version {tunix_rt.__version__}\n", "")
    status, output, _ = program.run("--help")
    assert status == 0
    assert [name for name in COMMANDS if name not in output] == []
    assert program.run("nothing")[0] == 2


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_describes_itself(name: str):
    shown = CliRunner().invoke(group, [name, "--help"], prog_name="tunix-rt")

    assert (shown.exit_code, shown.output.startswith(f"Usage: tunix-rt {name}")) == (0, True)


def test_serving_to_others_without_keys_is_refused(tmp_path: Path, fork_server: ForkServer):
    status, _, messages = Program(UNUSED, tmp_path, fork_server).run("serve", "--host", "0.0.0.0")  # noqa: S104

    assert (status, "tunix-rt: Listening on 0.0.0.0 needs an API key" in messages) == (1, True)
