"""``PREFERENCE``: a prompt with a better and a worse completion, as TRL reads them for DPO."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from tunix_rt.domain.exports.formats import ExportFormat, FormatOptions
from tunix_rt.domain.exports.scored_formats.base import (
    ScoredFormat,
    TraceWithScores,
    Unit,
    completion_field,
    completion_of,
    prompt_field,
    prompt_of,
)


def body(traces: Sequence[TraceWithScores], options: FormatOptions) -> dict[str, Any] | None:
    """Returns the record of a chosen and a rejected trace; None if a score was deleted in the meantime."""
    chosen, rejected = traces
    scores = [found.score_by(options.scorer) for found in traces]
    if None in scores:
        return None
    return {
        "id": str(uuid.uuid5(uuid.UUID(chosen.stored.id), rejected.stored.id)),
        "prompt": prompt_of(chosen.trace, options),
        "chosen": completion_of(chosen, options),
        "rejected": completion_of(rejected, options),
        "metadata": {
            "format": ExportFormat.PREFERENCE.value,
            "group": chosen.stored.group_key,
            "scorer": options.scorer,
            "scores": scores,
            "trace_ids": [found.stored.id for found in traces],
            "external_ids": [found.stored.external_id for found in traces],
        },
    }


SCORED_FORMAT = ScoredFormat(
    ExportFormat.PREFERENCE,
    "A prompt with a chosen and a rejected completion, paired in each group by `scorer`: TRL's preference.",
    Unit.PAIR,
    lambda options: (
        prompt_field(options),
        completion_field("chosen", options),
        completion_field("rejected", options),
    ),
    body,
    frozenset({"scorer", "pair_rule", "margin", "pairs_per_group", "conversational", "template"}),
)
