"""Traces, scores and idempotency keys, with their search and metadata indexes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

SEARCHED_CHARS = 100_000
PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\t\n\r\v\f"


def upgrade() -> None:
    create_traces()
    create_scores()
    create_idempotency_keys()
    if op.get_bind().dialect.name == "sqlite":
        create_sqlite_search()
        create_sqlite_meta()
        state_sqlite_statistics()
    else:
        create_postgresql_search()
        op.execute("CREATE INDEX ix_traces_meta ON traces USING gin ((meta::jsonb) jsonb_path_ops)")


def downgrade() -> None:
    op.drop_table("idempotency_keys")
    op.drop_table("scores")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE trace_meta")
        op.execute("DROP TABLE trace_search")
        op.drop_table("traces")
    else:
        op.drop_table("traces")
        op.execute("DROP FUNCTION trace_search_vector(text)")


def words() -> sa.types.TypeEngine[str]:
    """Text in code-point order."""
    return sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def instant() -> sa.DateTime:
    return sa.DateTime(timezone=op.get_bind().dialect.name == "postgresql")


def create_traces() -> None:
    op.create_table(
        "traces",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Identity(always=True),
            nullable=False,
            comment="Order of commit: inserting transactions take turns, so a tail never has to look back.",
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("trace_version", words(), nullable=False),
        sa.Column("source", words()),
        sa.Column("prompt_hash", words(), nullable=False),
        sa.Column("content_hash", words(), nullable=False),
        sa.Column("step_count", sa.Integer, nullable=False),
        sa.Column("char_count", sa.Integer, nullable=False),
        sa.Column("prompt_preview", words(), nullable=False),
        sa.Column("final_answer_preview", words(), nullable=False),
        sa.Column("external_id", words()),
        sa.Column("meta", sa.JSON),
        sa.Column("payload", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_traces"),
        sa.UniqueConstraint("id", name="uq_traces_id"),
        sa.CheckConstraint("step_count BETWEEN 1 AND 1000", name="step_count_range"),
        sa.CheckConstraint("char_count >= 3", name="char_count_range"),
        sqlite_autoincrement=True,
    )
    for columns in (
        ["created_at", "id"],
        ["source", "created_at", "id"],
        ["source", "id"],
        ["step_count", "id"],
        ["char_count", "id"],
        ["prompt_hash"],
        ["content_hash"],
        ["external_id", "id"],
    ):
        op.create_index(f"ix_traces_{'_'.join(columns)}", "traces", columns)


def create_scores() -> None:
    op.create_table(
        "scores",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("trace_id", sa.Uuid(), nullable=False),
        sa.Column("step_index", sa.Integer, comment="The step's own index; null for the whole trace."),
        sa.Column("scorer", words(), nullable=False),
        sa.Column("scorer_version", words(), nullable=False),
        sa.Column("kind", words(), nullable=False),
        sa.Column("score", sa.Double, nullable=False),
        sa.Column("rationale", words()),
        sa.Column("details", sa.JSON),
        sa.Column("scored_at", instant(), nullable=False),
        sa.Column("run_id", sa.Uuid(), comment="The training run whose model gave the score."),
        sa.PrimaryKeyConstraint("id", name="pk_scores"),
        sa.ForeignKeyConstraint(["trace_id"], ["traces.id"], name="fk_scores_trace_id_traces", ondelete="CASCADE"),
        sa.CheckConstraint("kind IN ('CODE', 'MODEL', 'HUMAN')", name="kind"),
        sa.CheckConstraint("step_index IS NULL OR step_index >= 0", name="step_index_range"),
    )
    op.create_index("ix_scores_latest", "scores", ["trace_id", "scorer", "step_index", "scored_at", "id"])
    op.create_index("ix_scores_scorer_score_id", "scores", ["scorer", "score", "id"])
    op.create_index("ix_scores_scored_at_id", "scores", ["scored_at", "id"])


def create_idempotency_keys() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("key", words(), nullable=False),
        sa.Column("operation", words(), nullable=False),
        sa.Column("request_hash", words(), nullable=False),
        sa.Column("result_ids", sa.JSON, nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_idempotency_keys"),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])


def create_sqlite_search() -> None:
    """A contentless FTS5 index over the payload's text, kept by triggers."""
    op.execute(
        "CREATE VIRTUAL TABLE trace_search USING fts5(body, content='', tokenize='unicode61 remove_diacritics 0')"
    )
    for row, event in (("new", "INSERT"), ("old", "DELETE")):
        body = (
            f"substr(json_extract({row}.payload, '$.prompt') || ' ' || (SELECT group_concat(content, ' ') FROM "
            f"(SELECT json_extract(value, '$.content') AS content"
            f" FROM json_each({row}.payload, '$.steps') ORDER BY key))"
            f" || ' ' || json_extract({row}.payload, '$.final_answer'), 1, {SEARCHED_CHARS})"
        )
        statement = (
            f"INSERT INTO trace_search(rowid, body) VALUES (new.seq, {body})"
            if row == "new"
            else f"INSERT INTO trace_search(trace_search, rowid, body) VALUES ('delete', old.seq, {body})"
        )
        op.execute(f"CREATE TRIGGER traces_search_{event.lower()} AFTER {event} ON traces BEGIN {statement}; END")


def create_sqlite_meta() -> None:
    """The scalar values of the metadata's top-level keys, so that equality on any key finds an index."""
    op.execute(
        "CREATE TABLE trace_meta (key TEXT NOT NULL, kind TEXT NOT NULL, value NOT NULL, trace_seq INTEGER NOT NULL,"
        " PRIMARY KEY (key, kind, value, trace_seq)) WITHOUT ROWID"
    )
    kind = (
        "CASE type WHEN 'text' THEN 'string' WHEN 'integer' THEN 'number' WHEN 'real' THEN 'number' ELSE 'boolean' END"
    )
    value = "CASE type WHEN 'text' THEN substr(atom, 1, 200) ELSE atom END"
    scalars = "type IN ('text', 'integer', 'real', 'true', 'false')"
    op.execute(
        "CREATE TRIGGER traces_meta_insert AFTER INSERT ON traces WHEN new.meta IS NOT NULL BEGIN"
        f" INSERT OR IGNORE INTO trace_meta SELECT key, {kind}, {value}, new.seq"
        f" FROM json_each(new.meta) WHERE {scalars};"
        " END"
    )
    op.execute(
        "CREATE TRIGGER traces_meta_delete AFTER DELETE ON traces WHEN old.meta IS NOT NULL BEGIN"
        " DELETE FROM trace_meta WHERE (key, kind, value, trace_seq) IN"
        f" (SELECT key, {kind}, {value}, old.seq FROM json_each(old.meta) WHERE {scalars});"
        " END"
    )


def state_sqlite_statistics() -> None:
    """Tells SQLite's planner what scores are like, rather than leaving it to guess until somebody runs ANALYZE.

    Its guess takes a scorer's scores for fewer than a trace's: each trace in a filter by scores would walk them all.
    """
    op.execute("ANALYZE sqlite_master")
    for index, statistics in (
        ("ix_scores_latest", "1000000 4 2 2 1 1"),
        ("ix_scores_scorer_score_id", "1000000 300000 1000 1"),
        ("ix_scores_scored_at_id", "1000000 1 1"),
    ):
        op.execute(f"INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('scores', '{index}', '{statistics}')")


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
