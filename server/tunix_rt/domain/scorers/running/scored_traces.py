"""The part of a stored trace that scorers read."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from tunix_rt.domain.traces.trace import StoredStep


class ScorableTrace(NamedTuple):
    """The columns of a stored trace that scorers read, undecoded.

    Args:
        malformed: whether a generated answer did not follow its template; None if the trace was not generated.
    """

    payload: str
    reference_answer: str | None
    external_id: str | None
    malformed: bool | None = None


class TraceToScore(msgspec.Struct):
    """The decoded trace that is passed to a scorer."""

    prompt: str
    final_answer: str
    steps: list[StoredStep]
    meta: dict[str, Any] | None = None
    reference_answer: str | None = None
    external_id: str | None = None
    malformed: bool | None = None


decode_payload = msgspec.json.Decoder(TraceToScore).decode


def trace_to_score(stored: ScorableTrace) -> TraceToScore:
    """Returns a stored trace as scorers read it."""
    trace = decode_payload(stored.payload)
    trace.reference_answer = stored.reference_answer
    trace.external_id = stored.external_id
    trace.malformed = stored.malformed
    return trace
