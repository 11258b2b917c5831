"""The part of a record's metadata that makes a round trip exact: the fields that the format omits."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from tunix_rt.domain.reasoning_templates import DEFAULT_TEMPLATE
from tunix_rt.domain.text import clip, sha256
from tunix_rt.domain.traces.trace import StoredStep, is_answer_alone
from tunix_rt.errors import BadUserInput

KEY = "tunix_rt"
MARK = "round_trip"
"""The key that distinguishes a ``RoundTrip`` from a trace's own metadata under the same name."""


class RoundTripStep(msgspec.Struct, forbid_unknown_fields=True):
    """The fields of a step that a list of contents omits, and the length of its content in code points."""

    i: int
    type: str
    chars: int


class AnswerStep(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """The only step of an answer without reasoning.

    Args:
        content: its content, unless that is the final answer.
    """

    i: int = 0
    content: str | None = None


class RoundTrip(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """The fields of a trace that its record omits.

    Args:
        round_trip: the version of this structure.
        group: the group of the trace, unless it is the prompt's hash.
        prompt_chars: the prompt's length in code points; the text before it is the system instruction.
        kept_control_tokens: whether control tokens were left unescaped.
        template: the reasoning template, by its name or as a text.
        answer_step: the step of an answer without reasoning, whose ``steps`` are empty.
        meta: the trace's own metadata, if the record's metadata do not restore them.
    """

    round_trip: Literal[1]
    prompt_chars: int
    steps: list[RoundTripStep]
    external_id: str | None = None
    reference_answer: str | None = None
    group: str | None = None
    kept_control_tokens: bool = False
    template: str = DEFAULT_TEMPLATE
    answer_step: AnswerStep | None = None
    meta: dict[str, Any] | UnsetType | None = UNSET


class RoundTripValues(NamedTuple):
    """The values of a ``RoundTrip`` that are not in the stored payload."""

    external_id: str | None
    reference_answer: str | None
    group_key: str
    kept_control_tokens: bool
    template: str


class RoundTripTrace(msgspec.Struct):
    """The parts of a stored payload that ``RoundTrip`` needs."""

    prompt: str
    final_answer: str
    steps: list[StoredStep]
    meta: dict[str, Any] | None


decode = msgspec.json.Decoder(RoundTripTrace).decode


def round_trip_of(payload: str, values: RoundTripValues, reserved: tuple[str, ...]) -> Any:
    """Returns the ``RoundTrip`` of a stored payload as JSON values.

    Includes the whole metadata if a reserved key overrides one of theirs, since the order of keys is part of a trace,
    and if they are empty, since null and an empty object differ.
    """
    trace = decode(payload)
    answer = answer_of(trace) if is_answer_alone(trace.steps) else None
    kept = trace.meta is not None and trace.meta.keys().isdisjoint(reserved)
    round_trip = RoundTrip(
        round_trip=1,
        prompt_chars=len(trace.prompt),
        steps=[RoundTripStep(step.i, step.type, len(step.content)) for step in trace.steps if answer is None],
        answer_step=answer,
        external_id=values.external_id,
        reference_answer=values.reference_answer,
        group=None if values.group_key == sha256(trace.prompt.encode()) else values.group_key,
        kept_control_tokens=values.kept_control_tokens,
        template=values.template,
        meta=UNSET if kept else trace.meta,
    )
    return msgspec.to_builtins(round_trip)


def answer_of(trace: RoundTripTrace) -> AnswerStep:
    """Returns the only step of an answer without reasoning."""
    step = trace.steps[0]
    return AnswerStep(step.i, None if step.content == trace.final_answer else step.content)


def read_round_trip(metadata: dict[str, Any]) -> RoundTrip | None:
    """Returns the ``RoundTrip`` in a record's metadata; None if there is none.

    Raises:
        BadUserInput: it is damaged.
    """
    value = metadata.get(KEY)
    if not isinstance(value, dict) or MARK not in value:
        return None
    try:
        return msgspec.convert(value, RoundTrip)
    except msgspec.ValidationError as error:
        raise BadUserInput(f"metadata.{KEY} is damaged: {clip(str(error), 200)}.", ["metadata", KEY]) from None
