"""The process of one attempt at a run: ``python -m tunix_rt.jobs.runs.process RUN ATTEMPT OWNER``.

Exit status 0 means that the ledger has the outcome or that another attempt has started; any other that it has not.
"""

from __future__ import annotations

import sys

from tunix_rt.db.session import Database
from tunix_rt.domain.jobs.queue import Hold
from tunix_rt.jobs.ledgers.database import DatabaseLedger
from tunix_rt.jobs.process import exit_status_on, main
from tunix_rt.jobs.supervision.supervisor import supervise
from tunix_rt.settings import Settings


async def supervise_on_database(settings: Settings, hold: Hold) -> int:
    """Supervises the attempt that is held, and returns the exit status: ``SCHEMA_OUTDATED_STATUS`` if the database is
    at another revision.
    """
    database = Database(settings)
    return await exit_status_on(database, supervise(DatabaseLedger(settings, hold, database), settings))


if __name__ == "__main__":
    # It only watches; the trainer lowers its own priority.
    sys.exit(main(sys.argv[1:], supervise_on_database, niceness=0))
