"""The interface of an export format of scored traces: a function from the traces of a record to one line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

from tunix_rt.domain.exports.formats import ExportFormat, Field, FieldType, FormatOptions, StoredTrace
from tunix_rt.domain.exports.formats.base import EXTERNAL_ID, DecodedTrace, decode
from tunix_rt.domain.exports.formats.escaping import json_text


class Unit(Enum):
    """The traces of which a record is made."""

    TRACE = "trace"
    PROMPT = "prompt"
    PAIR = "pair"
    GROUP = "group"


class TraceScore(NamedTuple):
    """The latest score of a trace, or of one of its steps, by a scorer."""

    scorer: str
    step_index: int | None
    score: float


class TraceWithScores(NamedTuple):
    """A stored trace with its latest scores, by step and scorer.

    Args:
        raw_text: what a model wrote, if it is an answer that does not follow its template; None for other traces.
    """

    stored: StoredTrace
    scores: Sequence[TraceScore]
    raw_text: str | None = None

    @property
    def trace(self) -> DecodedTrace:
        """The trace itself, decoded at each access."""
        return decode(self.stored.payload)

    def model_text(self, options: FormatOptions) -> str:
        """Returns the model's text by the template; of an answer that does not follow its template, the raw text."""
        return options.model_text(self.trace) if self.raw_text is None else self.raw_text

    def score_by(self, scorer: str | None) -> float | None:
        """Returns the score of the whole trace by a scorer."""
        return next((found.score for found in self.scores if (found.scorer, found.step_index) == (scorer, None)), None)


@dataclass(frozen=True)
class ScoredFormat:
    """An export format of scored traces.

    Args:
        description: one sentence that helps to choose a format.
        unit: the traces of which a record is made: one, the first of a group, a pair, or all of a group.
        own: returns the fields between ``id`` and ``metadata``.
        body: returns a record's fields, in their order; None if the traces have no scores for a record.
        takes: the options that the format has in addition to the system instruction.
    """

    format: ExportFormat
    description: str
    unit: Unit
    own: Callable[[FormatOptions], tuple[Field, ...]]
    body: Callable[[Sequence[TraceWithScores], FormatOptions], dict[str, Any] | None]
    takes: frozenset[str]

    @property
    def has_template(self) -> bool:
        """True if the fields have reasoning written by a template."""
        return "template" in self.takes

    def fields(self, options: FormatOptions) -> tuple[Field, ...]:
        """Returns all fields of a record, in order."""
        return (Field("id", FieldType.TEXT), *self.own(options), Field("metadata", FieldType.JSON))

    def line(self, traces: Sequence[TraceWithScores], options: FormatOptions) -> bytes | None:
        """Returns the record of some traces as a line of ASCII, without a line end; None if there is none."""
        body = self.body(traces, options)
        return None if body is None else json_text(body).encode("ascii")


def about(found: TraceWithScores, format_: ExportFormat) -> dict[str, Any]:
    """Returns the metadata of a record of one trace: reserved keys, then the trace's own."""
    stored, decoded = found.stored, found.trace
    known: dict[str, Any] = {
        "created_at": stored.created_at.isoformat(),
        "trace_version": decoded.trace_version,
        "format": format_.value,
        "group": stored.group_key,
    }
    if stored.external_id is not None:
        known[EXTERNAL_ID] = stored.external_id
    reserved = {*known, EXTERNAL_ID}
    return known | {key: value for key, value in (decoded.meta or {}).items() if key not in reserved}


def prompt_field(options: FormatOptions) -> Field:
    """Returns the field of a prompt: text, or messages."""
    return Field("prompt", FieldType.MESSAGES if options.conversational else FieldType.TEXT)


def completion_field(name: str, options: FormatOptions) -> Field:
    """Returns the field of a completion: text, or messages."""
    return Field(name, FieldType.MESSAGES if options.conversational else FieldType.TEXT)


def prompt_of(trace: DecodedTrace, options: FormatOptions) -> Any:
    """Returns the prompt with the system instruction, as text or as messages."""
    if not options.conversational:
        return options.user_text(trace.prompt)
    system = [] if options.system_instruction is None else [message("system", options.system_instruction)]
    return [*system, message("user", trace.prompt)]


def completion_of(found: TraceWithScores, options: FormatOptions) -> Any:
    """Returns the model's text, as text or as messages."""
    text = found.model_text(options)
    return [message("assistant", text)] if options.conversational else text


def message(role: str, content: str) -> dict[str, str]:
    """Returns one message."""
    return {"role": role, "content": content}
