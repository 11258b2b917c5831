"""``JSONL``: one JSON object per line, each with a line end."""

from __future__ import annotations

from collections.abc import Sequence

from tunix_rt.domain.exports.containers.base import Container, ContainerType, Sink
from tunix_rt.domain.exports.export_shapes import ExportShape


class JsonlWriter:
    """Writes the lines unchanged."""

    def __init__(self, sink: Sink, _: ExportShape) -> None:
        self.sink = sink

    def write(self, lines: Sequence[bytes]) -> None:
        """Appends lines."""
        self.sink.write(join_lines(lines))

    def finish(self) -> None:
        """Does nothing: JSONL has no trailer."""


def join_lines(lines: Sequence[bytes]) -> bytes:
    """Returns the lines as one text, each with a line end."""
    return b"\n".join([*lines, b""])


CONTAINER_TYPE = ContainerType(
    Container.JSONL,
    "JSON Lines: one JSON object per line.",
    ".jsonl",
    "application/x-ndjson; charset=utf-8",
    JsonlWriter,
    reads_back=True,
)
