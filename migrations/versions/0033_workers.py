"""Adds the workers: each has a row that it renews while it is alive."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    text = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
    instant = sa.DateTime(timezone=op.get_bind().dialect.name == "postgresql")
    op.create_table(
        "workers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("host", text, nullable=False),
        sa.Column("process_id", sa.Integer(), nullable=False),
        sa.Column("version", text, nullable=False),
        sa.Column("kinds", text, nullable=False, comment="Separated by commas."),
        sa.Column("started_at", instant, nullable=False),
        sa.Column("seen_at", instant, nullable=False, comment="The last heartbeat, by the database's clock."),
        sa.PrimaryKeyConstraint("id", name="pk_workers"),
    )


def downgrade() -> None:
    op.drop_table("workers")
