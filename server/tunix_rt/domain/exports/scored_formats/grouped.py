"""``GROUPED``: a group a record: its prompt, its reference answer, and its completions with their scores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tunix_rt.domain.exports.formats import ExportFormat, Field, FieldType, FormatOptions
from tunix_rt.domain.exports.scored_formats.base import ScoredFormat, TraceWithScores, Unit


def body(traces: Sequence[TraceWithScores], options: FormatOptions) -> dict[str, Any] | None:
    """Returns the record of a group; a completion that a scorer has not scored has null there."""
    scorers = sorted({score.scorer for found in traces for score in found.scores if score.step_index is None})
    first = traces[0]
    answers = (found.stored.reference_answer for found in traces if found.stored.reference_answer is not None)
    return {
        "id": first.stored.group_key,
        "prompt": options.user_text(first.trace.prompt),
        "answer": next(answers, None),
        "completions": [found.model_text(options) for found in traces],
        "scores": {scorer: [found.score_by(scorer) for found in traces] for scorer in scorers},
        "metadata": {
            "format": ExportFormat.GROUPED.value,
            "trace_ids": [found.stored.id for found in traces],
            "external_ids": [found.stored.external_id for found in traces],
        },
    }


SCORED_FORMAT = ScoredFormat(
    ExportFormat.GROUPED,
    "A group of traces: its prompt and reference answer, and the completions with the latest scores by each scorer.",
    Unit.GROUP,
    lambda _: (
        Field("prompt", FieldType.TEXT),
        Field("answer", FieldType.OPTIONAL_TEXT),
        Field("completions", FieldType.TEXTS),
        Field("scores", FieldType.JSON),
    ),
    body,
    frozenset({"template"}),
)
