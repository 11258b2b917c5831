"""The search index of traces: FTS5 on SQLite, a tsvector on PostgreSQL, both with the same words and positions.

PostgreSQL stores positions only up to 16,383, and 255 of each word, and finds phrases by positions. So on both
databases, a word beyond these limits is indexed without a position: it is found, but not in a phrase.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, MutableMapping, Sequence
from itertools import chain
from typing import Any, Protocol, TypeAlias

from sqlalchemy import Connection, column, select, table, text

from tunix_rt.db.bulk import driver_columns, insert_columns
from tunix_rt.db.membership import among
from tunix_rt.db.models import traces
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.search_words import SEARCHED_CHARS, words_of
from tunix_rt.domain.traces.trace import decode_stored
from tunix_rt.offload import off_loop

POSITIONS = 16_382
OCCURRENCES = 255
GAP = "\u00b7"
"""The placeholder in SQLite's index for a word without a position. It is not a letter, so that no search matches it."""

REINDEX_ROWS = 500
BINARY_VECTORS = "takes a binary tsvector"

UINT16 = [chr(number >> 8) + chr(number & 0xFF) for number in range(POSITIONS + 1)]
"""Each number as the two bytes of its binary form, in Latin-1."""

LEXEME_HEADS = ["\0" + UINT16[count] for count in range(OCCURRENCES + 1)]
"""What follows a lexeme in a binary ``tsvector``: its end, and its number of positions."""

FIRST_POSITIONS = [LEXEME_HEADS[1] + position for position in UINT16]

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


class Searched(Protocol):
    """The texts of a trace that are searched."""

    prompt: str
    final_answer: str
    steps: list[Any]


Body: TypeAlias = str | bytes
"""A trace's words in the form for an index: a text for FTS5, a binary ``tsvector`` for PostgreSQL."""


def body_of(trace: Searched, kind: str) -> Body:
    """Returns a trace's words in the form for the index of a kind of database."""
    return (sqlite_body if kind == "sqlite" else postgresql_body)(words_of(searched_text(trace)))


def bodies_of(payloads: Sequence[str], kind: str) -> list[Body]:
    """Returns ``body_of`` each stored payload."""
    return [body_of(decode_stored(payload), kind) for payload in payloads]


def searched_text(trace: Searched) -> str:
    """Returns the searchable text of a trace: prompt, steps and final answer, up to a maximum length."""
    return " ".join([trace.prompt, *(step.content for step in trace.steps), trace.final_answer])[:SEARCHED_CHARS]


def sqlite_body(words: Sequence[str]) -> str:
    """Returns words as a text for FTS5, which numbers their positions by order."""
    if all_placed(words):
        return " ".join(words)
    placed, unplaced = placed_words(words)
    text_ = " ".join(word or GAP for word in placed)
    return f"{text_} {GAP} {f' {GAP} '.join(unplaced)}" if unplaced else text_


def postgresql_body(words: Sequence[str]) -> bytes:
    """Returns words as a binary ``tsvector``, which PostgreSQL reads in a third of the time of a text.

    The format: the number of lexemes in 4 bytes; for each lexeme its text in UTF-8, a zero byte, the number of its
    positions, and the positions in ascending order, in 2 bytes each.
    """
    placed, unplaced = placed_words(words)
    lexemes = dict.fromkeys(unplaced, LEXEME_HEADS[0])
    more: dict[str, str] = {}
    for number, word in enumerate(placed, 1):
        if word in lexemes:
            more[word] = more.get(word, "") + UINT16[number]
        elif word is not None:
            lexemes[word] = FIRST_POSITIONS[number]
    for word, positions in more.items():
        lexemes[word] = LEXEME_HEADS[1 + len(positions) // 2] + lexemes[word][-2:] + positions
    if not "".join(lexemes).isascii():
        lexemes = {word.encode().decode("latin-1"): found for word, found in lexemes.items()}
    body = "".join(chain.from_iterable(lexemes.items()))
    return len(lexemes).to_bytes(4, "big") + body.encode("latin-1")


def all_placed(words: Sequence[str]) -> bool:
    """Returns whether every word can have a position, decided by their number."""
    return len(words) <= OCCURRENCES or (len(words) <= POSITIONS and len(words) - len(set(words)) < OCCURRENCES)


def placed_words(words: Sequence[str]) -> tuple[Sequence[str | None], list[str]]:
    """Returns the words by position, with None for each without one, and the distinct words without a position."""
    if all_placed(words):
        return words, []
    placed: list[str | None] = list(words[:POSITIONS])
    seen = {word: 0 for word, count in Counter(placed).items() if count > OCCURRENCES}
    for position, word in enumerate(placed if seen else ()):
        if word in seen:
            seen[word] += 1
            placed[position] = word if seen[word] <= OCCURRENCES else None
    there = set(placed)
    return placed, [word for word in dict.fromkeys(words[POSITIONS:]) if word not in there]


async def insert_searchable(session: Session, rows: Sequence[Mapping[str, Any]], bodies: Sequence[Body]) -> None:
    """Inserts rows of traces and indexes their words; see ``body_of``."""
    columns = driver_columns(traces, rows, session.dialect)
    if session.dialect.name == "postgresql":
        raw = await session.get_raw_connection()
        await take_binary_vectors(raw.driver_connection, raw.info)
        await insert_columns(session, traces, columns | {"search": bodies})
        return
    last: int = (await session.execute(LAST_SEQ)).scalar() or 0
    numbers = range(last + 1, last + 1 + len(rows))
    await insert_columns(session, traces, {"seq": numbers} | columns)
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
