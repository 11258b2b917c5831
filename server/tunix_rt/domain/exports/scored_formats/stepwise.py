"""``STEPWISE``: a prompt, its steps and a label of each, as TRL's trainers of process reward models read them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from tunix_rt.domain.exports.formats import ExportFormat, Field, FieldType, FormatOptions
from tunix_rt.domain.exports.scored_formats.base import ScoredFormat, TraceWithScores, Unit, about
from tunix_rt.domain.traces.trace import decode_stored


def body(traces: Sequence[TraceWithScores], options: FormatOptions) -> dict[str, Any] | None:
    """Returns the steps before the first one without a score; None if the first has none."""
    (found,) = traces
    trace = decode_stored(found.stored.payload)
    scores = {score.step_index: score.score for score in found.scores if score.scorer == options.scorer}
    steps = list(takewhile(lambda step: step.i in scores, trace.steps))
    if not steps:
        return None
    return {
        "id": found.stored.id,
        "prompt": options.user_text(trace.prompt),
        "completions": [step.content for step in steps],
        "labels": [scores[step.i] >= options.threshold for step in steps],
        "metadata": about(found, ExportFormat.STEPWISE),
    }


SCORED_FORMAT = ScoredFormat(
    ExportFormat.STEPWISE,
    "A prompt, its steps, and whether the score of each by `scorer` is at least `threshold`: TRL's stepwise.",
    Unit.TRACE,
    lambda _: (
        Field("prompt", FieldType.TEXT),
        Field("completions", FieldType.TEXTS),
        Field("labels", FieldType.FLAGS),
    ),
    body,
    frozenset({"scorer", "threshold"}),
)
