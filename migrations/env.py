"""Runs the revisions on the connection that ``tunix_rt.db.migrate`` opened."""

from typing import Any

from alembic import context
from alembic.runtime.migration import MigrationContext, MigrationInfo
from sqlalchemy import delete, insert, inspect

from tunix_rt.db.models import METADATA, schema_compatibility


def record_compatibility(ctx: MigrationContext, step: MigrationInfo, heads: Any, run_args: Any) -> None:
    """Records, in the transaction of each step, the oldest revision whose programs work with the schema.

    It is the last step up to here that does not declare ``phase = "expand"``.
    """
    connection = ctx.connection
    if connection is None or not inspect(connection).has_table(schema_compatibility.name):
        return
    up_to = max(step.destination_revision_ids)
    steps = context.script.walk_revisions("base", up_to)
    oldest = max(found.revision for found in steps if getattr(found.module, "phase", "contract") != "expand")
    connection.execute(delete(schema_compatibility))
    connection.execute(insert(schema_compatibility).values(oldest_revision=oldest))


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transaction_per_migration=True,
    transactional_ddl=True,
    on_version_apply=record_compatibility,
)

with context.begin_transaction():
    context.run_migrations()
