"""Column maps: which column of a table becomes which field of a trace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from tunix_rt.domain.text import clip
from tunix_rt.errors import BadUserInput, ValidationErrors

CSV, PARQUET = "csv", "parquet"
TABLES = (CSV, PARQUET)
"""Names of the table formats, in the same list as the import formats of JSON records."""

REQUIRED = ("prompt", "final_answer", "steps")
SOURCE = "source"
FIELDS = (*REQUIRED, "trace_version", "external_id", SOURCE, "meta")
CONSTANTS = ("trace_version", SOURCE)
META = "meta."
COMMA, TAB = ",", "\t"
TAB_NAMES = ("tab", r"\t")
NO_DELIMITERS = '"\r\n\0'
SHOWN_COLUMNS = 30
COLUMNS_MAX = 2000
"""Columns of a table, those that are not mapped included."""


class Split(Enum):
    """How a cell's text is split into steps."""

    LINES = "lines"
    PARAGRAPHS = "paragraphs"
    JSON = "json"


class Rest(Enum):
    """What to do with unmapped columns."""

    META = "meta"
    DROP = "drop"
    REFUSE = "refuse"


@dataclass(frozen=True)
class ColumnMap:
    """Options of a table import.

    Args:
        columns: from a field (``prompt``, ``meta.NAME``) to the name of its column.
        constants: from a field to the text that it has in every trace.
        delimiter: what parts the columns of a CSV.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    split: Split = Split.LINES
    rest: Rest = Rest.META
    delimiter: str = COMMA


@dataclass(frozen=True)
class Bound:
    """A column map that fits a table.

    Args:
        names: the columns that are read, in the table's order.
        places: from a field to the place of its column among ``names``.
        meta: from a metadata key to the place of its column.
    """

    names: tuple[str, ...]
    positions: Mapping[str, int]
    meta: Mapping[str, int]
    constants: Mapping[str, str]
    split: Split


def column_map(
    columns: Iterable[str],
    constants: Iterable[str],
    separator: str,
    split: Split = Split.LINES,
    rest: Rest = Rest.META,
    delimiter: str = COMMA,
) -> ColumnMap:
    """Returns a column map from its parts as they are written: ``FIELD=COLUMN``, ``FIELD=TEXT``.

    Raises:
        BadUserInput: a part is malformed, names no field or one that another part has named; see ``delimiter_of``.
    """
    mapped = pairs(columns, separator, "map", FIELDS)
    given = pairs(constants, separator, "set", CONSTANTS)
    for name in given:
        if name in mapped:
            raise BadUserInput(f"{clip(name)} is both mapped to a column and set to a constant.", ["set"])
    return ColumnMap(mapped, given, split, rest, delimiter_of(delimiter))


def delimiter_of(text: str) -> str:
    """Returns the character that parts columns, from how it is written: as itself, or ``tab``.

    Raises:
        BadUserInput: it is none that could.
    """
    sign = TAB if text in TAB_NAMES else text
    if len(sign) != 1 or not sign.isascii() or sign in NO_DELIMITERS:
        raise BadUserInput(
            f"delimiter must be `tab` or one ASCII character other than a quote or a newline, not {clip(text)!r}.",
            ["delimiter"],
        )
    return sign


def pairs(parts: Iterable[str], separator: str, parameter: str, known: Sequence[str]) -> dict[str, str]:
    """Returns the parts of one parameter, by their fields; raises as ``column_map`` does."""
    found: dict[str, str] = {}
    for part in parts:
        name, mark, value = part.partition(separator)
        if not mark or not value:
            raise BadUserInput(
                f"{parameter} must have the form FIELD{separator}VALUE, not {clip(part)!r}.", [parameter]
            )
        if name not in known and not is_meta(name):
            column_list = ", ".join(known)
            raise BadUserInput(
                f"There is no field {clip(name)!r} for {parameter}: {column_list}, meta.NAME.", [parameter]
            )
        if name in found:
            raise BadUserInput(f"{parameter} has {clip(name)} twice.", [parameter])
        found[name] = value
    return found


def is_meta(name: str) -> bool:
    """Returns whether a field is a key of the metadata."""
    return name.startswith(META) and len(name) > len(META)


def bind(map_: ColumnMap, columns: Sequence[str]) -> Bound:
    """Fits a column map to the columns of a table.

    A field that is neither mapped nor set has the column of its own name, where there is one. Columns without a name
    are left out.

    Raises:
        BadUserInput: there are too many columns; or with each column that does not exist, each required field that has
            none, each column that is there twice, and the columns that are not mapped where they are refused, or where
            another column already is what they would become.
    """
    if len(columns) > COLUMNS_MAX:
        raise BadUserInput(f"A table may have at most {COLUMNS_MAX} columns; this one has {len(columns)}.")
    fields = [*(name for name in FIELDS if name in columns), *filter(is_meta, columns)]
    own = {name: name for name in fields if name not in map_.constants}
    wanted = own | dict(map_.columns)
    errors = [*column_errors(wanted, columns), *rest_errors(map_, wanted, columns)]
    if errors:
        raise ValidationErrors(errors)
    mapped = set(wanted.values())
    used = {name for name in columns if name and (map_.rest is Rest.META or name in mapped)}
    names = tuple(name for name in columns if name in used)
    position = {name: index for index, name in enumerate(names)}
    rest = {name: position[name] for name in names if name not in mapped}
    meta = {name.removeprefix(META): position[column] for name, column in wanted.items() if name.startswith(META)}
    positions = {name: position[column] for name, column in wanted.items() if not name.startswith(META)}
    return Bound(names, positions, rest | meta, map_.constants, map_.split)


def column_errors(wanted: Mapping[str, str], columns: Sequence[str]) -> Iterable[BadUserInput]:
    """Yields the errors of mapping fields to columns."""
    for name in sorted(name for name, count in Counter(columns).items() if name and count > 1):
        yield BadUserInput(f"The table has the column {clip(name)!r} twice.", ["map"])
    for column in wanted.values():
        if column not in columns:
            yield BadUserInput(
                f"There is no column {clip(column)!r}. The columns are: {column_list(columns)}.", ["map"]
            )
    for name in REQUIRED:
        if name not in wanted:
            yield BadUserInput(f"No column is mapped to {name}. The columns are: {column_list(columns)}.", ["map"])


def rest_errors(map_: ColumnMap, wanted: Mapping[str, str], columns: Sequence[str]) -> Iterable[BadUserInput]:
    """Yields the columns that are not mapped, where they are refused or would be lost."""
    mapped = set(wanted.values())
    rest = [name for name in columns if name and name not in mapped]
    if map_.rest is Rest.REFUSE and rest:
        yield BadUserInput(f"These columns are not mapped: {column_list(rest)}.", ["rest"])
    for name in rest if map_.rest is Rest.META else ():
        field = name if name == SOURCE else META + name
        if field in wanted:
            yield BadUserInput(
                f"The columns {clip(name)!r} and {clip(wanted[field])!r} would both become {clip(field)}: map one of "
                "them to another field, or drop unmapped columns.",
                ["map"],
            )


def column_list(columns: Sequence[str]) -> str:
    """Returns the names of columns, the first of them where they are many."""
    if not columns:
        return "none"
    shown = ", ".join(clip(name) for name in columns[:SHOWN_COLUMNS])
    return shown if len(columns) <= SHOWN_COLUMNS else f"{shown} and {len(columns) - SHOWN_COLUMNS} more"
