"""A storage in S3, Google Cloud Storage or Azure Blob Storage."""

from __future__ import annotations

import logging
import math
import secrets
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import obstore
from obstore.exceptions import AlreadyExistsError

from tunix_rt.domain.atomic_files import part_of
from tunix_rt.domain.data_folder import explain_write_errors
from tunix_rt.domain.storage.base import (
    CLAIM,
    AttemptFolder,
    StorageFailed,
    StoredFile,
    StoredObject,
    Upload,
    attachment,
)
from tunix_rt.domain.storage.folder import FolderStorage
from tunix_rt.domain.storage.reading import ObjectFile
from tunix_rt.domain.storage.requests import BucketStore, connect, converting_errors
from tunix_rt.errors import Conflict, Unavailable
from tunix_rt.settings import Settings

logger = logging.getLogger("tunix_rt")

PIECE_BYTES = 8 << 20
PIECES_MAX = 9_000
"""A multipart upload may have 10,000 parts."""
CONCURRENT_PIECES = 4
REMOVED_AT_ONCE = 1000


class ObjectStorage:
    """A storage of objects; see ``Storage``.

    Files that are only in the data folder, since they were stored before this storage was set up, are found there.
    """

    def __init__(self, settings: Settings) -> None:
        self.location = settings.storage_url
        self._store: BucketStore = connect(settings)
        self._redirects = settings.storage_redirect
        self._earlier = FolderStorage(settings.data_dir)
        self._claimed: set[tuple[AttemptFolder, str]] = set()

    async def add(self, upload: Upload) -> None:
        """See ``Storage.add``."""
        await self._claim(upload.folder, upload.owner)
        size = upload.part.stat().st_size
        with converting_errors():
            try:
                await self._put(upload, size)
                found = await obstore.head_async(self._store, upload.key)
            except FileNotFoundError as error:
                if not upload.part.exists():
                    raise
                raise StorageFailed("The object storage's bucket does not exist.") from error
        if found["size"] != size:
            raise Unavailable(f"{upload.name} has {found['size']:,} of {size:,} bytes in the object storage.")
        if not upload.keep:
            upload.part.unlink()

    async def _put(self, upload: Upload, size: int) -> None:
        await obstore.put_async(
            self._store,
            upload.key,
            upload.part,
            attributes={"Content-Type": upload.media_type, "Content-Disposition": attachment(Path(upload.name).name)},
            chunk_size=max(PIECE_BYTES, math.ceil(size / PIECES_MAX)),
            max_concurrency=CONCURRENT_PIECES,
        )

    async def _claim(self, folder: AttemptFolder, owner: str) -> None:
        """Claims an attempt's folder for its owner; a repeated claim does nothing.

        A multipart upload cannot be made conditional in all storages; an object that only one process can create
        fences off all uploads to the folder, of any size.

        Raises:
            Conflict: another owner has claimed it.
        """
        if (folder, owner) in self._claimed:
            return
        key, content = folder.key(CLAIM), owner.encode()
        with converting_errors():
            try:
                await obstore.put_async(self._store, key, content, mode="create")
            except AlreadyExistsError:
                found = await obstore.get_async(self._store, key)
                if bytes(await found.bytes_async()) != content:
                    raise Conflict("Another process has stored files of this attempt.") from None
            except FileNotFoundError as error:
                raise StorageFailed("The object storage's bucket does not exist.") from error
        self._claimed.add((folder, owner))

    async def find(self, key: str) -> StoredFile | None:
        """See ``Storage.find``."""
        with converting_errors():
            try:
                found = await obstore.head_async(self._store, key)
            except FileNotFoundError:
                return await self._earlier.find(key)
        return ObjectFile(self._store, key, found["size"], found["last_modified"], self._redirects)

    async def path_of(self, key: str) -> Path | None:
        """See ``Storage.path_of``. The copy is in the data folder, and is removed with the file."""
        path = await self._earlier.path_of(key)
        if path is not None or (file := await self.find(key)) is None:
            return path
        path = self._earlier.root / key
        with explain_write_errors("A copy of a stored file"):
            path.parent.mkdir(parents=True, exist_ok=True)
            part = part_of(path.with_name(f"{path.name}.{secrets.token_hex(4)}"))
            await file.copy_to(part)
            return part.replace(path)

    async def remove(self, folder: str) -> None:
        """See ``Storage.remove``."""
        await self._earlier.remove(folder)
        try:
            with converting_errors():
                async for listed in obstore.list(self._store, prefix=folder, chunk_size=REMOVED_AT_ONCE):
                    await obstore.delete_async(self._store, [found["path"] for found in listed])
        except (Unavailable, StorageFailed) as error:
            logger.warning("files of %s are left in the storage: %s", folder, error.message)

    async def remove_files(self, keys: Sequence[str]) -> None:
        """See ``Storage.remove_files``."""
        await self._earlier.remove_files(keys)
        try:
            with converting_errors():
                for start in range(0, len(keys), REMOVED_AT_ONCE):
                    await obstore.delete_async(self._store, list(keys[start : start + REMOVED_AT_ONCE]))
        except (Unavailable, StorageFailed) as error:
            logger.warning("%d files are left in the storage: %s", len(keys), error.message)

    async def objects(self, folder: str = "") -> AsyncIterator[StoredObject]:
        """See ``Storage.objects``."""
        with converting_errors():
            async for listed in obstore.list(self._store, prefix=folder or None):
                for found in listed:
                    if AttemptFolder.of(found["path"]) is not None:
                        yield StoredObject(found["path"], found["size"])
