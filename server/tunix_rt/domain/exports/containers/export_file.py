"""An export's file while it is being written."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Self

from tunix_rt.domain.exports.containers import Container, ContainerType, get_container_type
from tunix_rt.domain.exports.containers.base import Sink, WrittenFile
from tunix_rt.domain.exports.export_shapes import ExportShape


class ExportFile:
    """An export file being written; it is complete after ``finish``, otherwise the caller removes it.

    Args:
        escape_formulas: see ``FormatOptions``; only for a container with cells.

    Raises:
        OSError: the file cannot be created, or a write fails.
    """

    def __init__(
        self,
        target: Path | BinaryIO,
        container_type: ContainerType,
        shape: ExportShape,
        *,
        escape_formulas: bool = False,
    ) -> None:
        self.rows = 0
        self.sink = Sink(target)
        escaped = container_type.open_escaped if escape_formulas else None
        self.writer = (escaped or container_type.open)(self.sink, shape)

    @property
    def byte_size(self) -> int:
        """The number of bytes written so far."""
        return self.sink.byte_size

    def write(self, lines: Sequence[bytes]) -> None:
        """Appends a page of records."""
        self.writer.write(lines)
        self.rows += len(lines)

    def finish(self) -> WrittenFile:
        """Completes and closes the file."""
        self.writer.finish()
        self.sink.close()
        return WrittenFile(self.rows, self.sink.byte_size, self.sink.digest.hexdigest())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if not self.sink.closed:
            with suppress(OSError):  # flushing the buffer fails too
                self.sink.close()
            with suppress(Exception):  # releases the writer's resources; the file is lost in any case
                self.writer.finish()


def open_file(
    target: Path | BinaryIO, container: Container, shape: ExportShape, *, escape_formulas: bool = False
) -> ExportFile:
    """Opens an export file for writing; an existing file is truncated, a stream is appended to.

    Raises:
        Unavailable: the container needs a package that is not installed.
        OSError: the file cannot be created.
    """
    container_type = get_container_type(container)
    container_type.require()
    return ExportFile(target, container_type, shape, escape_formulas=escape_formulas)
