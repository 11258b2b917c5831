"""The interface of an import format: a function from a JSON record to one or more traces."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from tunix_rt.domain.scores.draft import GivenScore
from tunix_rt.domain.traces.given_origins import GivenOrigin
from tunix_rt.errors import BadUserInput, PathPart, TunixRtError, ValidationErrors

REASONING = "reasoning"
TypedText = tuple[str, str]
"""A step's type and content."""


@dataclass(frozen=True)
class ParsedRecord:
    """A record as a trace, not validated yet, with its external id, scores, reference answer, group and origin.

    The scores that a stored trace does not have yet are stored, too; what else is given with it is stored with a new
    trace only.

    Args:
        path: the path of the trace's part of the record, for errors; empty for the whole record.
    """

    trace: dict[str, Any]
    external_id: str | None = None
    scores: tuple[GivenScore, ...] = ()
    reference_answer: str | None = None
    group: str | None = None
    origin: GivenOrigin | None = None
    path: tuple[PathPart, ...] = ()

    @property
    def known(self) -> tuple[str | None, tuple[GivenScore, ...], str | None, str | None, GivenOrigin | None]:
        """The values that are stored beside the trace, in the order of ``validate_trace``."""
        return self.external_id, self.scores, self.reference_answer, self.group, self.origin


Parsed: TypeAlias = ParsedRecord | tuple[ParsedRecord, ...]
"""The trace of a record, or several traces."""


class UnknownMarkup(BadUserInput):
    """An error of a text with unknown markup.

    Args:
        whole: the record's traces with the unparsed text, for ``OnError.KEEP``; None if there are none.
    """

    def __init__(self, message: str, path: Sequence[PathPart] = (), whole: Parsed | None = None) -> None:
        super().__init__(message, path)
        self.whole = whole


class PartlyInvalid(ValidationErrors):
    """The errors of some parts of a record, such as samples of a log; its other parts have none.

    Args:
        errors: at least one; an ``UnknownMarkup`` has no ``whole``.
        valid: the traces of the parts without errors.
        whole: these, and those of the parts with unknown markup with the unparsed text, for ``OnError.KEEP``.
    """

    def __init__(
        self, errors: Sequence[TunixRtError], valid: tuple[ParsedRecord, ...], whole: tuple[ParsedRecord, ...]
    ) -> None:
        super().__init__(errors)
        self.valid = valid
        self.whole = whole

    def errors_with(self, *, keep: bool) -> list[TunixRtError]:
        """Returns the errors of the parts that are not stored, with or without ``OnError.KEEP``."""
        return [error for error in self.errors if not (keep and isinstance(error, UnknownMarkup))]


@dataclass(frozen=True)
class ImportFormat:
    """A named format of JSON records.

    Args:
        parse: returns the traces of a decoded line and its number, counted from 1; raises BadUserInput, which may be
            ``PartlyInvalid``.
        shapes: sets of fields, any of which distinguishes the format's lines from those of other formats.
        whole_files: whether a file may be one record, on several lines, and a folder a record for each file. The valid
            traces of such a record are stored even if others of it are invalid.
        nan_is_null: whether NaN and Infinity, which Python writes for values that are none, count as null.
    """

    name: str
    description: str
    parse: Callable[[Any, int], Parsed]
    shapes: tuple[frozenset[str], ...] = ()
    whole_files: bool = False
    nan_is_null: bool = False


def as_records(parsed: Parsed) -> tuple[ParsedRecord, ...]:
    """Returns the traces of a record as a tuple."""
    return parsed if isinstance(parsed, tuple) else (parsed,)


def shape(*names: str) -> frozenset[str]:
    """Returns a set of fields by which a format's records are recognized."""
    return frozenset(names)


def object_of(value: Any, path: Sequence[PathPart] = (), label: str = "A line") -> dict[str, Any]:
    """Returns a decoded value that must be an object.

    Raises:
        BadUserInput: it is not an object.
    """
    if not isinstance(value, dict):
        raise BadUserInput(f"{label} must be a JSON object.", path)
    return value


def text_of(line: dict[str, Any], name: str, path: Sequence[PathPart] = ()) -> str:
    """Returns a field's text.

    Args:
        path: the path of ``line``.

    Raises:
        BadUserInput: the field is missing or not a string.
    """
    value = line.get(name)
    if not isinstance(value, str):
        raise BadUserInput(
            f"{name} must be a string; it is {'missing' if name not in line else 'something else'}.", [*path, name]
        )
    return value


def list_of(line: dict[str, Any], name: str, path: Sequence[PathPart] = ()) -> list[Any]:
    """Returns a field's list; raises as ``text_of`` does."""
    value = line.get(name)
    if not isinstance(value, list):
        raise BadUserInput(
            f"{name} must be a list; it is {'missing' if name not in line else 'something else'}.", [*path, name]
        )
    return value


def texts_of(line: dict[str, Any], name: str, noun: str) -> list[str]:
    """Returns a field's list of strings; raises as ``text_of`` does, for an element as well.

    Args:
        noun: what an element is.
    """
    found = list_of(line, name)
    for position, text in enumerate(found):
        if not isinstance(text, str):
            raise BadUserInput(f"A {noun} must be a string.", [name, position])
    return found


def reasoning_steps(texts: Iterable[str]) -> list[dict[str, Any]]:
    """Returns a step of the type ``reasoning`` for each text, indexed from 0."""
    return steps_from((REASONING, text) for text in texts)


def steps_from(typed: Iterable[TypedText]) -> list[dict[str, Any]]:
    """Returns a step for each type and text, indexed from 0."""
    return [{"i": index, "type": type_, "content": text} for index, (type_, text) in enumerate(typed)]
