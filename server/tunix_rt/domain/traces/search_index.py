"""The search index of traces: FTS5 on SQLite, a tsvector on PostgreSQL, both with the same words and positions.

PostgreSQL stores positions only up to 16,383, and 255 of each word, and finds phrases by positions. So on both
databases, a word beyond these limits is indexed without a position: it is found, but not in a phrase.
"""

from __future__ import annotations

import operator
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import Column, Connection, MetaData, Table, column, select, table, text
from sqlalchemy.dialects.postgresql import TSVECTOR

from tunix_rt.db.bulk import insert_rows
from tunix_rt.db.membership import among
from tunix_rt.db.models import traces
from tunix_rt.db.session import Session
from tunix_rt.domain.search_words import SEARCHED_CHARS, words_of
from tunix_rt.domain.traces.trace import decode_stored
from tunix_rt.offload import off_loop

POSITIONS = 16_382
OCCURRENCES = 255
GAP = "\u00b7"
"""The placeholder in SQLite's index for a word without a position. It is not a letter, so that no search matches it."""

SUFFIXES = [f":{position}" for position in range(1, POSITIONS + 1)]
REINDEX_ROWS = 500

SEARCHABLE = Table(
    "traces", MetaData(), *(Column(found.name, found.type) for found in traces.columns), Column("search", TSVECTOR())
)
"""PostgreSQL's table of traces with the index column, which is not in the models."""

DOCSIZE = table("trace_search_docsize", column("id"))
"""The rows that are in SQLite's index."""

ADD = text("INSERT INTO trace_search(rowid, body) SELECT seq, :body FROM traces WHERE id = :id")
REMOVE = text("INSERT INTO trace_search(trace_search, rowid, body) VALUES ('delete', :seq, :body)")
REINDEX = {
    "sqlite": text("INSERT INTO trace_search(rowid, body) VALUES (:seq, :body)"),
    "postgresql": text("UPDATE traces SET search = CAST(:body AS tsvector) WHERE seq = :seq"),
}


class Searched(Protocol):
    """The texts of a trace that are searched."""

    prompt: str
    final_answer: str
    steps: list[Any]


def body_of(trace: Searched, kind: str) -> str:
    """Returns a trace's words in the form for the index of a kind of database."""
    return (sqlite_body if kind == "sqlite" else postgresql_body)(words_of(searched_text(trace)))


def bodies_of(payloads: Sequence[str], kind: str) -> list[str]:
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


def postgresql_body(words: Sequence[str]) -> str:
    """Returns words as the text of a tsvector."""
    if all_placed(words):
        return " ".join(map(operator.add, words, SUFFIXES))
    placed, unplaced = placed_words(words)
    return " ".join([word + SUFFIXES[position] for position, word in enumerate(placed) if word] + unplaced)


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


async def insert_searchable(session: Session, rows: Sequence[Mapping[str, Any]], bodies: Sequence[str]) -> None:
    """Inserts rows of traces and indexes their words; see ``body_of``."""
    if session.dialect.name == "postgresql":
        await insert_rows(
            session, SEARCHABLE, [dict(row) | {"search": body} for row, body in zip(rows, bodies, strict=True)]
        )
        return
    await insert_rows(session, traces, rows)
    await session.execute(ADD, [{"id": row["id"].hex, "body": body} for row, body in zip(rows, bodies, strict=True)])


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
    page = select(traces.c.seq, traces.c.payload).order_by(traces.c.seq).limit(REINDEX_ROWS)
    while rows := connection.execute(page.where(traces.c.seq > last)).all():
        bodies = bodies_of([row.payload for row in rows], kind)
        indexed = [{"seq": row.seq, "body": body} for row, body in zip(rows, bodies, strict=True)]
        connection.execute(REINDEX[kind], indexed)
        last = rows[-1].seq
