"""The part of a record's metadata that makes a round trip exact: whatever the format itself has no field for."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from tunix_rt.domain.text import clip
from tunix_rt.domain.traces.trace import StoredStep
from tunix_rt.errors import BadUserInput

KEY = "tunix_rt"
MARK = "round_trip"
"""The key that tells a note from metadata of a trace's own under the same name."""


class RoundTripStep(msgspec.Struct, forbid_unknown_fields=True):
    """The fields of a step that a list of contents leaves out, and the length of its content in code points."""

    i: int
    type: str
    chars: int


class RoundTrip(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """The fields of a trace that its record leaves out.

    Args:
        round_trip: the version of this note.
        prompt_chars: the prompt's code points; a system instruction stands before them.
        kept_control_tokens: whether control tokens were left as they are.
        meta: the trace's own metadata, where those of the record do not give them back.
    """

    round_trip: Literal[1]
    prompt_chars: int
    steps: list[RoundTripStep]
    external_id: str | None = None
    kept_control_tokens: bool = False
    meta: dict[str, Any] | UnsetType | None = UNSET


class RoundTripTrace(msgspec.Struct):
    """The parts of a stored payload that ``RoundTrip`` needs."""

    prompt: str
    steps: list[StoredStep]
    meta: dict[str, Any] | None


decode = msgspec.json.Decoder(RoundTripTrace).decode


def round_trip_of(payload: str, external_id: str | None, reserved: tuple[str, ...], kept_control_tokens: bool) -> Any:
    """Returns the ``RoundTrip`` of a stored payload as JSON values.

    The metadata are in it as a whole where a reserved key hides one of theirs, since the order of keys is part of a
    trace, and where there are none: null and an empty object are two things.
    """
    trace = decode(payload)
    kept = trace.meta is not None and trace.meta.keys().isdisjoint(reserved)
    round_trip = RoundTrip(
        round_trip=1,
        prompt_chars=len(trace.prompt),
        steps=[RoundTripStep(step.i, step.type, len(step.content)) for step in trace.steps],
        external_id=external_id,
        kept_control_tokens=kept_control_tokens,
        meta=UNSET if kept else trace.meta,
    )
    return msgspec.to_builtins(round_trip)


def read_round_trip(metadata: dict[str, Any]) -> RoundTrip | None:
    """Returns the ``RoundTrip`` in a record's metadata; None if there is none.

    Raises:
        BadUserInput: if it is damaged.
    """
    value = metadata.get(KEY)
    if not isinstance(value, dict) or MARK not in value:
        return None
    try:
        return msgspec.convert(value, RoundTrip)
    except msgspec.ValidationError as error:
        raise BadUserInput(f"metadata.{KEY} is damaged: {clip(str(error), 200)}.", ["metadata", KEY]) from None
