"""``CSV``: a table by RFC 4180 in UTF-8, with a header; lists and metadata are JSON texts in their cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from functools import partial

from tunix_rt.domain.exports.containers.base import Container, ContainerType, Sink
from tunix_rt.domain.exports.containers.rows import row_reader
from tunix_rt.domain.exports.export_shapes import ExportShape
from tunix_rt.domain.exports.formats import FieldType

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""The first characters of cells that a spreadsheet may run as formulas."""


class CsvWriter:
    """Writes one row a record.

    Args:
        escape_formulas: whether to prefix cells that begin like a formula with an apostrophe.
    """

    def __init__(self, sink: Sink, shape: ExportShape, *, escape_formulas: bool = False) -> None:
        self.sink = sink
        self.escape_formulas = escape_formulas
        self.read = row_reader(shape, {FieldType.TEXT, FieldType.OPTIONAL_TEXT})
        self.write_rows([[field.name for field in shape.fields]])

    def write(self, lines: Sequence[bytes]) -> None:
        """Appends rows."""
        self.write_rows([["" if cell is None else cell for cell in self.read(line)] for line in lines])

    def write_rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Appends rows of cells."""
        if self.escape_formulas:
            rows = [[f"'{cell}" if cell.startswith(FORMULA) else cell for cell in row] for row in rows]
        page = io.StringIO(newline="")
        csv.writer(page, lineterminator="\r\n").writerows(rows)
        self.sink.write(page.getvalue().encode())

    def finish(self) -> None:
        """Does nothing: a CSV has no trailer."""


CONTAINER_TYPE = ContainerType(
    Container.CSV,
    "CSV with a header row. Lists and metadata are JSON in their cells.",
    ".csv",
    "text/csv; charset=utf-8; header=present",
    CsvWriter,
    open_escaped=partial(CsvWriter, escape_formulas=True),
)
