"""Values in traces' metadata: a table kept by triggers on SQLite, a GIN index on PostgreSQL."""

from alembic import op

revision = "0003"
down_revision = "0002"

KIND = "CASE type WHEN 'text' THEN 'string' WHEN 'integer' THEN 'number' WHEN 'real' THEN 'number' ELSE 'boolean' END"
VALUE = "CASE type WHEN 'text' THEN substr(atom, 1, 200) ELSE atom END"
SCALARS = "type IN ('text', 'integer', 'real', 'true', 'false')"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        create_sqlite_meta()
    else:
        op.execute("CREATE INDEX ix_traces_meta ON traces USING gin ((meta::jsonb) jsonb_path_ops)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER traces_meta_insert")
        op.execute("DROP TRIGGER traces_meta_delete")
        op.execute("DROP TABLE trace_meta")
    else:
        op.execute("DROP INDEX ix_traces_meta")


def create_sqlite_meta() -> None:
    """The scalar values of the metadata's top-level keys, so that equality on any key finds an index."""
    op.execute(
        "CREATE TABLE trace_meta (key TEXT NOT NULL, kind TEXT NOT NULL, value NOT NULL, trace_seq INTEGER NOT NULL,"
        " PRIMARY KEY (key, kind, value, trace_seq)) WITHOUT ROWID"
    )
    op.execute(
        f"INSERT OR IGNORE INTO trace_meta SELECT item.key, {KIND}, {VALUE}, traces.seq"
        f" FROM traces, json_each(traces.meta) AS item WHERE traces.meta IS NOT NULL AND {SCALARS}"
    )
    op.execute(
        "CREATE TRIGGER traces_meta_insert AFTER INSERT ON traces WHEN new.meta IS NOT NULL BEGIN"
        f" INSERT OR IGNORE INTO trace_meta SELECT key, {KIND}, {VALUE}, new.seq"
        f" FROM json_each(new.meta) WHERE {SCALARS};"
        " END"
    )
    op.execute(
        "CREATE TRIGGER traces_meta_delete AFTER DELETE ON traces WHEN old.meta IS NOT NULL BEGIN"
        " DELETE FROM trace_meta WHERE (key, kind, value, trace_seq) IN"
        f" (SELECT key, {KIND}, {VALUE}, old.seq FROM json_each(old.meta) WHERE {SCALARS});"
        " END"
    )
