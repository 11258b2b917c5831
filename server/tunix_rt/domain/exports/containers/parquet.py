"""``PARQUET``: columns compressed by zstd, for dataframes and data loaders."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import IO, TYPE_CHECKING

from tunix_rt.domain.exports.containers.base import Container, ContainerType, Sink
from tunix_rt.domain.exports.containers.rows import row_reader
from tunix_rt.domain.exports.export_shapes import ExportShape
from tunix_rt.domain.exports.formats import FieldType
from tunix_rt.errors import NotInstalled

if TYPE_CHECKING:
    import pyarrow

GROUP_ROWS = 10_000
GROUP_BYTES = 8 * 1024 * 1024
"""The size at which a row group ends, independent of the pages of lines."""
INSTALL = "pip install 'tunix-rt[parquet]'"


def require_pyarrow() -> None:
    """Raises an error with the install command if pyarrow is missing.

    Raises:
        NotInstalled: pyarrow is not installed.
    """
    if find_spec("pyarrow") is None:
        raise NotInstalled(f"This container needs pyarrow, which is not installed here: {INSTALL}.", ["container"])


def schema_of(shape: ExportShape) -> pyarrow.Schema:
    """Returns the columns of a format; metadata are JSON text, since the keys differ between traces."""
    import pyarrow

    text = pyarrow.string()
    message = pyarrow.struct([("role", text), ("content", text)])
    types = {
        FieldType.TEXT: text,
        FieldType.OPTIONAL_TEXT: text,
        FieldType.FLAG: pyarrow.bool_(),
        FieldType.FLAGS: pyarrow.list_(pyarrow.bool_()),
        FieldType.JSON: text,
        FieldType.TEXTS: pyarrow.list_(text),
        FieldType.MESSAGES: pyarrow.list_(message),
    }
    return pyarrow.schema([(field.name, types[field.kind]) for field in shape.fields])


class ParquetWriter:
    """Writes the lines as row groups."""

    def __init__(self, sink: Sink | IO[bytes], shape: ExportShape) -> None:
        from pyarrow import parquet

        self.read = row_reader(shape, set(FieldType) - {FieldType.JSON})
        self.schema = schema_of(shape)
        self.writer = parquet.ParquetWriter(sink, self.schema, compression="zstd")
        self.group: list[bytes] = []
        self.group_bytes = 0

    def write(self, lines: Sequence[bytes]) -> None:
        """Appends rows; those of the last group are kept in memory until it is full."""
        for line in lines:
            self.group.append(line)
            self.group_bytes += len(line)
            if len(self.group) == GROUP_ROWS or self.group_bytes >= GROUP_BYTES:
                self.write_group()

    def write_group(self) -> None:
        """Writes the rows in memory as a row group."""
        import pyarrow

        columns = zip(*map(self.read, self.group), strict=True)
        arrays = [pyarrow.array(column, type=type_) for column, type_ in zip(columns, self.schema.types, strict=True)]
        self.writer.write_batch(pyarrow.record_batch(arrays, schema=self.schema))
        self.group, self.group_bytes = [], 0

    def finish(self) -> None:
        """Writes the last row group and the file's footer."""
        if self.group:
            self.write_group()
        self.writer.close()


CONTAINER_TYPE = ContainerType(
    Container.PARQUET,
    "Apache Parquet, compressed with zstd. Metadata is a column of JSON text.",
    ".parquet",
    "application/vnd.apache.parquet",
    ParquetWriter,
    require_pyarrow,
)
