"""The step that makes inserts cheaper sets options of the databases, and takes them back; rows stay searchable."""

from __future__ import annotations

from sqlalchemy import Connection, select, text

from tests.migration.conftest import Work
from tests.support.factories import trace, trace_row
from tunix_rt.db.migrate import downgrade, upgrade
from tunix_rt.db.models import traces
from tunix_rt.domain.filtering.predicates import Search
from tunix_rt.domain.filtering.sql import compile_predicate
from tunix_rt.domain.filtering.traces import TRACES
from tunix_rt.domain.traces.search_index import reindex

SQLITE = "SELECT k, v FROM trace_search_config WHERE k IN ('hashsize', 'automerge') ORDER BY k"
POSTGRESQL = (
    "SELECT attname, attcompression::text FROM pg_attribute WHERE attrelid = 'traces'::regclass "
    "AND attname IN ('payload', 'search') ORDER BY attname"
)
KNOWS_LZ4 = text("SELECT 'lz4' = ANY(enumvals) FROM pg_settings WHERE name = 'default_toast_compression'")
LONG = "a word that is found " * 500


def store(connection: Connection) -> None:
    """Stores a trace that is long enough to be compressed."""
    connection.execute(traces.insert(), [trace_row(trace(final_answer=LONG))])
    reindex(connection)


def options(connection: Connection) -> list[tuple[str, str | int]]:
    """The databases' options of the table of traces."""
    query = SQLITE if connection.dialect.name == "sqlite" else POSTGRESQL
    return [(name, value) for name, value in connection.execute(text(query))]


def found(connection: Connection) -> int:
    """The number of traces that a search finds and whose payload is whole."""
    condition = compile_predicate(Search("word found"), TRACES, connection.dialect.name)
    return sum(LONG in payload for payload in connection.scalars(select(traces.c.payload).where(condition)))


def expected(connection: Connection) -> list[tuple[str, str | int]]:
    """The options after the step."""
    if connection.dialect.name == "sqlite":
        return [("automerge", 8), ("hashsize", 16 * 1024 * 1024)]
    method = "l" if connection.scalar(KNOWS_LZ4) else ""
    return [("payload", method), ("search", method)]


def test_options_are_set_and_taken_back_and_stored_traces_stay(database_url: str, on: Work):
    on(database_url, store)
    assert on(database_url, options) == on(database_url, expected)

    downgrade(database_url, "0025")
    before = [("automerge", 4), ("hashsize", 1024 * 1024)]
    assert on(database_url, options) == (before if "sqlite" in database_url else [("payload", ""), ("search", "")])
    assert on(database_url, found) == 1

    upgrade(database_url)
    assert on(database_url, options) == on(database_url, expected)
    assert on(database_url, found) == 1
