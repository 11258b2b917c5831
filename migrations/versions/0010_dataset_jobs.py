"""Makes datasets jobs of the ledger: those that are here are completed."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"

STATUS = "status IN ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'TIMEOUT', 'CANCELLED')"
COUNT_BEFORE, COUNT_AFTER = "trace_count >= 1", "trace_count >= 0"
CHECKS = {
    "trace_count_range": COUNT_AFTER,
    "whole_when_completed": ("(status = 'COMPLETED') = (trace_count > 0 AND sha256 IS NOT NULL AND stats IS NOT NULL)"),
    "status": STATUS,
    "attempt_range": "attempt BETWEEN 0 AND max_attempts",
    "progress_range": "progress BETWEEN 0 AND 1",
    "owner_while_running": "(status = 'RUNNING') = (owner IS NOT NULL)",
    "lease_of_owner": "(owner IS NULL) = (lease_expires_at IS NULL)",
    "completed_at_the_end": "(status IN ('PENDING', 'RUNNING')) = (completed_at IS NULL)",
}
COMPLETED = {
    "status": "'COMPLETED'",
    "attempt": "1",
    "max_attempts": "3",
    "cancel_requested": "false",
    "progress": "1.0",
    "started_at": "created_at",
    "completed_at": "created_at",
}
"""The job columns of a dataset that was built before datasets were jobs, as SQL."""

SHA256 = "Of the members' content hashes, in order"
INDEXES = (["created_at", "id"], ["name", "id"], ["trace_count", "id"], ["parent_dataset_id"])
BY_STATUS = ["status", "created_at", "id"]


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        added = {column.name: COMPLETED.get(column.name, "NULL") for column in ledger()}
        rewrite([*columns(nullable=True), *ledger()], CHECKS, [*INDEXES, BY_STATUS], added)
    else:
        upgrade_in_place()


def downgrade() -> None:
    """Unfinished datasets go, with the members that they have so far."""
    op.execute("DELETE FROM dataset_traces WHERE dataset_id IN (SELECT id FROM datasets WHERE status <> 'COMPLETED')")
    unfinished = "(SELECT id FROM datasets WHERE status <> 'COMPLETED')"
    op.execute(f"UPDATE datasets SET parent_dataset_id = NULL WHERE parent_dataset_id IN {unfinished}")
    op.execute(f"UPDATE exports SET dataset_id = NULL WHERE dataset_id IN {unfinished}")
    op.execute("DELETE FROM datasets WHERE status <> 'COMPLETED'")
    if op.get_bind().dialect.name == "sqlite":
        rewrite(columns(nullable=False), {"trace_count_range": COUNT_BEFORE}, INDEXES, {})
    else:
        downgrade_in_place()


def words() -> sa.types.TypeEngine[str]:
    """Text in code-point order."""
    return sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def instant() -> sa.DateTime:
    return sa.DateTime(timezone=op.get_bind().dialect.name == "postgresql")


def ledger() -> list[sa.Column[Any]]:
    """The columns that all jobs have; datasets have ``created_at`` already."""
    return [
        sa.Column("status", words(), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("max_attempts", sa.Integer, nullable=False),
        sa.Column("owner", words(), comment="The process that works on it; null unless it is running."),
        sa.Column("lease_expires_at", instant()),
        sa.Column("cancel_requested", sa.Boolean, nullable=False),
        sa.Column("progress", sa.Double, nullable=False, comment="0 to 1."),
        sa.Column("error_code", words()),
        sa.Column("error_message", words()),
        sa.Column("started_at", instant()),
        sa.Column("completed_at", instant()),
    ]


def columns(*, nullable: bool) -> list[sa.Column[Any]]:
    """The columns that datasets had before.

    Args:
        nullable: whether there may be one without a sum and statistics.
    """
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", words(), nullable=False),
        sa.Column("name", words(), nullable=False),
        sa.Column("version", words(), nullable=False),
        sa.Column("build_id", sa.Uuid(), nullable=False),
        sa.Column("trace_count", sa.BigInteger, nullable=False),
        sa.Column("sha256", words(), nullable=nullable),
        sa.Column("session_id", words()),
        sa.Column("training_run_id", words()),
        sa.Column("parent_dataset_id", sa.Uuid()),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("recipe", sa.JSON, nullable=False),
        sa.Column("stats", sa.JSON, nullable=nullable),
    ]


def rewrite(wanted: list[sa.Column[Any]], checks: dict[str, str], indexes: Any, added: dict[str, str]) -> None:
    """Copies SQLite's table to one of another make, which then takes its place.

    Args:
        added: what the columns hold that the table does not have yet, as SQL.
    """
    op.create_table(
        "datasets_new",
        *wanted,
        sa.PrimaryKeyConstraint("id", name="pk_datasets"),
        sa.UniqueConstraint("key", name="uq_datasets_key"),
        sa.ForeignKeyConstraint(
            ["parent_dataset_id"], ["datasets.id"], name="fk_datasets_parent_dataset_id_datasets", ondelete="SET NULL"
        ),
        *(sa.CheckConstraint(check, name=op.f(f"ck_datasets_{name}")) for name, check in checks.items()),
    )
    names = [column.name for column in wanted]
    values = ", ".join(added.get(name, name) for name in names)
    op.execute(f"INSERT INTO datasets_new ({', '.join(names)}) SELECT {values} FROM datasets")
    op.drop_table("datasets")
    op.rename_table("datasets_new", "datasets")
    for index in indexes:
        op.create_index(f"ix_datasets_{'_'.join(index)}", "datasets", index)


def upgrade_in_place() -> None:
    for column in ledger():
        needed, column.nullable = not column.nullable, True
        op.add_column("datasets", column)
        if column.name in COMPLETED:
            op.execute(f"UPDATE datasets SET {column.name} = {COMPLETED[column.name]}")
        if needed:
            op.alter_column("datasets", column.name, nullable=False)
    op.alter_column("datasets", "sha256", nullable=True, comment=f"{SHA256}; null until completed.")
    op.alter_column("datasets", "stats", nullable=True, comment="Null until completed.")
    op.drop_constraint(op.f("ck_datasets_trace_count_range"), "datasets", type_="check")
    for name, check in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_datasets_{name}"), "datasets", check)
    op.create_index(f"ix_datasets_{'_'.join(BY_STATUS)}", "datasets", BY_STATUS)


def downgrade_in_place() -> None:
    op.drop_index(f"ix_datasets_{'_'.join(BY_STATUS)}", "datasets")
    for name in CHECKS:
        op.drop_constraint(op.f(f"ck_datasets_{name}"), "datasets", type_="check")
    op.create_check_constraint(op.f("ck_datasets_trace_count_range"), "datasets", COUNT_BEFORE)
    op.alter_column("datasets", "sha256", nullable=False, comment=f"{SHA256}.")
    op.alter_column("datasets", "stats", nullable=False, comment=None)
    for column in ledger():
        op.drop_column("datasets", column.name)
