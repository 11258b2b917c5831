"""Lets rollouts of external runs be stored without what their programs do not report, such as sampling parameters."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"

COLUMNS = {
    "prompt_position": "INTEGER",
    "sample_index": "INTEGER",
    "temperature": "DOUBLE",
    "top_p": "DOUBLE",
    "max_new_tokens": "INTEGER",
    "finish_reason": "TEXT",
    "token_count": "INTEGER",
}
REQUIRED = " NOT NULL"


def upgrade() -> None:
    change(required=False)


def downgrade() -> None:
    """Origins that the older version cannot represent go."""
    op.execute(f"DELETE FROM trace_origins WHERE {' OR '.join(f'{name} IS NULL' for name in COLUMNS)}")
    change(required=True)


def change(*, required: bool) -> None:
    """Requires the columns or not; in SQLite's schema, which its manual allows, since copying would be slower."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        for name in COLUMNS:
            op.alter_column("trace_origins", name, nullable=not required)
        return
    version = connection.scalar(sa.text("PRAGMA schema_version"))
    connection.execute(sa.text("PRAGMA writable_schema = ON"))
    for name, kind in COLUMNS.items():
        replace(connection, f"{name} {kind}", required=required)
    connection.execute(sa.text(f"PRAGMA schema_version = {version + 1}"))
    connection.execute(sa.text("PRAGMA writable_schema = RESET"))


def replace(connection: sa.Connection, column: str, *, required: bool) -> None:
    """Replaces the definition of a column."""
    old, new = (f"\t{column}{end}," for end in (("", REQUIRED) if required else (REQUIRED, "")))
    changed = connection.execute(
        sa.text(
            "UPDATE sqlite_schema SET sql = replace(sql, :old, :new) "
            "WHERE type = 'table' AND name = 'trace_origins' AND instr(sql, :old) > 0"
        ),
        {"old": old, "new": new},
    )
    if changed.rowcount != 1:
        raise RuntimeError(f"the table trace_origins does not have the column {old!r}")
