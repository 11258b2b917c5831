"""``HUGGING_FACE``: a zip archive of a folder for ``datasets.load_dataset``: a dataset card and Parquet shards.

Three choices follow from the behaviour of ``datasets``, measured with 5.2:

- It guesses the types in JSON lines: if each answer is a date, it turns ``2024-01-01`` into ``2024-01-01 00:00:00``.
  So the shards are Parquet.
- If a card names its data files, it returns the cached content for any folder of that name, even if the files have
  changed. So the card names none, and the shards have the file names that it looks for.
- Otherwise it detects a changed folder by its files' timestamps. So a shard's timestamp is derived from its content.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from zipfile import ZIP_STORED, ZipFile, ZipInfo
from zlib import crc32

from tunix_rt.domain.exports.containers.base import Container, ContainerType, Sink
from tunix_rt.domain.exports.containers.parquet import ParquetWriter, require_pyarrow
from tunix_rt.domain.exports.export_shapes import ExportShape

SHARD_BYTES = 256 * 1024 * 1024
"""The size at which a shard ends. The archive is streamed, so a shard's name does not have the number of shards."""
EPOCH = datetime(1980, 1, 1)  # noqa: DTZ001 - zip archives have no time zones
"""The earliest timestamp of a zip archive."""
RESOLUTION = timedelta(seconds=2)
UNIX = 3
READ_BY_ALL = 0o100644 << 16

CARD = """\
---
pretty_name: Reasoning traces
tags:
- reasoning
---

# Reasoning traces

{description} Written by tunix-rt in its format `{format}`. The columns are {columns}.

```python
import json
from datasets import load_dataset

rows = load_dataset("path/to/this/folder", split="train")
metadata = json.loads(rows[0]["metadata"])
```
"""


def card_of(shape: ExportShape) -> str:
    """Returns the dataset card, the folder's ``README.md``."""
    columns = ", ".join(f"`{field.name}`" for field in shape.fields)
    return CARD.format(description=shape.description, format=shape.format.value, columns=columns)


def member(name: str, checksum: int) -> ZipInfo:
    """Returns the archive entry of a file, uncompressed, since Parquet is compressed already."""
    info = ZipInfo(name, time_of(checksum))
    info.create_system = UNIX
    info.external_attr = READ_BY_ALL
    return info


def time_of(checksum: int) -> tuple[int, int, int, int, int, int]:
    """Returns a timestamp in 1980 or 1981 derived from a checksum, so that it changes with the content."""
    at = EPOCH + RESOLUTION * (checksum % 2**24)
    return at.year, at.month, at.day, at.hour, at.minute, at.second


class Shard:
    """An unfinished Parquet file, kept in a temporary file beside the archive until its timestamp is known."""

    def __init__(self, folder: Path | None, shape: ExportShape) -> None:
        self.file = TemporaryFile(dir=folder)  # noqa: SIM115 - it is open as long as the shard
        self.writer = ParquetWriter(self.file, shape)
        self.line_bytes = 0
        self.checksum = 0

    def write(self, lines: Sequence[bytes]) -> Sequence[bytes]:
        """Appends rows until the shard is full and returns the remaining rows."""
        for end, line in enumerate(lines, 1):
            self.line_bytes += len(line)
            self.checksum = crc32(line, self.checksum)
            if self.line_bytes >= SHARD_BYTES:
                self.writer.write(lines[:end])
                return lines[end:]
        self.writer.write(lines)
        return ()

    @property
    def full(self) -> bool:
        """True if the shard has reached its size."""
        return self.line_bytes >= SHARD_BYTES


class FolderWriter:
    """Writes the archive: the card, then one shard after another."""

    def __init__(self, sink: Sink, shape: ExportShape) -> None:
        self.folder = sink.folder
        self.shape = shape
        self.archive = ZipFile(sink, "w", ZIP_STORED)
        self.archive.writestr(member("README.md", 0), card_of(shape))
        self.shards = 0
        self.shard = Shard(self.folder, shape)

    def write(self, lines: Sequence[bytes]) -> None:
        """Appends rows."""
        while lines:
            if self.shard.full:
                self.pack_shard()
                self.shard = Shard(self.folder, self.shape)
            lines = self.shard.write(lines)

    def pack_shard(self) -> None:
        """Copies the shard to the archive."""
        with self.shard.file as file:
            self.shard.writer.finish()
            file.seek(0)
            info = member(f"data/train-{self.shards:05}.parquet", self.shard.checksum)
            with self.archive.open(info, "w") as packed:
                copyfileobj(file, packed)
        self.shards += 1

    def finish(self) -> None:
        """Packs the last shard and writes the archive's central directory."""
        with self.archive:
            self.pack_shard()


CONTAINER_TYPE = ContainerType(
    Container.HUGGING_FACE,
    "Zip archive of a dataset folder that Hugging Face's `load_dataset` opens.",
    ".zip",
    "application/zip",
    FolderWriter,
    require_pyarrow,
)
