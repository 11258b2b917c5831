"""The storage behind a server: files of a run are uploaded to the server, and copied from it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from tunix_rt.domain.attempts import paths
from tunix_rt.domain.attempts.paths import path_to
from tunix_rt.domain.storage.base import AttemptFolder, CopiedFile, StorageFailed, Upload
from tunix_rt.errors import BadUserInput, Conflict, NotFound, Unavailable
from tunix_rt.jobs.remote.client import answering, call, check

logger = logging.getLogger("tunix_rt")

CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class ServedFile:
    """A stored file behind a server; see ``CopiedFile``."""

    http: httpx.AsyncClient
    path: str

    async def copy_to(self, target: Path) -> None:
        """See ``CopiedFile.copy_to``; continues where the connection was lost, as long as bytes arrive."""
        await asyncio.to_thread(target.write_bytes, b"")
        size = 0
        while True:
            try:
                return await self._append(target, size)
            except Unavailable:
                before, size = size, (await asyncio.to_thread(target.stat)).st_size
                if size == before:
                    raise

    async def _append(self, target: Path, start: int) -> None:
        """Appends the content after ``start`` to a file."""
        headers = {"Range": f"bytes={start}-"} if start else {}
        async with answering(), self.http.stream("GET", self.path, headers=headers, follow_redirects=True) as answer:
            if answer.status_code == 416:  # everything has arrived but the end of the connection
                return
            if not answer.is_success:
                await answer.aread()
                check(answer)
            with target.open("r+b") as file:
                file.seek(start if answer.status_code == 206 else 0)
                async for chunk in answer.aiter_bytes(CHUNK_BYTES):
                    await asyncio.to_thread(file.write, chunk)


class ServedStorage:
    """The storage behind a server, as the token of an attempt opens it; see ``FileStore``.

    Args:
        root: the path that those of its files follow.
    """

    def __init__(self, http: httpx.AsyncClient, root: str) -> None:
        self._http = http
        self._root = root

    async def add(self, upload: Upload) -> None:
        """See ``FileStore.add``."""
        digest, size = await asyncio.to_thread(digest_of, upload.part)
        headers = {"Content-Digest": digest, "Content-Length": str(size), "Content-Type": upload.media_type}
        try:
            async with answering():
                path = path_to(self._root + paths.FILE, name=upload.name)
                answer = await self._http.put(path, content=chunks(upload.part), headers=headers)
            check(answer)
        except (NotFound, BadUserInput) as error:
            raise StorageFailed(error.message) from error
        if not upload.keep:
            upload.part.unlink()

    async def find(self, key: str) -> CopiedFile | None:
        """See ``FileStore.find``."""
        folder = AttemptFolder.of(key)
        if folder is None:
            return None
        name = key.removeprefix(f"{folder.path}/")
        path = path_to(self._root + paths.STORED_FILE, run=folder.job_id, attempt=folder.attempt, name=name)
        async with answering():
            answer = await self._http.head(path)
        try:
            check(answer)
        except NotFound:
            return None
        except BadUserInput as error:
            raise StorageFailed(error.message) from error
        return ServedFile(self._http, path)

    async def remove(self, folder: str) -> None:
        """See ``FileStore.remove``."""
        attempt = AttemptFolder.of(folder)
        name = folder if attempt is None else folder.removeprefix(f"{attempt.path}/")
        try:
            await call(self._http, "DELETE", path_to(self._root + paths.FILE, name=name))
        except (Unavailable, NotFound, BadUserInput, Conflict) as error:
            logger.warning("files of %s are left in the storage: %s", folder, error.message)


async def chunks(path: Path) -> AsyncIterator[bytes]:
    """Yields the content of a file."""
    with path.open("rb") as file:
        while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
            yield chunk


def digest_of(path: Path) -> tuple[str, int]:
    """Returns the ``Content-Digest`` of a file (RFC 9530), and its size in bytes; blocks."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
        return f"sha-256=:{base64.b64encode(digest).decode()}:", file.tell()
