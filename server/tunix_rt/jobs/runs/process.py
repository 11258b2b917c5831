"""The process of one attempt at a run: ``python -m tunix_rt.jobs.runs.process RUN ATTEMPT OWNER``.

Exit status 0 means that the ledger has the outcome or that another attempt has started; any other that it has not.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import uuid

from tunix_rt.db.session import Database
from tunix_rt.domain.jobs.queue import Hold
from tunix_rt.jobs.ledgers.database import DatabaseLedger
from tunix_rt.jobs.process import SCHEMA_OUTDATED_STATUS, is_outdated
from tunix_rt.jobs.supervision.supervisor import supervise
from tunix_rt.settings import Settings, settings_from


def main(arguments: list[str]) -> int:
    """Supervises the attempt that the arguments name."""
    settings = settings_from()
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    run_id, attempt, owner = arguments
    return asyncio.run(supervise_on_database(settings, Hold(uuid.UUID(run_id), owner, int(attempt))))


async def supervise_on_database(settings: Settings, hold: Hold) -> int:
    """Supervises the attempt that is held, and returns the exit status: ``SCHEMA_OUTDATED_STATUS`` if the database is
    at another revision.
    """
    database = Database(settings)
    try:
        return await supervise(DatabaseLedger(settings, hold, database), settings)
    except Exception:
        if await is_outdated(database):
            return SCHEMA_OUTDATED_STATUS
        raise
    finally:
        await database.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
