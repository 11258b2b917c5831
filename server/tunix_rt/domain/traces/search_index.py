"""The search index of traces: FTS5 on SQLite, a tsvector on PostgreSQL, both with the same words and positions."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

from sqlalchemy import Connection, column, select, table, text

from tunix_rt.db.bulk import insert_columns
from tunix_rt.db.membership import among
from tunix_rt.db.models import traces
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.traces.search_bodies import Body, body_of
from tunix_rt.domain.traces.trace import decode_stored
from tunix_rt.offload import off_loop

REINDEX_ROWS = 500
BINARY_VECTORS = "takes a binary tsvector"

INDEX = table("trace_search", column("rowid"), column("body"))
"""SQLite's index."""

DOCSIZE = table("trace_search_docsize", column("id"))
"""The rows that are in SQLite's index."""

LAST_SEQ = text("SELECT seq FROM sqlite_sequence WHERE name = 'traces'")
REMOVE = text("INSERT INTO trace_search(trace_search, rowid, body) VALUES ('delete', :seq, :body)")
PENDING_BYTES = 16 * 1024 * 1024
"""The size of the traces whose words a large import indexes at once."""

DEFER = text("SET LOCAL gin_pending_list_limit = '256MB'")
MERGE = text(
    "SELECT gin_clean_pending_list(oid) FROM pg_class "
    "WHERE oid = to_regclass('ix_traces_search') AND pg_has_role(relowner, 'USAGE')"
)
REINDEX = {
    "sqlite": text("INSERT INTO trace_search(rowid, body) VALUES (:seq, :body)"),
    "postgresql": text("UPDATE traces SET search = CAST(:body AS tsvector) WHERE seq = :seq"),
}


def bodies_of(payloads: Sequence[str], kind: str) -> list[Body]:
    """Returns ``body_of`` each stored payload."""
    return [body_of(decode_stored(payload), kind) for payload in payloads]


async def insert_searchable(session: Session, columns: Mapping[str, Sequence[Any]], bodies: Sequence[Body]) -> None:
    """Inserts traces and indexes their words.

    Args:
        columns: a list of values for each column, in the driver's types; see ``db.bulk.driver_columns``.
        bodies: the words of each; see ``search_bodies.body_of``.
    """
    if session.dialect.name == "postgresql":
        raw = await session.get_raw_connection()
        await take_binary_vectors(raw.driver_connection, raw.info)
        await insert_columns(session, traces, {**columns, "search": bodies})
        return
    last: int = (await session.execute(LAST_SEQ)).scalar() or 0
    numbers = range(last + 1, last + 1 + len(bodies))
    await insert_columns(session, traces, {"seq": numbers, **columns})
    await insert_columns(session, INDEX, {"rowid": numbers, "body": bodies})


async def take_binary_vectors(driver: Any, info: MutableMapping[Any, Any]) -> None:
    """Makes a connection of asyncpg take each ``tsvector`` in its binary form, if it does not yet.

    Args:
        info: the connection's notes, which last as long as it.
    """
    if BINARY_VECTORS not in info:
        await driver.set_type_codec("tsvector", schema="pg_catalog", format="binary", encoder=bytes, decoder=bytes)
        info[BINARY_VECTORS] = True


async def defer_merging(session: Session) -> bool:
    """Defers the indexing of the words that this transaction inserts; returns False if there is nothing to defer.

    PostgreSQL adds them to the pending list of its index, which every search reads too, and merges that list into the
    index once it has 4 MB. Sorting more words at once takes half the time, by another connection meanwhile: see
    ``merge_pending``.
    """
    if session.dialect.name == "postgresql":
        await session.execute(DEFER)
        return True
    return False


async def merge_pending(database: Database) -> None:
    """Merges the pending list into PostgreSQL's index, if this role may do that.

    Raises:
        Unavailable, RequestTimeout: as for ``Database.write``; what remains is merged by a later write.
    """
    async with database.write() as session:
        await session.execute(MERGE)


async def remove_from_index(session: Session, ids: Sequence[uuid.UUID]) -> None:
    """Removes traces from the index before they are deleted; does nothing on PostgreSQL, where it is a column."""
    if session.dialect.name == "postgresql":
        return
    query = select(traces.c.seq, traces.c.payload).join(DOCSIZE, DOCSIZE.c.id == traces.c.seq)
    found = (await session.execute(query.where(among(traces.c.id, ids, "sqlite")))).all()
    payloads = [row.payload for row in found]
    bodies = await off_loop(sum(map(len, payloads)), bodies_of, payloads, "sqlite")
    if found:
        await session.execute(REMOVE, [{"seq": row.seq, "body": body} for row, body in zip(found, bodies, strict=True)])


def reindex(connection: Connection) -> None:
    """Indexes all traces, none of which may be indexed; for migrations, which use a synchronous connection."""
    kind, last = connection.dialect.name, 0
    if kind == "postgresql":
        pooled: Any = connection.connection
        pooled.dbapi_connection.run_async(lambda driver: take_binary_vectors(driver, pooled.info))
    page = select(traces.c.seq, traces.c.payload).order_by(traces.c.seq).limit(REINDEX_ROWS)
    while rows := connection.execute(page.where(traces.c.seq > last)).all():
        bodies = bodies_of([row.payload for row in rows], kind)
        indexed = [{"seq": row.seq, "body": body} for row, body in zip(rows, bodies, strict=True)]
        connection.execute(REINDEX[kind], indexed)
        last = rows[-1].seq
