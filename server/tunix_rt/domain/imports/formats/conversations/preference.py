"""Preferences: a prompt with a chosen and a rejected answer, as TRL and UltraFeedback have them."""

from __future__ import annotations

from typing import Any

from tunix_rt.domain.imports.formats.base import ImportFormat, ParsedRecord, object_of, shape
from tunix_rt.domain.imports.reading.messages import USER
from tunix_rt.domain.imports.reading.samples import SampledAnswer, sampled_traces, score_of
from tunix_rt.domain.scores.draft import ScoreKind

PREFERENCE, RATING = "preference", "preference_rating"
SIDES = {"chosen": 1, "rejected": 0}
READ = ("prompt", *SIDES, "score_chosen", "score_rejected")


def parse(line: Any, number: int) -> tuple[ParsedRecord, ...]:
    """Returns the traces of the chosen and the rejected answer, with the preference as a score of each.

    Raises:
        UnknownMarkup: an answer has unknown markup.
        BadUserInput: a field is missing or malformed; the path names it.
    """
    fields = object_of(line)
    answers = [
        SampledAnswer(
            side,
            fields.get(side),
            (side,),
            (
                *score_of(PREFERENCE, preferred, (side,), ScoreKind.HUMAN),
                *score_of(RATING, fields.get(f"score_{side}"), (f"score_{side}",)),
            ),
        )
        for side, preferred in SIDES.items()
    ]
    is_whole = has_question(fields.get("chosen"))
    return sampled_traces(fields, READ, [] if is_whole else fields.get("prompt"), answers, number)


def has_question(value: Any) -> bool:
    """Returns whether an answer is a conversation that includes the prompt."""
    messages = value if isinstance(value, list) else []
    return any(isinstance(message, dict) and message.get("role") in USER for message in messages)


IMPORT_FORMAT = ImportFormat(
    PREFERENCE,
    "Preference rows: prompt, chosen and rejected, strings or messages; two traces with a score each.",
    parse,
    (shape("chosen", "rejected"),),
)
