"""Gives every trace a group: by default that of its prompt."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

COMMENT = "As given, else the prompt hash."


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    text = sa.Text() if is_sqlite else sa.Text(collation="C")
    op.add_column("traces", sa.Column("group_key", text, comment=COMMENT))
    op.execute("UPDATE traces SET group_key = prompt_hash")
    if is_sqlite:
        require_in_schema("group_key TEXT")
    else:
        op.alter_column("traces", "group_key", nullable=False)
    op.create_index("ix_traces_group_key_seq", "traces", ["group_key", "seq"])


def downgrade() -> None:
    op.drop_index("ix_traces_group_key_seq", "traces")
    op.drop_column("traces", "group_key")


def require_in_schema(column: str) -> None:
    """Makes a filled column of SQLite's table NOT NULL in its schema, instead of copying the table and its indexes."""
    connection = op.get_bind()
    version = connection.scalar(sa.text("PRAGMA schema_version"))
    connection.execute(sa.text("PRAGMA writable_schema = ON"))
    changed = connection.execute(
        sa.text(
            "UPDATE sqlite_schema SET sql = replace(sql, :column, :column || ' NOT NULL') "
            "WHERE type = 'table' AND name = 'traces' AND instr(sql, :column) > 0"
        ),
        {"column": column},
    )
    if changed.rowcount != 1:
        raise RuntimeError(f"the table traces does not have the column {column!r}")
    connection.execute(sa.text(f"PRAGMA schema_version = {version + 1}"))
    connection.execute(sa.text("PRAGMA writable_schema = RESET"))
