"""Column maps: the mapping from the columns of a table to the fields of a trace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import Enum

from tunix_rt.domain.text import clip
from tunix_rt.errors import BadUserInput, ValidationErrors

CSV, PARQUET = "csv", "parquet"
TABLES = (CSV, PARQUET)
"""Names of the table formats, in one namespace with the import formats of JSON records."""

REQUIRED = ("prompt", "final_answer", "steps")
SOURCE = "source"
REFERENCE, GROUP = "reference_answer", "group"
FIELDS = (*REQUIRED, "trace_version", "external_id", REFERENCE, GROUP, SOURCE, "meta")
CONSTANTS = ("trace_version", SOURCE)
META = "meta."
COMMA, TAB = ",", "\t"
TAB_NAMES = ("tab", r"\t")
OPTION_SEPARATOR = "="
"""The sign between a field and its column in options of commands."""
NO_DELIMITERS = '"\r\n\0'
SHOWN_COLUMNS = 30
COLUMNS_MAX = 2000
"""The maximum number of a table's columns, including unmapped ones."""


class Split(Enum):
    """The rule by which a cell's text is split into steps."""

    LINES = "lines"
    PARAGRAPHS = "paragraphs"
    JSON = "json"
    NONE = "none"
    """There are no steps: the traces are answers without reasoning."""


class Rest(Enum):
    """The treatment of unmapped columns."""

    META = "meta"
    DROP = "drop"
    REFUSE = "refuse"


@dataclass(frozen=True)
class ColumnMap:
    """Options of a table import.

    Args:
        columns: from fields (``prompt``, ``meta.NAME``) to the names of their columns.
        constants: from fields to their text in every trace.
        delimiter: the delimiter of a CSV.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    split: Split = Split.LINES
    rest: Rest = Rest.META
    delimiter: str = COMMA


@dataclass(frozen=True)
class Bound:
    """A column map that is bound to the columns of a table.

    Args:
        names: the columns to read, in the table's order.
        positions: from fields to the positions of their columns in ``names``.
        meta: from metadata keys to the positions of their columns.
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
    """Parses a column map from parts of the form ``FIELD=COLUMN`` and ``FIELD=TEXT``.

    Raises:
        BadUserInput: a part is malformed, or names an unknown or a repeated field; see also ``delimiter_of``.
    """
    mapped = pairs(columns, separator, "map", FIELDS)
    given = pairs(constants, separator, "set", CONSTANTS)
    for name in given:
        if name in mapped:
            raise BadUserInput(f"{clip(name)} is both mapped to a column and set to a constant.", ["set"])
    return ColumnMap(mapped, given, split, rest, delimiter_of(delimiter))


def delimiter_of(text: str) -> str:
    """Returns the delimiter for a text: the character itself, or ``tab``.

    Raises:
        BadUserInput: the text is not a valid delimiter.
    """
    sign = TAB if text in TAB_NAMES else text
    if len(sign) != 1 or not sign.isascii() or sign in NO_DELIMITERS:
        raise BadUserInput(
            f"delimiter must be `tab` or one ASCII character other than a quote or a newline, not {clip(text)!r}.",
            ["delimiter"],
        )
    return sign


def pairs(
    parts: Iterable[str], separator: str, parameter: str, known: Sequence[str], *, meta: bool = True
) -> dict[str, str]:
    """Returns the values of a parameter's parts by field; raises as ``column_map`` does.

    Args:
        known: the fields.
        meta: whether there are also the fields ``meta.NAME``.
    """
    found: dict[str, str] = {}
    for part in parts:
        name, mark, value = part.partition(separator)
        if not mark or not value:
            raise BadUserInput(
                f"{parameter} must have the form FIELD{separator}VALUE, not {clip(part)!r}.", [parameter]
            )
        if name not in known and not (meta and is_meta(name)):
            names = ", ".join([*known, *(["meta.NAME"] if meta else [])])
            raise BadUserInput(f"There is no field {clip(name)!r} for {parameter}: {names}.", [parameter])
        if name in found:
            raise BadUserInput(f"{parameter} has {clip(name)} twice.", [parameter])
        found[name] = value
    return found


def is_meta(name: str) -> bool:
    """Returns whether a field is a metadata key, ``meta.NAME``."""
    return name.startswith(META) and len(name) > len(META)


def bind(map_: ColumnMap, columns: Sequence[str]) -> Bound:
    """Binds a column map to the columns of a table.

    A field without a column and a constant is mapped to the column with the field's name, if there is one. Columns
    without a name are skipped.

    Raises:
        BadUserInput: there are too many columns, a mapped column does not exist, a required field has no column, a
            column is repeated, or an unmapped column is refused or would overwrite the metadata key of another one.
    """
    require_few_columns(columns)
    fields = [*(name for name in FIELDS if name in columns), *filter(is_meta, columns)]
    steps_left = {"steps"} if map_.split is Split.NONE else set()
    own = {name: name for name in fields if name not in map_.constants and name not in steps_left}
    wanted = own | dict(map_.columns)
    errors = [*column_errors(wanted, columns, steps_left), *rest_errors(map_, wanted, columns)]
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


def unique_columns(columns: Sequence[str]) -> Sequence[str]:
    """Returns the columns of a table whose rows are records.

    Raises:
        BadUserInput: there are too many columns, or one is repeated.
    """
    require_few_columns(columns)
    for error in repeated_columns(columns):
        raise error
    return columns


def require_few_columns(columns: Sequence[str]) -> None:
    """Refuses a table with more than ``COLUMNS_MAX`` columns."""
    if len(columns) > COLUMNS_MAX:
        raise BadUserInput(f"A table may have at most {COLUMNS_MAX} columns; this one has {len(columns)}.")


def repeated_columns(columns: Sequence[str]) -> Iterable[BadUserInput]:
    """Yields an error for each name that several columns have."""
    for name in sorted(name for name, count in Counter(columns).items() if name and count > 1):
        yield BadUserInput(f"The table has the column {clip(name)!r} twice.", ["map"])


def column_errors(wanted: Mapping[str, str], columns: Sequence[str], left: AbstractSet[str]) -> Iterable[BadUserInput]:
    """Yields the errors of mapping fields to columns.

    Args:
        left: the required fields that have no column.
    """
    yield from repeated_columns(columns)
    for column in wanted.values():
        if column not in columns:
            yield BadUserInput(
                f"There is no column {clip(column)!r}. The columns are: {column_list(columns)}.", ["map"]
            )
    for name in REQUIRED:
        if name in left and name in wanted:
            yield BadUserInput(f"{name} is mapped to {clip(wanted[name])!r}, but is not to be split from it.", ["map"])
        elif name not in wanted and name not in left:
            yield BadUserInput(f"No column is mapped to {name}. The columns are: {column_list(columns)}.", ["map"])


def rest_errors(map_: ColumnMap, wanted: Mapping[str, str], columns: Sequence[str]) -> Iterable[BadUserInput]:
    """Yields the errors of unmapped columns that are refused or would be lost."""
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
    """Returns the names of columns, only the first ones if there are many."""
    if not columns:
        return "none"
    shown = ", ".join(clip(name) for name in columns[:SHOWN_COLUMNS])
    return shown if len(columns) <= SHOWN_COLUMNS else f"{shown} and {len(columns) - SHOWN_COLUMNS} more"
