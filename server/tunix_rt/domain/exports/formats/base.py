"""The parts of an export format: a function from a stored trace to one line of an export.

A line is a JSON object exactly as ``json.dumps`` writes it: ``", "`` and ``": "`` between its parts, and everything
beyond ASCII escaped (the original application's behaviour, section 4). Lines are made of pieces of text, since that
takes half the time of building an object and dumping it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cached_property
from typing import Any, NamedTuple

import msgspec

from tunix_rt.domain.exports.formats.escaping import json_string, json_text, json_time
from tunix_rt.domain.exports.formats.round_trip import KEY, round_trip_of


class ExportFormat(Enum):
    """The record format of an export."""

    TRACE = "trace"
    TUNIX_SFT = "tunix_sft"
    TRAINING_EXAMPLE = "training_example"
    CHAT_MESSAGES = "chat_messages"
    PROMPT_COMPLETION = "prompt_completion"


class FieldType(Enum):
    """The type of a record's field."""

    TEXT = "text"
    TEXTS = "texts"
    MESSAGES = "messages"
    JSON = "json"


class Field(NamedTuple):
    """A field of a record."""

    name: str
    kind: FieldType


@dataclass(frozen=True)
class FormatOptions:
    """Options of an export format.

    Args:
        system_instruction: what the model is told before the prompt; an empty text is none.
        keep_control_tokens: whether a trace's text may hold a model's control tokens as they are.
        round_trip: whether the metadata also holds what the format has no place for, so that an import gives back the
            very same trace.
        escape_formulas: whether a cell of a table that begins like a formula gets an apostrophe before it.
    """

    system_instruction: str | None = None
    keep_control_tokens: bool = False
    round_trip: bool = False
    escape_formulas: bool = False

    def __post_init__(self) -> None:
        if not self.system_instruction:
            object.__setattr__(self, "system_instruction", None)

    def user_text(self, prompt: str) -> str:
        """Returns the user's text: the system instruction, if any, and the prompt."""
        return f"{self.system_instruction}\n\n{prompt}" if self.system_instruction else prompt


PLAIN = FormatOptions()


class StoredTrace(NamedTuple):
    """The stored columns that an export format reads.

    Args:
        id: its UUID in the usual form, as text: an object would only be made to be written again.
        created_at: aware, in UTC.
        payload: the canonical JSON.
    """

    id: str
    created_at: datetime
    external_id: str | None
    payload: str


class Content(msgspec.Struct, gc=False):
    """The part of a step that every format has."""

    content: str


class DecodedTrace(msgspec.Struct, gc=False):
    """A stored payload, decoded as far as the formats need it."""

    trace_version: str
    prompt: str
    final_answer: str
    steps: list[Content]
    meta: dict[str, Any] | None = None

    @property
    def contents(self) -> list[str]:
        """The content of each step."""
        return [step.content for step in self.steps]


decode = msgspec.json.Decoder(DecodedTrace).decode


def trace_id(stored: StoredTrace) -> str:
    """Returns the trace's id as the record's."""
    return stored.id


@dataclass(frozen=True)
class RecordFormat:
    """An export format: its fields between ``id`` and ``metadata``, and its metadata.

    Args:
        description: one sentence for people choosing among formats.
        own: the fields in their order.
        body: those fields as the inside of a JSON object.
        identify: a record's id, in ASCII.
        says_source: whether the metadata begin with ``source_trace_id``.
        says_format: whether the metadata say ``format``.
    """

    format: ExportFormat
    description: str
    own: tuple[Field, ...]
    body: Callable[[DecodedTrace, FormatOptions], str]
    identify: Callable[[StoredTrace], str] = trace_id
    says_source: bool = False
    says_format: bool = True

    @property
    def fields(self) -> tuple[Field, ...]:
        """Every field of a record, in its order."""
        return (Field("id", FieldType.TEXT), *self.own, Field("metadata", FieldType.JSON))

    @cached_property
    def reserved(self) -> tuple[str, ...]:
        """The keys of the metadata that a trace's own metadata cannot override."""
        source = ("source_trace_id",) if self.says_source else ()
        return (*source, "created_at", "trace_version", *(("format",) if self.says_format else ()))

    def line(self, stored: StoredTrace, options: FormatOptions = PLAIN) -> bytes:
        """Returns a trace's record as a line of ASCII, without a line end."""
        trace = decode(stored.payload)
        about = f'"created_at": {json_time(stored.created_at)}, "trace_version": {json_string(trace.trace_version)}'
        if self.says_source:
            about = f'"source_trace_id": "{stored.id}", {about}'
        if self.says_format:
            about = f'{about}, "format": "{self.format.value}"'
        record = (
            f'{{"id": "{self.identify(stored)}", {self.body(trace, options)}, '
            f'"metadata": {{{about}{self.rest(stored, trace, options)}}}}}'
        )
        return record.encode("ascii")

    def rest(self, stored: StoredTrace, trace: DecodedTrace, options: FormatOptions) -> str:
        """Returns the metadata after the reserved keys: the trace's own, and what a round trip needs."""
        meta, reserved, round_trip = trace.meta, self.reserved, None
        if options.round_trip:
            reserved = (*reserved, KEY)
            round_trip = round_trip_of(stored.payload, stored.external_id, reserved, options.keep_control_tokens)
        if meta and not meta.keys().isdisjoint(reserved):
            meta = {key: value for key, value in meta.items() if key not in reserved}
        own = f", {json_text(meta)[1:-1]}" if meta else ""
        return own if round_trip is None else f'{own}, "{KEY}": {json_text(round_trip)}'

    def record(self, stored: StoredTrace, options: FormatOptions = PLAIN) -> dict[str, Any]:
        """Returns a trace's record as values, with the keys in the order of the line."""
        record: dict[str, Any] = msgspec.json.decode(self.line(stored, options))
        return record
