"""Lets PostgreSQL notify servers of changed jobs and of new traces, so that they need not wait for their next poll."""

from alembic import op

revision = "0025"
down_revision = "0024"

JOBS = ("datasets", "exports", "generations", "evaluations", "tunix_runs")

JOB_CHANGED = """
CREATE FUNCTION tunix_rt_job_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('tunix_rt', TG_TABLE_NAME || ':' || COALESCE(NEW.id, OLD.id));
  IF NEW.status = 'PENDING' AND OLD.status IS DISTINCT FROM NEW.status THEN
    PERFORM pg_notify('tunix_rt', 'waiting');
  END IF;
  RETURN NULL;
END $$
"""
TRACES_ADDED = """
CREATE FUNCTION tunix_rt_traces_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('tunix_rt', 'traces');
  RETURN NULL;
END $$
"""


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(JOB_CHANGED)
    op.execute(TRACES_ADDED)
    for table in JOBS:
        op.execute(
            f"CREATE TRIGGER notify_servers AFTER INSERT OR UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION tunix_rt_job_changed()"
        )
    op.execute(
        "CREATE TRIGGER notify_servers AFTER INSERT ON traces "
        "FOR EACH STATEMENT EXECUTE FUNCTION tunix_rt_traces_added()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in (*JOBS, "traces"):
        op.execute(f"DROP TRIGGER notify_servers ON {table}")
    op.execute("DROP FUNCTION tunix_rt_job_changed()")
    op.execute("DROP FUNCTION tunix_rt_traces_added()")
