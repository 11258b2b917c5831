"""Processes of exports, and their files."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from typing import Any

from tunix_rt.domain.exports.files import exports_folder, folder_of
from tunix_rt.settings import Settings

WAIT_SECONDS = 60


async def finished(process: Any) -> int:
    """Waits for a process's exit and returns its status."""
    status: int = await asyncio.to_thread(process.wait, WAIT_SECONDS)
    return status


def files_in(settings: Settings, export_id: uuid.UUID) -> list[str]:
    """Returns the files in an export's folder."""
    folder = folder_of(settings.data_dir, export_id)
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


async def digest_of(settings: Settings, row: Any) -> str:
    """Returns the SHA-256 of an export's file, after checking it against the row."""
    content = (exports_folder(settings.data_dir) / row.path).read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    assert (len(content), digest) == (row.byte_size, row.sha256)
    return digest
