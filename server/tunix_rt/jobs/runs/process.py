"""The process of one attempt at a run: ``python -m tunix_rt.jobs.runs.process RUN ATTEMPT OWNER``.

Exit status 0 means that the ledger has the outcome or that another attempt has started; any other that it has not.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import uuid

from tunix_rt.domain.jobs.queue import Hold
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
