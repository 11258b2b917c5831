"""The interface of an export format: a function from a stored trace to one line of an export.

A line is a JSON object exactly as ``json.dumps`` writes it, with the separators ``", "`` and ``": "`` and non-ASCII
characters escaped (the original application's behaviour, section 4). Lines are concatenated from text, which takes
half the time of building an object and dumping it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cached_property
from typing import Any, NamedTuple

import msgspec

from tunix_rt.domain.answers.absent import NO_ANSWER
from tunix_rt.domain.exports.formats.escaping import json_string, json_text, json_time
from tunix_rt.domain.exports.formats.round_trip import KEY, RoundTripValues, round_trip_of
from tunix_rt.domain.preferences.pairs import PairRule
from tunix_rt.domain.reasoning_templates import DEFAULT_TEMPLATE, reasoning_template
from tunix_rt.domain.traces.trace import is_answer_alone, reasoning_of

EXTERNAL_ID = "external_id"
"""The metadata key of the external id, in the records of traces that have one."""


class ExportFormat(Enum):
    """The record format of an export."""

    TRACE = "trace"
    TUNIX_SFT = "tunix_sft"
    TRAINING_EXAMPLE = "training_example"
    CHAT_MESSAGES = "chat_messages"
    PROMPT_COMPLETION = "prompt_completion"
    PROMPT_ONLY = "prompt_only"
    PREFERENCE = "preference"
    UNPAIRED_PREFERENCE = "unpaired_preference"
    STEPWISE = "stepwise"
    GROUPED = "grouped"


class FieldType(Enum):
    """The type of a record's field."""

    TEXT = "text"
    OPTIONAL_TEXT = "optional_text"
    TEXTS = "texts"
    MESSAGES = "messages"
    FLAG = "flag"
    FLAGS = "flags"
    JSON = "json"


class Field(NamedTuple):
    """A field of a record."""

    name: str
    kind: FieldType


@dataclass(frozen=True)
class FormatOptions:
    """Options of an export format.

    Args:
        system_instruction: the instruction to the model before the prompt; empty for none.
        keep_control_tokens: whether a model's control tokens in a trace's text are left unescaped.
        round_trip: whether the metadata also holds the fields that the format omits, so that an import restores the
            identical trace.
        escape_formulas: whether to prefix cells that begin like a formula with an apostrophe.
        template: the reasoning template, by its name in lower case or as a text with placeholders.
        include_scores: whether the metadata have the latest scores.
        scorer: the scorer whose latest scores make labels and pairs.
        threshold: the minimum score of a trace or step whose label is true.
        pair_rule, margin, pairs_per_group: the recipe of pairs; see ``PairRecipe``.
        conversational: whether prompts and completions are messages.
    """

    system_instruction: str | None = None
    keep_control_tokens: bool = False
    round_trip: bool = False
    escape_formulas: bool = False
    template: str = DEFAULT_TEMPLATE
    include_scores: bool = False
    scorer: str | None = None
    threshold: float = 0.5
    pair_rule: str = PairRule.BEST_WORST.value
    margin: float = 0.0
    pairs_per_group: int = 1
    conversational: bool = False

    def __post_init__(self) -> None:
        if not self.system_instruction:
            object.__setattr__(self, "system_instruction", None)

    def user_text(self, prompt: str) -> str:
        """Returns the user's text: the system instruction, if there is one, and the prompt."""
        return f"{self.system_instruction}\n\n{prompt}" if self.system_instruction else prompt

    def model_text(self, trace: DecodedTrace) -> str:
        """Returns the model's text: the reasoning and the final answer by the template, or its raw text."""
        if trace.raw_text is not None:
            return trace.raw_text
        return reasoning_template(self.template).render(trace.contents, trace.final_answer)


PLAIN = FormatOptions()


class StoredTrace(NamedTuple):
    """The stored columns that an export format reads.

    Args:
        id: the UUID as text, since a UUID object would only be formatted again.
        created_at: aware, in UTC.
        payload: the canonical JSON.
    """

    id: str
    created_at: datetime
    external_id: str | None
    reference_answer: str | None
    group_key: str
    payload: str


class DecodedStep(msgspec.Struct, gc=False):
    """A step of a stored payload."""

    i: int
    type: str
    content: str


class DecodedTrace(msgspec.Struct, gc=False):
    """The parts of a stored payload that the formats read.

    Args:
        raw_text: what a model wrote, if its answer has no final answer; not a part of the payload.
    """

    trace_version: str
    prompt: str
    final_answer: str
    steps: list[DecodedStep]
    meta: dict[str, Any] | None = None
    raw_text: str | None = None

    @property
    def contents(self) -> list[str]:
        """The content of each step of reasoning; none for an answer without reasoning."""
        return reasoning_of(self.steps)

    @property
    def texts(self) -> list[str]:
        """The content of each step; none if it is the final answer alone."""
        texts = [step.content for step in self.steps]
        return [] if is_answer_alone(self.steps) and texts == [self.final_answer] else texts


decode = msgspec.json.Decoder(DecodedTrace).decode


def lacks_answer(payload: str) -> bool:
    """Returns whether the final answer of a stored payload states that there is none."""
    return NO_ANSWER in payload and decode(payload).final_answer == NO_ANSWER


def trace_id(stored: StoredTrace) -> str:
    """Returns the trace's id, for formats whose records have it as theirs."""
    return stored.id


@dataclass(frozen=True)
class RecordFormat:
    """An export format: its fields between ``id`` and ``metadata``, and its metadata.

    Args:
        description: one sentence that helps to choose a format.
        own: the fields in their order.
        body: returns those fields as the inside of a JSON object.
        identify: returns a record's id, in ASCII.
        has_source_id: whether the metadata begin with ``source_trace_id``.
        has_format_key: whether the metadata have the key ``format``.
        has_template: whether the fields have reasoning written by a template.
    """

    format: ExportFormat
    description: str
    own: tuple[Field, ...]
    body: Callable[[DecodedTrace, FormatOptions], str]
    identify: Callable[[StoredTrace], str] = trace_id
    has_source_id: bool = False
    has_format_key: bool = True
    has_template: bool = False

    @property
    def fields(self) -> tuple[Field, ...]:
        """All fields of a record, in order."""
        return (Field("id", FieldType.TEXT), *self.own, Field("metadata", FieldType.JSON))

    @cached_property
    def marks(self) -> tuple[str, ...]:
        """The metadata keys of every record, by which its format is recognized."""
        source = ("source_trace_id",) if self.has_source_id else ()
        return (*source, "created_at", "trace_version", *(("format",) if self.has_format_key else ()))

    @cached_property
    def reserved(self) -> tuple[str, ...]:
        """The metadata keys that a trace's own metadata cannot override."""
        return (*self.marks, EXTERNAL_ID)

    def line(
        self,
        stored: StoredTrace,
        options: FormatOptions = PLAIN,
        scores: str | None = None,
        raw_text: str | None = None,
    ) -> bytes:
        """Returns a trace's record as a line of ASCII, without a line end.

        Args:
            scores: the trace's scores as a JSON object, for the metadata; None for none.
            raw_text: the text in the place of the model's; None for that by the template.
        """
        trace = decode(stored.payload)
        trace.raw_text = raw_text
        about = f'"created_at": {json_time(stored.created_at)}, "trace_version": {json_string(trace.trace_version)}'
        if self.has_source_id:
            about = f'"source_trace_id": "{stored.id}", {about}'
        if self.has_format_key:
            about = f'{about}, "format": "{self.format.value}"'
        if stored.external_id is not None:
            about = f'{about}, "{EXTERNAL_ID}": {json_string(stored.external_id)}'
        if scores is not None:
            about = f'{about}, "scores": {scores}'
        record = (
            f'{{"id": "{self.identify(stored)}", {self.body(trace, options)}, '
            f'"metadata": {{{about}{self.rest(stored, trace, options)}}}}}'
        )
        return record.encode("ascii")

    def rest(self, stored: StoredTrace, trace: DecodedTrace, options: FormatOptions) -> str:
        """Returns the metadata after the reserved keys: the trace's own, and those for a round trip."""
        meta, reserved, round_trip = trace.meta, self.reserved, None
        if options.include_scores:
            reserved = (*reserved, "scores")
        if options.round_trip:
            reserved = (*reserved, KEY)
            known = RoundTripValues(
                stored.external_id,
                stored.reference_answer,
                stored.group_key,
                options.keep_control_tokens,
                options.template if self.has_template else DEFAULT_TEMPLATE,
            )
            round_trip = round_trip_of(stored.payload, known, reserved)
        if meta and not meta.keys().isdisjoint(reserved):
            meta = {key: value for key, value in meta.items() if key not in reserved}
        own = f", {json_text(meta)[1:-1]}" if meta else ""
        return own if round_trip is None else f'{own}, "{KEY}": {json_text(round_trip)}'

    def record(self, stored: StoredTrace, options: FormatOptions = PLAIN) -> dict[str, Any]:
        """Returns a trace's record as a dictionary, with the keys in the order of the line."""
        record: dict[str, Any] = msgspec.json.decode(self.line(stored, options))
        return record
