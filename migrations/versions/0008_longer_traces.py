"""Lets a trace have 10,000 steps."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

CHECK = "step_count BETWEEN 1 AND {most}"
BEFORE, AFTER = CHECK.format(most=1000), CHECK.format(most=10_000)


def upgrade() -> None:
    replace_check(BEFORE, AFTER)


def downgrade() -> None:
    """Longer traces stay; only new ones are held to the old limit."""
    replace_check(AFTER, BEFORE, valid=False)


def replace_check(old: str, new: str, *, valid: bool = True) -> None:
    if op.get_bind().dialect.name == "sqlite":
        replace_in_schema(old, new)
        return
    name = op.f("ck_traces_step_count_range")
    op.drop_constraint(name, "traces", type_="check")
    op.create_check_constraint(name, "traces", new, postgresql_not_valid=not valid)


def replace_in_schema(old: str, new: str) -> None:
    """Rewrites the constraint in SQLite's schema, as its manual describes for changes that leave all rows valid.

    The alternative is to copy the whole table with its indexes and its search index.
    """
    connection = op.get_bind()
    version = connection.scalar(sa.text("PRAGMA schema_version"))
    connection.execute(sa.text("PRAGMA writable_schema = ON"))
    changed = connection.execute(
        sa.text(
            "UPDATE sqlite_schema SET sql = replace(sql, :old, :new) "
            "WHERE type = 'table' AND name = 'traces' AND instr(sql, :old) > 0"
        ),
        {"old": f"({old})", "new": f"({new})"},
    )
    if changed.rowcount != 1:
        raise RuntimeError(f"the table traces does not have the constraint {old!r}")
    connection.execute(sa.text(f"PRAGMA schema_version = {version + 1}"))
    connection.execute(sa.text("PRAGMA writable_schema = RESET"))
