"""Rows of any columns with a prompt and several answers to it, each with scores; options name the columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tunix_rt.domain.imports.formats.base import ImportFormat, ParsedRecord, object_of, shape
from tunix_rt.domain.imports.formats.foreign import result_of
from tunix_rt.domain.imports.reading.samples import SampledAnswer, sampled_traces, score_of
from tunix_rt.domain.imports.tables.columns import REFERENCE, pairs
from tunix_rt.domain.text import clip, path_text
from tunix_rt.errors import BadUserInput, PathPart

ROWS = "rows"
NESTED = "."
FIELDS = {REFERENCE: REFERENCE, "external_id": "id"}
"""Optional fields of a trace, and the fields of a row from which ``foreign_trace`` takes them."""


@dataclass(frozen=True)
class AnswerColumns:
    """The columns of a prompt and its answers.

    Args:
        each: columns of answers: a text, messages or an object, or a list of them; ``COLUMN.FIELD`` for a field of
            objects.
        scores: from scorers to their columns: a field of the answers' objects, or a column of the row, which is a list
            if the answers are one.
        fields: from fields of a trace (``FIELDS``) to their columns.
        group: the column of the traces' group; None for the group of the prompt.
    """

    prompt: str = "prompt"
    each: Sequence[str] = ("completions",)
    scores: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    group: str | None = None

    @property
    def used(self) -> set[str]:
        """The columns of the row that do not become metadata."""
        answers = {top_column(column) for column in self.each}
        return {self.prompt, *answers, *self.scores.values(), *self.fields.values(), *filter(None, [self.group])}


@dataclass(frozen=True)
class AnswerCell:
    """A cell of a column of answers, or an item of the list in one; ``position`` is None outside of lists."""

    value: Any
    path: tuple[PathPart, ...]
    position: int | None
    count: int


def answer_columns(columns: Iterable[str], each: Sequence[str], scores: Iterable[str], separator: str) -> AnswerColumns:
    """Parses the columns of options: ``FIELD=COLUMN``, columns of answers, and ``COLUMN`` or ``SCORER=COLUMN``.

    Raises:
        BadUserInput: an option is malformed, or names an unknown or a repeated field.
    """
    mapped = pairs(columns, separator, "map", ("prompt", *FIELDS, "group"), meta=False)
    named: dict[str, str] = {}
    for part in scores:
        scorer, mark, column = part.rpartition(separator)
        scorer = scorer if mark else column.split(NESTED)[-1]
        if not scorer or not column or scorer in named:
            form = f"COLUMN or SCORER{separator}COLUMN, once for each scorer"
            raise BadUserInput(f"score must have the form {form}; not {clip(part)!r}.", ["score"])
        named[scorer] = column
    prompt, group = mapped.pop("prompt", "prompt"), mapped.pop("group", None)
    return AnswerColumns(prompt, tuple(each) or ("completions",), named, mapped, group)


def rows_format(columns: AnswerColumns) -> ImportFormat:
    """Returns the format of rows with some columns."""

    def parse(line: Any, number: int) -> tuple[ParsedRecord, ...]:
        row = object_of(line)
        prompt, path = value_at(row, columns.prompt)
        answers = [answer_of(row, column, cell, columns) for column in columns.each for cell in cells_of(row, column)]
        given = {FIELDS[name]: value_at(row, column)[0] for name, column in columns.fields.items()}
        rest = {name: value for name, value in row.items() if name not in columns.used}
        solution = given.get(REFERENCE)
        if isinstance(solution, str) and (result := result_of(solution)):
            rest[columns.fields[REFERENCE]], given[REFERENCE] = solution, result
        traces = sampled_traces(rest | given, (), prompt, answers, number, path)
        return tuple(replace(trace, group=group_of(row, columns)) for trace in traces)

    return ImportFormat(ROWS, DESCRIPTION, parse, SHAPES)


def group_of(row: dict[str, Any], columns: AnswerColumns) -> str | None:
    """Returns the group of a row; None without a column for it.

    Raises:
        BadUserInput: it is neither a string nor an integer.
    """
    if columns.group is None:
        return None
    value, path = value_at(row, columns.group)
    if not isinstance(value, str) and type(value) is not int:
        raise BadUserInput(f"{path_text(path)} must be a string or an integer.", path)
    return str(value)


def cells_of(row: dict[str, Any], column: str) -> list[AnswerCell]:
    """Returns the cells of a column of answers.

    Raises:
        BadUserInput: there is no such column.
    """
    value, path = value_at(row, top_column(column) if column not in row else column)
    if not isinstance(value, list):
        return [AnswerCell(value, path, None, 1)]
    return [AnswerCell(item, (*path, position), position, len(value)) for position, item in enumerate(value)]


def answer_of(row: dict[str, Any], column: str, cell: AnswerCell, columns: AnswerColumns) -> SampledAnswer:
    """Returns the answer of a cell; raises as ``cells_of`` does."""
    inner = "" if column in row else column.partition(NESTED)[2]
    named = [column] if len(columns.each) > 1 or cell.position is None else []
    name = "/".join([*named, *([] if cell.position is None else [str(cell.position)])])
    scores = tuple(
        score
        for scorer, source in columns.scores.items()
        for score in score_of(scorer, *score_value(row, cell, source))
    )
    if not inner:
        return SampledAnswer(name, cell.value, cell.path, scores)
    fields = object_of(cell.value, cell.path, "An answer")
    text, path = value_at(fields, inner, cell.path)
    rest = {key: value for key, value in fields.items() if key not in {inner, *columns.scores.values()}}
    return SampledAnswer(name, text, path, scores, rest)


def score_value(row: dict[str, Any], cell: AnswerCell, column: str) -> tuple[Any, tuple[PathPart, ...]]:
    """Returns the value of a score of an answer with its path.

    Raises:
        BadUserInput: there is no such field, or its values are not as many as the answers.
    """
    if isinstance(cell.value, dict) and top_column(column) in cell.value:
        return value_at(cell.value, column, cell.path)
    value, path = value_at(row, column)
    if cell.position is None:
        return value, path
    if not isinstance(value, list) or len(value) != cell.count:
        size = len(value) if isinstance(value, list) else "no list"
        raise BadUserInput(
            f"{path_text(path)} must have {cell.count} values, one for each answer; it has {size}.", path
        )
    return value[cell.position], (*path, cell.position)


def top_column(column: str) -> str:
    """Returns the name of a column without a field in it."""
    return column.split(NESTED, maxsplit=1)[0]


def value_at(row: dict[str, Any], column: str, path: tuple[PathPart, ...] = ()) -> tuple[Any, tuple[PathPart, ...]]:
    """Returns the value of a column, or of a field in a column, with its path.

    Raises:
        BadUserInput: there is none; the message names the fields that there are.
    """
    if column in row:
        return row[column], (*path, column)
    outer, nested, inner = column.partition(NESTED)
    if nested and isinstance(row.get(outer), dict):
        return value_at(row[outer], inner, (*path, outer))
    known = ", ".join(clip(name) for name in list(row)[:SHOWN_FIELDS]) or "none"
    raise BadUserInput(f"There is no field {clip(column)!r}. The fields are: {known}.", [*path, clip(column)])


SHOWN_FIELDS = 30
SHAPES = (shape("prompt", "completions"),)
DESCRIPTION = "Rows of a prompt and several answers: --map, --each and --score name the columns."
IMPORT_FORMAT = rows_format(AnswerColumns())
