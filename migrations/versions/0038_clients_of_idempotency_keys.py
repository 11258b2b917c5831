"""Separates the idempotency keys of clients. Those that are stored already stay the keys of all clients."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0038"
down_revision = "0037"

TABLE, NEW = "idempotency_keys", "idempotency_keys_new"
INDEX, KEY = "ix_idempotency_keys_created_at", "pk_idempotency_keys"
REST = "key, operation, request_hash, result_ids, created_at"
WHAT = "Empty without an API key; * for any client."
ONE_OF_EACH = f"client = (SELECT min(other.client) FROM {TABLE} AS other WHERE other.key = {TABLE}.key)"
"""Of equal keys of several clients, which an older version cannot store, one is kept."""


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        remake(["key", "client"], f"INSERT INTO {NEW} (client, {REST}) SELECT '*', {REST} FROM {TABLE}")
        return
    op.add_column(TABLE, sa.Column("client", text(), nullable=False, server_default="*", comment=WHAT))
    op.alter_column(TABLE, "client", server_default=None)
    op.drop_constraint(KEY, TABLE, type_="primary")
    op.create_primary_key(KEY, TABLE, ["key", "client"])


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        remake(["key"], f"INSERT INTO {NEW} ({REST}) SELECT {REST} FROM {TABLE} WHERE {ONE_OF_EACH}")
        return
    op.execute(f"DELETE FROM {TABLE} WHERE NOT {ONE_OF_EACH}")
    op.drop_constraint(KEY, TABLE, type_="primary")
    op.drop_column(TABLE, "client")
    op.create_primary_key(KEY, TABLE, ["key"])


def remake(keys: list[str], copy: str) -> None:
    """Makes the table again with another primary key, which SQLite cannot change."""
    client = [sa.Column("client", text(), nullable=False, comment=WHAT)] if "client" in keys else []
    op.create_table(
        NEW,
        sa.Column("key", text(), nullable=False),
        sa.Column("operation", text(), nullable=False),
        sa.Column("request_hash", text(), nullable=False),
        sa.Column("result_ids", sa.JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        *client,
        sa.PrimaryKeyConstraint(*keys, name=KEY),
    )
    op.execute(copy)
    op.drop_table(TABLE)
    op.rename_table(NEW, TABLE)
    op.create_index(INDEX, TABLE, ["created_at"])


def text() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
