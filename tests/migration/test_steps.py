"""Migrating: up, down and up again, with the data kept."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Connection, inspect, select, text
from sqlalchemy.exc import IntegrityError

from tests.migration.conftest import Work
from tests.support.factories import population
from tunix_rt.db import migrate
from tunix_rt.db.migrate import downgrade, revision_of, revisions, upgrade
from tunix_rt.db.models import METADATA, scores, traces
from tunix_rt.domain.filtering.predicates import Search
from tunix_rt.domain.filtering.sql import compile_predicate
from tunix_rt.domain.filtering.traces import TRACES
from tunix_rt.domain.traces.search_index import reindex
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
    """Stores the population, and indexes it."""
    connection.execute(traces.insert(), TRACE_ROWS)
    reindex(connection)
    connection.execute(scores.insert(), SCORE_ROWS)


def everything(connection: Connection) -> Any:
    """Every trace and every score that is stored, without nulls: a column that comes later may have nothing else."""
    return rows_in(connection, traces.c.seq), rows_in(connection, scores.c.id)


def rows_in(connection: Connection, order: Column[Any]) -> list[dict[str, Any]]:
    """The rows of a table in an order, with the columns that it has at its revision."""
    there = {column["name"] for column in inspect(connection).get_columns(order.table.name)}
    query = select(*[column for column in order.table.columns if column.name in there]).order_by(order)
    rows = connection.execute(query).mappings()
    return [without_nulls(dict(row)) for row in rows]


def columns(connection: Connection) -> tuple[set[str], ...]:
    """The columns of the tables of ``everything`` at the database's revision."""
    return tuple(
        {column["name"] for column in inspect(connection).get_columns(table.name)} for table in (traces, scores)
    )


def held_by(columns: Sequence[set[str]], rows: Any) -> Any:
    """What tables with these columns hold of the rows of ``everything``."""
    return tuple(
        [{name: value for name, value in row.items() if name in known} for row in found]
        for known, found in zip(columns, rows, strict=True)
    )


def without_nulls(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row that every revision takes whose tables have its columns."""
    return {name: value for name, value in row.items() if value is not None}


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


def what_indexes_hold(connection: Connection) -> Any:
    """Returns the contents of the indexes over the traces' words and metadata."""
    if connection.dialect.name == "postgresql":
        return connection.execute(text("SELECT seq, search::text FROM traces ORDER BY seq")).all()
    metadata = connection.execute(text("SELECT * FROM trace_meta ORDER BY trace_seq, key, kind, value")).all()
    connection.execute(text("CREATE VIRTUAL TABLE temp.words USING fts5vocab('main', 'trace_search', 'instance')"))
    words = connection.execute(text("SELECT doc, offset, term FROM temp.words ORDER BY doc, offset")).all()
    connection.execute(text("DROP TABLE temp.words"))
    assert metadata
    assert words
    return metadata, words


def schema(connection: Connection) -> Any:
    """Returns the database's description of its schema, without Alembic's table."""
    if connection.dialect.name == "sqlite":
        query = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
        return sorted(map(tuple, connection.execute(text(query))), key=repr)
    columns = "SELECT table_name, column_name, data_type, collation_name, is_nullable FROM information_schema.columns"
    indexes = "SELECT tablename, indexname, indexdef FROM pg_indexes"
    return [
        sorted(map(tuple, connection.execute(text(f"{query} WHERE {owner} = 'public'"))), key=repr)
        for query, owner in ((columns, "table_schema"), (indexes, "schemaname"))
    ]


@pytest.mark.parametrize("revision", revisions())
def test_each_step_down_and_up_keeps_the_data_and_makes_the_same(database_url: str, revision: str, on: Work):
    on(database_url, insert_all)
    before, made = on(database_url, everything), on(database_url, schema)
    indexed = on(database_url, what_indexes_hold)

    downgrade(database_url, revision)
    assert on(database_url, revision_of) == revision
    assert on(database_url, everything) == held_by(on(database_url, columns), before)

    upgrade(database_url)
    assert on(database_url, everything) == before
    assert on(database_url, schema) == made
    assert on(database_url, what_indexes_hold) == indexed
    assert on(database_url, found_by_search) == len([row for row in TRACE_ROWS if "two" in row["payload"]])


def test_the_step_to_longer_traces_keeps_them_and_refuses_new_ones_below(database_url: str, on: Work):
    longest = TRACE_ROWS[0] | {"step_count": 10_000}
    another = without_nulls(TRACE_ROWS[1] | {"step_count": 1001})
    early = {name: value for name, value in another.items() if name != "group_key"}
    on(database_url, lambda connection: connection.execute(traces.insert(), [longest]))
    before = on(database_url, everything)

    downgrade(database_url, "0007")

    assert on(database_url, everything) == held_by(on(database_url, columns), before)
    with pytest.raises(IntegrityError, match="step_count_range"):
        on(database_url, lambda connection: connection.execute(traces.insert(), [early]))
    upgrade(database_url)
    on(database_url, lambda connection: connection.execute(traces.insert(), [another]))
    assert len(on(database_url, everything)[0]) == 2
    with pytest.raises(IntegrityError, match="step_count_range"):
        on(
            database_url,
            lambda connection: connection.execute(traces.insert(), [TRACE_ROWS[2] | {"step_count": 10_001}]),
        )


def found_by_search(connection: Connection) -> int:
    """Returns the number of traces that have a word, by the index."""
    kind = connection.dialect.name
    query = select(traces.c.id).where(compile_predicate(Search("two"), TRACES, kind))
    return len(connection.execute(query).all())


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


def test_a_migration_that_leaves_orphans_reports_it(sqlite_url: str, more_revisions: Path, on: Work):
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


def test_an_unknown_revision_is_refused(database_url: str, on: Work):
    with pytest.raises(BadUserInput, match="no revision '9999'"):
        upgrade(database_url, "9999")

    on(database_url, lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    with pytest.raises(SchemaOutdated, match="9999"):
        upgrade(database_url)


def test_the_folder_of_the_steps_may_have_any_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "50% off"
    shutil.copytree(migrate.migrations_folder(), folder)
    monkeypatch.setattr(migrate, "migrations_folder", lambda: folder)

    upgrade(f"sqlite+aiosqlite:///{tmp_path / 'new.db'}", "0001")

    assert (tmp_path / "new.db").stat().st_size > 0
