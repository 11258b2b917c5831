"""Reads files of an object storage in pieces, each by a request for a range that is repeated after an error."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import obstore

from tunix_rt.domain.storage.base import FileReader
from tunix_rt.domain.storage.requests import BucketStore, converting_errors
from tunix_rt.errors import Unavailable

FIRST_BYTES = 1 << 18
MOST_BYTES = 1 << 23
"""The sizes of the first request and of later ones, which double: a short range is cheap, and a long file fast."""


@dataclass(frozen=True)
class ObjectFile:
    """A file of an object storage; see ``StoredFile``.

    Args:
        redirects: whether clients may be sent to the storage.
    """

    store: BucketStore
    key: str
    size: int
    modified: datetime
    redirects: bool

    def open(self) -> AbstractAsyncContextManager[FileReader]:
        """See ``StoredFile.open``."""
        return open_object(self)

    async def copy_to(self, target: Path) -> None:
        """See ``StoredFile.copy_to``."""
        reader = ObjectReader(self)
        with await asyncio.to_thread(target.open, "wb") as file:
            while piece := await reader.read(MOST_BYTES):
                await asyncio.to_thread(file.write, piece)

    async def signed_url(self, lifetime: timedelta) -> str | None:
        """See ``StoredFile.signed_url``."""
        if not self.redirects:
            return None
        with converting_errors():
            return await obstore.sign_async(self.store, "GET", self.key, lifetime)


@asynccontextmanager
async def open_object(file: ObjectFile) -> AsyncIterator[FileReader]:
    """Opens a file for reading; there is no connection to be closed."""
    yield ObjectReader(file)


class ObjectReader:
    """Reads a file of an object storage; see ``FileReader``."""

    def __init__(self, file: ObjectFile) -> None:
        self._file = file
        self._position = 0
        self._piece = memoryview(b"")
        self._next = FIRST_BYTES

    async def seek(self, position: int) -> int:
        """See ``FileReader.seek``."""
        self._position, self._piece, self._next = position, memoryview(b""), FIRST_BYTES
        return position

    async def read(self, size: int) -> bytes:
        """See ``FileReader.read``.

        Raises:
            Unavailable: the storage cannot be reached, or the file was removed.
        """
        found = bytearray()
        while len(found) < size and (self._piece or self._position < self._file.size):
            if not self._piece:
                await self._fetch()
            taken = self._piece[: size - len(found)]
            found += taken
            self._piece = self._piece[len(taken) :]
        return bytes(found)

    async def _fetch(self) -> None:
        end = min(self._position + self._next, self._file.size)
        with converting_errors():
            try:
                piece = await obstore.get_range_async(self._file.store, self._file.key, start=self._position, end=end)
            except FileNotFoundError as error:
                raise Unavailable("A file was removed from the object storage while it was read.") from error
        self._piece = memoryview(bytes(piece))
        if len(self._piece) != end - self._position:
            raise Unavailable("The object storage has sent fewer bytes than requested.")
        self._position, self._next = end, min(2 * self._next, MOST_BYTES)
