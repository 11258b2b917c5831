"""The interface of an export container: its type, its writer, and the file that it writes to."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import BinaryIO, Protocol

from tunix_rt.domain.exports.export_shapes import ExportShape


class Container(Enum):
    """The file type of an export."""

    JSONL = "jsonl"
    JSONL_GZ = "jsonl_gz"
    CSV = "csv"
    PARQUET = "parquet"
    HUGGING_FACE = "hugging_face"


@dataclass(frozen=True)
class WrittenFile:
    """A finished file.

    Args:
        rows: the number of records.
        byte_size: the size in bytes.
        sha256: the digest in hex.
    """

    rows: int
    byte_size: int
    sha256: str


class Sink:
    """A file that is hashed while it is written sequentially, with the interface of a binary stream.

    Args:
        target: the path of the file to create, or an open stream such as standard output.

    Attributes:
        folder: the folder for temporary files, which is the target's; None for a stream.
    """

    def __init__(self, target: Path | BinaryIO) -> None:
        self.folder = target.parent if isinstance(target, Path) else None
        self.file: BinaryIO = target.open("wb") if isinstance(target, Path) else target
        self.digest = hashlib.sha256()
        self.byte_size = 0
        self.closed = False

    def write(self, data: bytes) -> int:
        """Appends data; after ``close`` does nothing, since an abandoned writer may still flush."""
        if not self.closed:
            self.file.write(data)
            self.digest.update(data)
            self.byte_size += len(data)
        return len(data)

    def flush(self) -> None:
        """Flushes the file's buffer."""
        if not self.closed:
            self.file.flush()

    def close(self) -> None:
        """Closes the file; does nothing if it is closed."""
        self.closed = True
        self.file.close()


class Writer(Protocol):
    """Writes records (lines of an export format) to a sink; the bytes depend on the lines only, not on the pages."""

    def write(self, lines: Sequence[bytes]) -> None:
        """Appends a page of records."""

    def finish(self) -> None:
        """Completes the file."""


@dataclass(frozen=True)
class ContainerType:
    """A file type of exports.

    Args:
        description: one sentence that helps to choose a container.
        suffix: the suffix of the file's name, with its dot.
        open: returns a writer to a sink, for records of a format.
        require: raises Unavailable if a package that the container needs is not installed.
        open_escaped: the same as ``open``, with cells escaped that a spreadsheet might run as formulas; None for a
            container without cells.
        reads_back: whether an import reads the file, as a round trip needs.
    """

    container: Container
    description: str
    suffix: str
    media_type: str
    open: Callable[[Sink, ExportShape], Writer]
    require: Callable[[], None] = lambda: None
    reads_back: bool = False
    open_escaped: Callable[[Sink, ExportShape], Writer] | None = None
