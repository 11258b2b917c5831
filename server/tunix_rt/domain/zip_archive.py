"""ZIP archives without compression, streamed: their size is known before the first byte, and no file is in memory.

The CRC of a file follows its content (a data descriptor), so each file is read once. Files and archives of 4 GiB and
more use ZIP64. Equal files give equal bytes: no time of a file is stored. Format: APPNOTE.TXT of PKWARE, 6.3.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from tunix_rt.domain.storage.base import StoredFile

PIECE_BYTES = 1 << 20
LIMIT = 0xFFFFFFFF
"""Sizes and offsets from here on are stored in ZIP64's fields."""
COUNT_LIMIT = 0xFFFF

FLAGS = 0x0808
"""The CRC follows the content, and names are in UTF-8."""
FIRST_DATE = 0x21
"""The first of January 1980, the format's earliest date."""
PLAIN_VERSION, ZIP64_VERSION, UNIX = 20, 45, 3 << 8
FILE_MODE = 0o100644 << 16


class FileChanged(Exception):
    """A file of an archive has another size than announced; the stream cannot be completed."""


@dataclass(frozen=True)
class ArchivedFile:
    """A file of an archive.

    Args:
        name: its path in the archive, with slashes.
    """

    name: str
    file: StoredFile
    size: int

    @property
    def is_large(self) -> bool:
        """True if the size needs ZIP64."""
        return self.size >= LIMIT

    @property
    def version(self) -> int:
        """The version of the format that is needed to extract the file."""
        return ZIP64_VERSION if self.is_large else PLAIN_VERSION

    def header(self) -> bytes:
        """Returns the bytes before the content."""
        name = self.name.encode()
        extra = struct.pack("<HHQQ", 1, 16, 0, 0) if self.is_large else b""
        size = LIMIT if self.is_large else 0
        fixed = struct.pack(
            "<4sHHHHHLLLHH",
            *(b"PK\3\4", self.version, FLAGS, 0, 0, FIRST_DATE, 0, size, size, len(name), len(extra)),
        )
        return fixed + name + extra

    def descriptor(self, crc: int) -> bytes:
        """Returns the bytes after the content."""
        return struct.pack("<4sLQQ" if self.is_large else "<4sLLL", b"PK\7\x08", crc, self.size, self.size)

    def entry(self, crc: int, offset: int) -> bytes:
        """Returns the entry in the central directory.

        Args:
            offset: the position of the header in the archive.
        """
        name = self.name.encode()
        long = [value for value in (self.size, self.size, offset) if value >= LIMIT]
        extra = struct.pack(f"<HH{len(long)}Q", 1, 8 * len(long), *long) if long else b""
        version = ZIP64_VERSION if long else PLAIN_VERSION
        fixed = struct.pack(
            "<4sHHHHHHLLLHHHHHLL",
            *(b"PK\1\2", UNIX | ZIP64_VERSION, version, FLAGS, 0, 0, FIRST_DATE, crc),
            *(min(self.size, LIMIT), min(self.size, LIMIT), len(name), len(extra), 0, 0, 0),
            *(FILE_MODE, min(offset, LIMIT)),
        )
        return fixed + name + extra

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yields the content.

        Raises:
            FileChanged: it is shorter or longer than ``size``.
            Unavailable: it cannot be read, or was removed, or the storage cannot be reached.
        """
        left = self.size
        async with self.file.open() as file:
            while piece := await file.read(PIECE_BYTES):
                left -= len(piece)
                if left < 0:
                    break
                yield piece
        if left:
            raise FileChanged(f"{self.name} must have {self.size} bytes.")


@dataclass(frozen=True)
class ZipArchive:
    """An archive of files, in their order."""

    files: Sequence[ArchivedFile]

    @property
    def size(self) -> int:
        """The size of the archive in bytes."""
        offset, directory = 0, 0
        for file in self.files:
            directory += len(file.entry(0, offset))
            offset += len(file.header()) + file.size + len(file.descriptor(0))
        return offset + directory + len(self._end(offset, directory))

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yields the archive in pieces of at most a mebibyte or so; raises as ``ArchivedFile.pieces`` does."""
        offset, entries = 0, []
        for file in self.files:
            crc, start = 0, offset
            yield file.header()
            async for piece in file.pieces():
                crc = zlib.crc32(piece, crc)
                yield piece
            yield file.descriptor(crc)
            offset += len(file.header()) + file.size + len(file.descriptor(crc))
            entries.append(file.entry(crc, start))
        directory = b"".join(entries)
        yield directory + self._end(offset, len(directory))

    def _end(self, offset: int, size: int) -> bytes:
        """Returns the end of the archive.

        Args:
            offset: the position of the central directory.
            size: its size.
        """
        count = len(self.files)
        end = struct.pack(
            "<4sHHHHLLH",
            *(
                b"PK\5\6",
                0,
                0,
                min(count, COUNT_LIMIT),
                min(count, COUNT_LIMIT),
                min(size, LIMIT),
                min(offset, LIMIT),
                0,
            ),
        )
        if max(offset, size) < LIMIT and count < COUNT_LIMIT:
            return end
        record = struct.pack(
            "<4sQHHLLQQQQ",
            *(b"PK\6\6", 44, UNIX | ZIP64_VERSION, ZIP64_VERSION, 0, 0, count, count, size, offset),
        )
        return record + struct.pack("<4sLQL", b"PK\6\7", 0, offset + size, 1) + end
