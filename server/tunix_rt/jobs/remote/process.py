"""The process of one attempt without the database: ``python -m tunix_rt.jobs.remote.process``.

It reads ``TUNIX_RT_SERVER`` and ``TUNIX_RT_ATTEMPT_TOKEN``, and works in ``TUNIX_RT_DATA_DIR``, by default in a
temporary folder that is removed at the end. Exit status 0 means that the ledger has the outcome or that another attempt
has started; 75 that the server was unreachable, or failed, for too long; any other that the process has failed.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from tunix_rt.errors import SettingsError
from tunix_rt.jobs.remote.ledger import ServedLedger
from tunix_rt.jobs.supervision.supervisor import supervise
from tunix_rt.logs import set_up_logging
from tunix_rt.setting_values import PREFIX
from tunix_rt.settings import Settings, settings_from

BAD_SETTINGS = 2


Perform: TypeAlias = Callable[[Settings], Coroutine[Any, Any, int]]
"""Performs an attempt, and returns the exit status."""


def run_with(perform: Perform) -> int:
    """Performs the attempt that the environment names, and returns the exit status."""
    try:
        settings = settings_from()
        require_attempt(settings)
    except SettingsError as error:
        sys.stderr.write(f"{error.message}\n")
        return BAD_SETTINGS
    set_up_logging(settings.log_level)
    if f"{PREFIX}DATA_DIR" in os.environ:
        return asyncio.run(perform(settings))
    with tempfile.TemporaryDirectory(prefix="tunix-rt-") as folder:
        return asyncio.run(perform(replace(settings, data_dir=Path(folder))))


def require_attempt(settings: Settings) -> None:
    """Checks that the settings name a server and an attempt.

    Raises:
        SettingsError: they do not.
    """
    for name in ("server", "attempt_token"):
        if not getattr(settings, name):
            raise SettingsError(f"{PREFIX}{name.upper()} is needed: a worker sets it for the processes that it starts.")


async def perform(settings: Settings) -> int:
    """Performs the attempt, and returns the exit status."""
    return await supervise(ServedLedger(settings), settings)


if __name__ == "__main__":
    sys.exit(run_with(perform))
