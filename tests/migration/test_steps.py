"""Migrating: up, down and up again, by two processes at once, and with the data kept."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, inspect, text

from tests.factories import population
from tests.migration.conftest import Work
from tests.serving import clean_environment
from tunix_rt.db import migrate
from tunix_rt.db.migrate import downgrade, revision_of, revisions, upgrade
from tunix_rt.db.models import METADATA, scores, traces
from tunix_rt.errors import BadUserInput, SchemaOutdated

TRACE_ROWS, SCORE_ROWS = population(seed=3, size=20)
LAST = revisions()[-1]

REWRITES_A_PARENT = '''
"""Makes the trace's version longer to read, by a rewrite of its table on SQLite."""

import sqlalchemy as sa
from alembic import op

revision = "NEXT"
down_revision = "LAST"


def upgrade() -> None:
    with op.batch_alter_table("traces") as batch:
        batch.add_column(sa.Column("stars", sa.Integer, server_default="0", nullable=False))
        batch.create_check_constraint("stars_range", "stars >= 0")


def downgrade() -> None:
    with op.batch_alter_table("traces") as batch:
        batch.drop_constraint("stars_range", type_="check")
        batch.drop_column("stars")
'''
LEAVES_ORPHANS = '''
"""Deletes parents without their children."""

from alembic import op

revision = "NEXT"
down_revision = "LAST"


def upgrade() -> None:
    op.execute("DELETE FROM traces WHERE id IN (SELECT trace_id FROM scores LIMIT 1)")


def downgrade() -> None:
    pass
'''


def insert_all(connection: Connection) -> None:
    """Stores the population."""
    connection.execute(traces.insert(), TRACE_ROWS)
    connection.execute(scores.insert(), SCORE_ROWS)


def everything(connection: Connection) -> Any:
    """Every trace and every score that is stored."""
    return (
        [tuple(row) for row in connection.execute(traces.select().order_by(traces.c.seq))],
        [tuple(row) for row in connection.execute(scores.select().order_by(scores.c.id))],
    )


def tables(connection: Connection) -> set[str]:
    """The tables that there are, SQLite's own indexes apart."""
    return {name for name in inspect(connection).get_table_names() if not name.startswith("sqlite_")}


def functions(connection: Connection) -> list[str]:
    """PostgreSQL's functions of ours."""
    if connection.dialect.name == "sqlite":
        return []
    query = "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
    return list(connection.execute(text(query)).scalars())


def test_migrating_down_leaves_nothing_and_up_again_makes_the_same(empty_database_url: str, on: Work):
    made = []
    for _ in range(2):
        upgrade(empty_database_url)
        assert on(empty_database_url, revision_of) == revisions()[-1]
        on(empty_database_url, insert_all)
        made.append(on(empty_database_url, tables))

        downgrade(empty_database_url, "base")
        assert on(empty_database_url, revision_of) is None
        assert on(empty_database_url, tables) == {"alembic_version"}
        assert on(empty_database_url, functions) == []

    assert made[0] == made[1] > set(METADATA.tables)


@pytest.mark.parametrize("revision", [revision for revision in revisions() if revision != LAST])
def test_migrating_down_to_a_revision_and_up_again_keeps_the_data(database_url: str, revision: str, on: Work):
    on(database_url, insert_all)
    before, indexed = on(database_url, everything), on(database_url, what_indexes_hold)

    downgrade(database_url, revision)
    assert on(database_url, revision_of) == revision
    assert on(database_url, everything) == before

    upgrade(database_url)
    assert on(database_url, everything) == before
    assert on(database_url, what_indexes_hold) == indexed


def what_indexes_hold(connection: Connection) -> Any:
    """What the database keeps beside the traces, to find them by their words and their metadata."""
    if connection.dialect.name == "postgresql":
        return connection.execute(text("SELECT seq, search::text FROM traces ORDER BY seq")).all()
    metadata = connection.execute(text("SELECT * FROM trace_meta ORDER BY trace_seq, key, kind, value")).all()
    connection.execute(text("CREATE VIRTUAL TABLE temp.words USING fts5vocab('main', 'trace_search', 'instance')"))
    words = connection.execute(text("SELECT doc, offset, term FROM temp.words ORDER BY doc, offset")).all()
    connection.execute(text("DROP TABLE temp.words"))
    assert metadata
    assert words
    return metadata, words


def test_migrating_a_current_database_changes_nothing(database_url: str, on: Work):
    on(database_url, insert_all)
    before = on(database_url, everything)

    upgrade(database_url)
    upgrade(database_url, revisions()[-1])

    assert on(database_url, everything) == before
    assert len(before[0]) == len(TRACE_ROWS)


@pytest.fixture
def more_revisions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the migrations, to put a next revision into."""
    folder = tmp_path / "migrations"
    shutil.copytree(migrate.migrations_folder(), folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(migrate, "migrations_folder", lambda: folder)
    return folder / "versions"


def add_revision(folder: Path, source: str) -> None:
    """Puts a revision behind the last one."""
    following = f"{int(LAST) + 1:04}"
    (folder / f"{following}_made_up.py").write_text(source.replace("NEXT", following).replace("LAST", LAST))


def test_rewriting_a_parent_table_keeps_its_children(empty_database_url: str, more_revisions: Path, on: Work):
    upgrade(empty_database_url)
    on(empty_database_url, insert_all)
    before = on(empty_database_url, everything)
    add_revision(more_revisions, REWRITES_A_PARENT)

    upgrade(empty_database_url)
    assert on(
        empty_database_url, lambda connection: connection.execute(text("SELECT DISTINCT stars FROM traces")).all()
    )
    assert on(empty_database_url, everything) == before

    downgrade(empty_database_url, LAST)
    assert on(empty_database_url, everything) == before


def test_a_migration_that_leaves_orphans_says_so(sqlite_url: str, more_revisions: Path, on: Work):
    on(sqlite_url, insert_all)
    add_revision(more_revisions, LEAVES_ORPHANS)

    with pytest.raises(RuntimeError, match=r"rows without their parents: .*scores"):
        upgrade(sqlite_url)


def test_a_migration_that_fails_changes_nothing(empty_database_url: str, more_revisions: Path, on: Work):
    upgrade(empty_database_url)
    on(empty_database_url, insert_all)
    before = on(empty_database_url, everything)
    broken = REWRITES_A_PARENT.replace("def downgrade", "    raise ZeroDivisionError\n\n\ndef downgrade")
    add_revision(more_revisions, broken)

    with pytest.raises(ZeroDivisionError):
        upgrade(empty_database_url)

    assert on(empty_database_url, revision_of) == LAST
    assert on(empty_database_url, everything) == before
    assert "stars" not in on(empty_database_url, column_names)


def column_names(connection: Connection) -> list[str]:
    """The columns of traces."""
    return [column["name"] for column in inspect(connection).get_columns("traces")]


def test_no_row_is_without_its_parent_after_migrating(database_url: str, on: Work):
    on(database_url, insert_all)
    upgrade(database_url)

    if database_url.startswith("sqlite"):
        assert on(database_url, lambda connection: connection.execute(text("PRAGMA foreign_key_check")).all()) == []
    query = text("SELECT count(*) FROM scores WHERE trace_id NOT IN (SELECT id FROM traces)")
    assert on(database_url, lambda connection: connection.execute(query).scalar()) == 0


def test_two_processes_may_migrate_at_once(empty_database_url: str, on: Work):
    environment = clean_environment() | {"TUNIX_RT_DATABASE_URL": empty_database_url}
    command = [sys.executable, "-m", "tunix_rt", "migrate", "up"]
    started = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=60) for process in started]

    assert [process.returncode for process in started] == [0, 0], said
    assert all("(current)" in output for output, _ in said), said
    assert on(empty_database_url, revision_of) == revisions()[-1]


def test_an_unknown_revision_is_refused(database_url: str, on: Work):
    with pytest.raises(BadUserInput, match="no revision '9999'"):
        upgrade(database_url, "9999")

    on(database_url, lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    with pytest.raises(SchemaOutdated, match="9999"):
        upgrade(database_url)
