"""Adds the tokens of attempts, by which workers without the database prove them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    text = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
    instant = sa.DateTime(timezone=op.get_bind().dialect.name == "postgresql")
    op.create_table(
        "attempt_tokens",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sha256", text, nullable=False, comment="Hash of the token."),
        sa.Column("issued_at", instant, nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["tunix_runs.id"], name="fk_attempt_tokens_run_id_tunix_runs", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "attempt", name="pk_attempt_tokens"),
    )


def downgrade() -> None:
    op.drop_table("attempt_tokens")
