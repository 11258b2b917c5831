"""Converts Parquet columns to Python values without loss; their size is measured in Arrow first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias
from zoneinfo import ZoneInfo

from tunix_rt.domain.json_bounds import JSON_MAX_VALUES
from tunix_rt.domain.text import clip
from tunix_rt.errors import BadUserInput

if TYPE_CHECKING:
    from pyarrow import Array, DataType, Field

Row: TypeAlias = "tuple[Any, ...] | BadUserInput"

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - Arrow's times without a zone stay naive
MICROSECONDS = len("2024-01-01T00:00:00.123456")
UNPYTHONIC = (KeyError, OverflowError, ValueError)
"""The exceptions of converting a value that Python cannot represent."""


@dataclass
class Weight:
    """The size of values: their bytes, and their number inside lists and maps."""

    size: int = 0
    values: int = 0

    def add(self, other: Weight) -> None:
        """Adds another weight to this one."""
        self.size += other.size
        self.values += other.values


def weight_of(column: Array) -> Weight:
    """Returns the size of a column as Python objects; a text in a dictionary counts for each reference."""
    import pyarrow as pa
    from pyarrow import compute

    types, kind = pa.types, column.type
    if types.is_dictionary(kind):
        if types.is_string(kind.value_type) or types.is_large_string(kind.value_type):
            lengths = compute.binary_length(column.dictionary).take(column.indices)
            return Weight(compute.sum(lengths).as_py() or 0)
        return Weight(column.nbytes)
    found = Weight(column.nbytes)
    if types.is_list(kind) or types.is_large_list(kind) or types.is_map(kind):
        start, end = column.offsets[0].as_py(), column.offsets[-1].as_py()
        found.values += end - start
        inner = (column.keys, column.items) if types.is_map(kind) else (column.values,)
        for values in inner:
            found.add(weight_of(values[start:end]))
    elif types.is_struct(kind):
        for position in range(kind.num_fields):
            found.add(weight_of(column.field(position)))
    return found


def weight_of_all(columns: Sequence[Array]) -> Weight:
    """Returns the size of several columns."""
    found = Weight()
    for column in columns:
        found.add(weight_of(column))
    return found


def rows_of(columns: Sequence[Array], names: Sequence[str], weight: Weight, maximum: int) -> list[Row]:
    """Returns the rows of columns as Python values, with an error for each that is too large or cannot be represented.

    Args:
        weight: the size of all columns.
        maximum: the maximum bytes of a row.
    """
    if weight.size <= maximum and weight.values <= JSON_MAX_VALUES:
        return zip_rows([values_of(column, name) for column, name in zip(columns, names, strict=True)])
    return [
        row_of([column.slice(position, 1) for column in columns], names, maximum) for position in range(len(columns[0]))
    ]


def row_of(cells: Sequence[Array], names: Sequence[str], maximum: int) -> Row:
    """Returns the only row of columns, as ``rows_of`` does."""
    weight = weight_of_all(cells)
    if weight.size > maximum:
        return BadUserInput(f"A row must have at most {maximum} bytes; this one has {weight.size}.")
    if weight.values > JSON_MAX_VALUES:
        return BadUserInput(f"A row may hold at most {JSON_MAX_VALUES} values in lists; this one has {weight.values}.")
    return zip_rows([values_of(cell, name) for cell, name in zip(cells, names, strict=True)])[0]


def zip_rows(columns: Sequence[Sequence[Any]]) -> list[Row]:
    """Returns the rows of columns' values; an error in a row replaces the row."""
    rows = zip(*columns, strict=True)
    return [next((value for value in row if isinstance(value, BadUserInput)), row) for row in rows]


def values_of(column: Array, name: str) -> list[Any]:
    """Returns a column's values, with an error for each that Python cannot represent."""
    try:
        return python_values(column)
    except UNPYTHONIC:
        return [value_of(column.slice(position, 1), name) for position in range(len(column))]


def value_of(column: Array, name: str) -> Any:
    """Returns the only value of a column, or an error if Python cannot represent it."""
    try:
        return python_values(column)[0]
    except UNPYTHONIC as error:
        reason = "a map with a key twice" if isinstance(error, KeyError) else "a time or duration out of range"
        if isinstance(error, UnicodeDecodeError):
            reason = "a text that is not UTF-8"
        return BadUserInput(f"The column {clip(name)!r} holds {reason}.", [clip(name)])


def python_values(column: Array) -> list[Any]:
    """Returns a column's values: maps as dictionaries, and times as strings if they have nanoseconds.

    Raises:
        KeyError: a map has a repeated key.
        OverflowError, ValueError: Python cannot represent a time, or a text is not UTF-8.
    """
    kind = plain_type(column.type)
    plain = column if kind == column.type else column.cast(kind)
    values: list[Any] = plain.to_pylist(maps_as_pydicts="strict")
    return [exact(value, column.type) for value in values] if has_nanoseconds(column.type) else values


def plain_type(kind: DataType) -> DataType:
    """Returns a type without dictionaries and with integers for times in nanoseconds, also inside nested types."""
    import pyarrow as pa

    types = pa.types
    if types.is_dictionary(kind):
        return plain_type(kind.value_type)
    if is_nanoseconds(kind):
        return pa.int64()
    if types.is_list(kind):
        return pa.list_(inner(kind.value_field))
    if types.is_large_list(kind):
        return pa.large_list(inner(kind.value_field))
    if types.is_map(kind):
        return pa.map_(inner(kind.key_field), inner(kind.item_field))
    if types.is_struct(kind):
        return pa.struct([inner(kind.field(position)) for position in range(kind.num_fields)])
    return kind


def inner(field: Field) -> Field:
    """Returns a field with the ``plain_type`` of its type."""
    return field.with_type(plain_type(field.type))


def is_nanoseconds(kind: DataType) -> bool:
    """Returns whether a type has a unit of nanoseconds, which Python's times do not have."""
    return getattr(kind, "unit", None) == "ns"


def has_nanoseconds(kind: DataType) -> bool:
    """Returns whether a type, or a type nested in it, has a unit of nanoseconds."""
    if is_nanoseconds(kind) or (hasattr(kind, "value_type") and has_nanoseconds(kind.value_type)):
        return True
    return any(has_nanoseconds(kind.field(position).type) for position in range(kind.num_fields))


def exact(value: Any, kind: DataType) -> Any:
    """Returns a value of a ``plain_type`` with times in nanoseconds as strings; raises as ``python_values`` does."""
    from pyarrow import types

    if value is None:
        return None
    if types.is_dictionary(kind):
        return exact(value, kind.value_type)
    if is_nanoseconds(kind):
        return nanosecond_text(value, kind)
    if types.is_map(kind):
        return {exact(key, kind.key_type): exact(item, kind.item_type) for key, item in value.items()}
    if types.is_struct(kind):
        return {name: exact(item, kind.field(name).type) for name, item in value.items()}
    return [exact(item, kind.value_type) for item in value] if isinstance(value, list) else value


def nanosecond_text(value: int, kind: DataType) -> str:
    """Returns the text of a time, a timestamp or a duration in nanoseconds; raises as ``python_values`` does."""
    from pyarrow import types

    microseconds, rest = divmod(value, 1000)
    digits = f"{rest:03d}" if rest else ""
    if types.is_duration(kind):
        text = str(timedelta(microseconds=microseconds))
        return text + (digits if "." in text or not digits else f".000000{digits}")
    at = EPOCH + timedelta(microseconds=microseconds)
    precision = "microseconds" if digits else "auto"
    if types.is_time(kind):
        return time.isoformat(at.time(), precision) + digits
    if kind.tz is not None:
        at = at.replace(tzinfo=UTC).astimezone(zone_of(kind.tz))
    text = at.isoformat(timespec=precision)
    return text[:MICROSECONDS] + digits + text[MICROSECONDS:] if digits else text


def zone_of(name: str) -> Any:
    """Returns the time zone with Arrow's name: ``UTC``, ``Europe/Berlin``, ``+02:00``."""
    if name[:1] in "+-":
        return datetime.fromisoformat(f"2000-01-01T00:00:00{name}").tzinfo
    return UTC if name == "UTC" else ZoneInfo(name)
