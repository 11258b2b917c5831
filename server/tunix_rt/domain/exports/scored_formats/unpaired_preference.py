"""``UNPAIRED_PREFERENCE``: a prompt, a completion and whether it is a good one, as TRL reads them for KTO."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tunix_rt.domain.exports.formats import ExportFormat, Field, FieldType, FormatOptions
from tunix_rt.domain.exports.scored_formats.base import (
    ScoredFormat,
    TraceWithScores,
    Unit,
    about,
    completion_field,
    completion_of,
    prompt_field,
    prompt_of,
)


def body(traces: Sequence[TraceWithScores], options: FormatOptions) -> dict[str, Any] | None:
    """Returns the record of a trace; None if the scorer has not scored it."""
    (found,) = traces
    score = found.score_by(options.scorer)
    if score is None:
        return None
    return {
        "id": found.stored.id,
        "prompt": prompt_of(found.trace, options),
        "completion": completion_of(found, options),
        "label": score >= options.threshold,
        "metadata": about(found, ExportFormat.UNPAIRED_PREFERENCE),
    }


SCORED_FORMAT = ScoredFormat(
    ExportFormat.UNPAIRED_PREFERENCE,
    "A prompt, a completion, and whether the score by `scorer` is at least `threshold`: TRL's unpaired preference.",
    Unit.TRACE,
    lambda options: (
        prompt_field(options),
        completion_field("completion", options),
        Field("label", FieldType.FLAG),
    ),
    body,
    frozenset({"scorer", "threshold", "conversational", "template"}),
)
