"""``JSONL_GZ``: the lines of ``JSONL``, compressed by gzip."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from tunix_rt.domain.exports.containers.base import Container, ContainerType, Sink
from tunix_rt.domain.exports.containers.jsonl import join_lines
from tunix_rt.domain.exports.export_shapes import ExportShape

LEVEL = 6
GZIP = 31
"""zlib's ``wbits`` for a gzip header without time and name, so that equal lines give equal files."""


class GzipWriter:
    """Writes the lines as one gzip member."""

    def __init__(self, sink: Sink, _: ExportShape) -> None:
        self.sink = sink
        self.deflate = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP)

    def write(self, lines: Sequence[bytes]) -> None:
        """Appends lines."""
        self.sink.write(self.deflate.compress(join_lines(lines)))

    def finish(self) -> None:
        """Flushes the compressor and writes the checksum."""
        self.sink.write(self.deflate.flush())


CONTAINER_TYPE = ContainerType(
    Container.JSONL_GZ,
    "JSON Lines, compressed with gzip.",
    ".jsonl.gz",
    "application/gzip",
    GzipWriter,
    reads_back=True,
)
