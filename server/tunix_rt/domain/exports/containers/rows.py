"""Decoding of lines, for containers that split a record into columns."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import msgspec

from tunix_rt.domain.exports.export_shapes import ExportShape
from tunix_rt.domain.exports.formats import FieldType

TYPES: dict[FieldType, Any] = {
    FieldType.TEXT: str,
    FieldType.OPTIONAL_TEXT: str | None,
    FieldType.FLAG: bool,
    FieldType.FLAGS: list[bool],
    FieldType.TEXTS: list[str],
    FieldType.MESSAGES: list[dict[str, str]],
}


def row_reader(shape: ExportShape, typed: Collection[FieldType]) -> Callable[[bytes], tuple[Any, ...]]:
    """Returns a function from a line of a format to the values of its fields, in their order.

    Args:
        typed: the field types to decode; a field of another type stays JSON text.
    """
    names = [field.name for field in shape.fields]
    types = [TYPES[field.kind] if field.kind in typed else msgspec.Raw for field in shape.fields]
    decode = msgspec.json.Decoder(msgspec.defstruct("Row", list(zip(names, types, strict=True)))).decode
    raw = [position for position, type_ in enumerate(types) if type_ is msgspec.Raw]

    def read(line: bytes) -> tuple[Any, ...]:
        values = list(msgspec.structs.astuple(decode(line)))
        for position in raw:
            values[position] = str(memoryview(values[position]), "ascii")
        return tuple(values)

    return read
