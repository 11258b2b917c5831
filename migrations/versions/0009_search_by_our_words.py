"""Search by words that the program makes: the same folding and splitting on both databases, and for every script."""

import sqlalchemy as sa
from alembic import op

from tunix_rt.domain.traces.search_index import reindex

revision = "0009"
down_revision = "0008"

SEARCHED_CHARS = 100_000
PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\t\n\r\v\f"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        drop_sqlite_search()
        op.execute("CREATE VIRTUAL TABLE trace_search USING fts5(body, content='', tokenize='ascii')")
        reindex(op.get_bind())
    else:
        give_postgresql_words()


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE trace_search")
        create_sqlite_search()
    else:
        op.execute("ALTER TABLE traces DROP COLUMN search")
        create_postgresql_search()


def give_postgresql_words() -> None:
    """Makes the generated column a plain one, and fills it; its index is built once all rows have been changed."""
    op.execute("DROP INDEX ix_traces_search")
    op.execute("ALTER TABLE traces ALTER COLUMN search DROP EXPRESSION")
    op.execute("ALTER TABLE traces ALTER COLUMN search SET DEFAULT ''::tsvector")
    op.execute("DROP FUNCTION trace_search_vector(text)")
    reindex(op.get_bind())
    op.execute("ALTER TABLE traces ALTER COLUMN search SET NOT NULL")
    op.create_index("ix_traces_search", "traces", ["search"], postgresql_using="gin")


def drop_sqlite_search() -> None:
    """Drops the index that triggers kept."""
    op.execute("DROP TRIGGER traces_search_insert")
    op.execute("DROP TRIGGER traces_search_delete")
    op.execute("DROP TABLE trace_search")


def create_sqlite_search() -> None:
    """A contentless FTS5 index over the payload's text, kept by triggers."""
    op.execute(
        "CREATE VIRTUAL TABLE trace_search USING fts5(body, content='', tokenize='unicode61 remove_diacritics 0')"
    )
    op.execute(f"INSERT INTO trace_search(rowid, body) SELECT seq, {body('traces')} FROM traces")
    op.execute(
        "CREATE TRIGGER traces_search_insert AFTER INSERT ON traces BEGIN"
        f" INSERT INTO trace_search(rowid, body) VALUES (new.seq, {body('new')}); END"
    )
    op.execute(
        "CREATE TRIGGER traces_search_delete AFTER DELETE ON traces BEGIN"
        f" INSERT INTO trace_search(trace_search, rowid, body) VALUES ('delete', old.seq, {body('old')}); END"
    )


def body(row: str) -> str:
    """SQLite's expression for the searched text of a row."""
    steps = (
        "(SELECT group_concat(content, ' ') FROM (SELECT json_extract(value, '$.content') AS content"
        f" FROM json_each({row}.payload, '$.steps') ORDER BY key))"
    )
    prompt, answer = (f"json_extract({row}.payload, '$.{name}')" for name in ("prompt", "final_answer"))
    return f"substr({prompt} || ' ' || {steps} || ' ' || {answer}, 1, {SEARCHED_CHARS})"


def create_postgresql_search() -> None:
    """A stored tsvector over the payload's text; punctuation parts words here as it does in FTS5."""
    quoted = PUNCTUATION.replace("\\", "\\\\").replace("'", "\\'")
    blanks = " " * len(PUNCTUATION)
    op.execute(
        sa.text(
            "CREATE FUNCTION trace_search_vector(payload text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE"
            " RETURN (SELECT to_tsvector('simple', translate(left(concat_ws(' ', trace ->> 'prompt',"
            " (SELECT string_agg(step ->> 'content', ' ' ORDER BY position)"
            " FROM jsonb_array_elements(trace -> 'steps') WITH ORDINALITY AS steps(step, position)),"
            f" trace ->> 'final_answer'), {SEARCHED_CHARS}), E'{quoted}', '{blanks}'))"
            " FROM (SELECT payload::jsonb AS trace) AS parsed)".replace(":", "\\:")
        )
    )
    op.execute(
        sa.text(
            "ALTER TABLE traces ADD COLUMN search tsvector GENERATED ALWAYS AS (trace_search_vector(payload)) STORED"
        )
    )
    op.create_index("ix_traces_search", "traces", ["search"], postgresql_using="gin")
