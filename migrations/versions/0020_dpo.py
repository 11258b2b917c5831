"""Accepts the training method DPO."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

BEFORE, AFTER = "method IN ('SFT', 'LORA')", "method IN ('SFT', 'LORA', 'DPO')"
CHILDREN = ("run_states", "run_logs", "run_metrics", "run_artifacts")


def upgrade() -> None:
    replace_check(BEFORE, AFTER)


def downgrade() -> None:
    """Runs that the older version cannot represent go."""
    newer = f"FROM tunix_runs WHERE NOT ({BEFORE})"
    for table in CHILDREN:
        op.execute(f"DELETE FROM {table} WHERE run_id IN (SELECT id {newer})")
    for table in ("generations", "trace_origins", "evaluation_candidates"):
        op.execute(f"UPDATE {table} SET run_id = NULL WHERE run_id IN (SELECT id {newer})")
    op.execute(f"DELETE {newer}")
    replace_check(AFTER, BEFORE)


def replace_check(old: str, new: str) -> None:
    """Replaces the constraint; in SQLite's schema, which its manual allows, since copying the table would be slower."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        op.drop_constraint(op.f("ck_tunix_runs_method"), "tunix_runs", type_="check")
        op.create_check_constraint(op.f("ck_tunix_runs_method"), "tunix_runs", new)
        return
    version = connection.scalar(sa.text("PRAGMA schema_version"))
    connection.execute(sa.text("PRAGMA writable_schema = ON"))
    changed = connection.execute(
        sa.text(
            "UPDATE sqlite_schema SET sql = replace(sql, :old, :new) "
            "WHERE type = 'table' AND name = 'tunix_runs' AND instr(sql, :old) > 0"
        ),
        {"old": f"({old})", "new": f"({new})"},
    )
    if changed.rowcount != 1:
        raise RuntimeError(f"the table tunix_runs does not have the constraint {old!r}")
    connection.execute(sa.text(f"PRAGMA schema_version = {version + 1}"))
    connection.execute(sa.text("PRAGMA writable_schema = RESET"))
