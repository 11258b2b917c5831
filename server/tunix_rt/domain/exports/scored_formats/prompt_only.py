"""``PROMPT_ONLY``: a prompt with its reference answer, one a group, as TRL reads them for GRPO."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tunix_rt.domain.exports.formats import ExportFormat, Field, FieldType, FormatOptions
from tunix_rt.domain.exports.scored_formats.base import (
    ScoredFormat,
    TraceWithScores,
    Unit,
    about,
    prompt_field,
    prompt_of,
)


def body(traces: Sequence[TraceWithScores], options: FormatOptions) -> dict[str, Any] | None:
    """Returns the record of a group by one of its traces."""
    (found,) = traces
    return {
        "id": found.stored.id,
        "prompt": prompt_of(found.trace, options),
        "answer": found.stored.reference_answer,
        "metadata": about(found, ExportFormat.PROMPT_ONLY),
    }


SCORED_FORMAT = ScoredFormat(
    ExportFormat.PROMPT_ONLY,
    "A prompt and its reference answer, once for each group: TRL's prompt-only.",
    Unit.PROMPT,
    lambda options: (prompt_field(options), Field("answer", FieldType.OPTIONAL_TEXT)),
    body,
    frozenset({"conversational"}),
)
