"""The parts of an export container: its type, and the file that it is written to."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import BinaryIO, Protocol

from tunix_rt.domain.exports.formats import RecordFormat


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
        rows: how many records it holds.
        byte_size: its size.
        sha256: its digest in hex.
    """

    rows: int
    byte_size: int
    sha256: str


class Sink:
    """A file that is written sequentially and hashed on the way, with the interface of a binary stream.

    Args:
        target: where it is made, or a stream that is open, such as standard output.

    Attributes:
        folder: where there is room for what is written on the way: beside the file. None for a stream.
    """

    def __init__(self, target: Path | BinaryIO) -> None:
        self.folder = target.parent if isinstance(target, Path) else None
        self.file: BinaryIO = target.open("wb") if isinstance(target, Path) else target
        self.digest = hashlib.sha256()
        self.byte_size = 0
        self.closed = False

    def write(self, data: bytes) -> int:
        """Appends data; does nothing after ``close``, since an abandoned writer may still flush."""
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
    """Writes records, as lines of an export format, to a sink; the bytes depend on the lines only, not on the pages."""

    def write(self, lines: Sequence[bytes]) -> None:
        """Appends a page of records."""

    def finish(self) -> None:
        """Completes the file."""


@dataclass(frozen=True)
class ContainerType:
    """A file type that exports can be written as.

    Args:
        description: one sentence for people choosing among containers.
        suffix: of the file's name, with its dot.
        open: a writer into a sink, for records of a rendering.
        require: raises Unavailable if something that the container needs is not installed.
        open_escaped: as ``open``, with cells that no spreadsheet takes for a formula; None if there are no cells.
        reads_back: whether an import reads the file, so that an export for a round trip comes back.
    """

    container: Container
    description: str
    suffix: str
    media_type: str
    open: Callable[[Sink, RecordFormat], Writer]
    require: Callable[[], None] = lambda: None
    reads_back: bool = False
    open_escaped: Callable[[Sink, RecordFormat], Writer] | None = None
