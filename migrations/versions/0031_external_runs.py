"""Runs that are trained elsewhere: their parameters, and the last batch that their program has reported."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0030"

COLUMNS = ("parameters", "reported_batch", "reported_sha256", "reported_at")


def upgrade() -> None:
    text = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
    instant = sa.DateTime(timezone=op.get_bind().dialect.name == "postgresql")
    for column in (
        sa.Column("parameters", sa.JSON(), comment="Of an external run, as its program has registered them."),
        sa.Column("reported_batch", sa.Integer(), comment="Of an external run; null for all others."),
        sa.Column("reported_sha256", text, comment="Hash of that batch."),
        sa.Column("reported_at", instant),
    ):
        op.add_column("tunix_runs", column)


def downgrade() -> None:
    """External runs that are still running are ended: the older version would restart them."""
    op.execute(
        "UPDATE tunix_runs SET status = 'FAILED', owner = NULL, lease_expires_at = NULL, "
        "completed_at = reported_at, error_code = 'INTERNAL', error_message = 'Its reports are not taken any more.' "
        "WHERE engine = 'external' AND status = 'RUNNING'"
    )
    for name in COLUMNS:
        op.drop_column("tunix_runs", name)
