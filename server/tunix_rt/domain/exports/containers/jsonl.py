"""``JSONL``: one JSON object a line, each with a line end."""

from __future__ import annotations

from collections.abc import Sequence

from tunix_rt.domain.exports.containers.base import Container, ContainerType, Sink
from tunix_rt.domain.exports.formats import RecordFormat


class JsonlWriter:
    """Lines as they are."""

    def __init__(self, sink: Sink, _: RecordFormat) -> None:
        self.sink = sink

    def write(self, lines: Sequence[bytes]) -> None:
        """Appends lines."""
        self.sink.write(joined(lines))

    def finish(self) -> None:
        """Nothing ends such a file."""


def joined(lines: Sequence[bytes]) -> bytes:
    """The lines as one text, each with its end."""
    return b"\n".join([*lines, b""])


CONTAINER_TYPE = ContainerType(
    Container.JSONL,
    "JSON Lines: one JSON object per line.",
    ".jsonl",
    "application/x-ndjson; charset=utf-8",
    JsonlWriter,
    reads_back=True,
)
