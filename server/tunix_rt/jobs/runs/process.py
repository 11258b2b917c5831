"""The process of one attempt at a run: ``python -m tunix_rt.jobs.runs.process RUN ATTEMPT OWNER``.

Status 0 says that the ledger knows how it ended, or that another attempt has begun; any other that it does not.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import uuid

from tunix_rt.jobs.queue import Hold
from tunix_rt.jobs.supervision.supervisor import supervise
from tunix_rt.settings import settings_from


def main(arguments: list[str]) -> int:
    """Supervises the attempt that the arguments name."""
    settings = settings_from()
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    run_id, attempt, owner = arguments
    return asyncio.run(supervise(settings, Hold(uuid.UUID(run_id), owner, int(attempt))))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
