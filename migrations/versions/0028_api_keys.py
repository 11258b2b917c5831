"""API keys, by the hashes of their secrets."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", text(), nullable=False),
        sa.Column("prefix", text(), nullable=False, comment="The first characters of the secret, to recognise it."),
        sa.Column("secret_sha256", text(), nullable=False),
        sa.Column("scopes", text(), nullable=False, comment="Separated by commas."),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("rotated_at", instant()),
        sa.Column("expires_at", instant()),
        sa.Column("revoked_at", instant()),
        sa.Column("last_used_at", instant(), comment="To the minute."),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("name", name="uq_api_keys_name"),
        sa.UniqueConstraint("prefix", name="uq_api_keys_prefix"),
    )


def downgrade() -> None:
    op.drop_table("api_keys")


def instant() -> sa.DateTime:
    return sa.DateTime(timezone=op.get_bind().dialect.name == "postgresql")


def text() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
