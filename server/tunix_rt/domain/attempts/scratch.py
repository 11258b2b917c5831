"""Folders for files that a server receives or makes for attempts, before they are in the storage."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tunix_rt.domain.data_folder import explain_write_errors

FOLDER = "attempt-files"
KEPT_SECONDS = 86_400.0
"""The age after which a folder must have been left by a server that was killed."""


@asynccontextmanager
async def scratch_folder(data_dir: Path) -> AsyncIterator[Path]:
    """Yields an empty folder in the data folder, which is removed at the end of the block.

    Raises:
        Unavailable: the data folder cannot be written.
    """
    folder = await asyncio.to_thread(make, data_dir / FOLDER)
    try:
        yield folder
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def make(parent: Path) -> Path:
    """Creates an empty folder, and removes folders of servers that were killed long ago; blocks."""
    with explain_write_errors("A file of an attempt"):
        parent.mkdir(parents=True, exist_ok=True)
        for old in parent.iterdir():
            with suppress(OSError):
                if time.time() - old.stat().st_mtime > KEPT_SECONDS:
                    shutil.rmtree(old, ignore_errors=True)
        return Path(tempfile.mkdtemp(dir=parent))
