"""Runs the revisions on the connection that ``tunix_rt.db.migrate`` opened."""

from alembic import context

from tunix_rt.db.models import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transaction_per_migration=True,
    transactional_ddl=True,
)

with context.begin_transaction():
    context.run_migrations()
