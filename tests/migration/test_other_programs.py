"""The database of another program, or of another encoding than UTF-8, is left alone, and reported as such."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from tests.migration.conftest import Work
from tests.support.postgres import PostgresServer
from tests.support.program import Program
from tunix_rt.db.migrate import upgrade
from tunix_rt.errors import SettingsError


def execute(on: Work, url: str, statement: str) -> None:
    """Executes a statement in a database."""
    on(url, lambda connection: connection.execute(text(statement)))


def tables_of(on: Work, url: str) -> set[str]:
    """The tables of a database."""
    return set(on(url, lambda connection: inspect(connection).get_table_names()))


def test_tables_of_another_program_are_left_alone(empty_database_url: str, on: Work):
    execute(on, empty_database_url, "CREATE TABLE datasets (number integer)")

    with pytest.raises(SettingsError, match="has a table datasets of another program"):
        upgrade(empty_database_url)

    assert tables_of(on, empty_database_url) == {"datasets"}


def test_other_tables_do_not_matter(empty_database_url: str, on: Work):
    execute(on, empty_database_url, "CREATE TABLE experiments (number integer)")

    upgrade(empty_database_url)

    assert tables_of(on, empty_database_url) >= {"experiments", "traces"}


def test_an_encoding_that_has_not_all_characters_is_refused(postgres: PostgresServer, on: Work):
    postgres.execute("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    try:
        with pytest.raises(SettingsError, match="has the encoding LATIN1, and needs UTF8"):
            upgrade(postgres.url("latin"))

        assert tables_of(on, postgres.url("latin")) == set()
    finally:
        postgres.drop_database("latin")


def test_a_revision_of_another_program_is_reported(database_url: str, on: Work, tmp_path: Path):
    execute(on, database_url, "UPDATE alembic_version SET version_num = 'ae1027a6acf'")
    execute(on, database_url, "DROP TABLE schema_compatibility")
    program = Program(database_url, tmp_path)

    for command in (["serve", "--port", "0"], ["trace", "list"], ["migrate", "up"], ["import", "jsonl", "-"]):
        status, _, messages = program.run_alone(*command, given=b"")

        assert (status, "of another program, at its revision ae1027a6acf" in messages) == (1, True), messages
    assert "of another program" in program.run_alone("migrate", "status")[1]
