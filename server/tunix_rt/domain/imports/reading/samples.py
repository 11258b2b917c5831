"""Several answers to one prompt in one record, each with its scores: a trace for each, all of one group."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tunix_rt.domain.imports.formats.base import ParsedRecord, UnknownMarkup, as_records
from tunix_rt.domain.imports.reading.completions import completion_trace
from tunix_rt.domain.scores.draft import GivenScore, ScoreKind
from tunix_rt.domain.text import clip, path_text
from tunix_rt.errors import BadUserInput, PathPart


@dataclass(frozen=True)
class SampledAnswer:
    """An answer of a record: a string or a list of messages, with its path, its scores and its own metadata.

    Args:
        name: the answer's name in the record, which distinguishes its external id.
    """

    name: str
    value: Any
    path: tuple[PathPart, ...]
    scores: tuple[GivenScore, ...] = ()
    meta: dict[str, Any] = field(default_factory=dict)


def sampled_traces(
    fields: dict[str, Any],
    read: Collection[str],
    prompt: Any,
    answers: Sequence[SampledAnswer],
    number: int,
    prompt_path: tuple[PathPart, ...] = ("prompt",),
) -> tuple[ParsedRecord, ...]:
    """Returns a trace for each answer of a record.

    The external ids are the record's, or its number if it has none, with the names of the answers.

    Args:
        read: the fields of the record that the traces use.
        number: the record's number.

    Raises:
        UnknownMarkup: an answer has unknown markup; carries all traces, with the unparsed texts.
        BadUserInput: an answer is invalid, or there are none.
    """
    if not answers:
        raise BadUserInput("There is no answer.", prompt_path[:-1])

    errors: list[UnknownMarkup] = []
    parsed = []
    for answer in answers:
        try:
            found = completion_trace(fields, read, prompt, answer.value, answer.path, prompt_path, answer.meta)
        except UnknownMarkup as error:
            errors.append(error)
            (found,) = as_records(error.whole or ())
        parsed.append(answer_trace(found, answer, number))
    if errors:
        errors[0].whole = tuple(parsed)
        raise errors[0]
    return tuple(parsed)


def answer_trace(parsed: ParsedRecord, answer: SampledAnswer, number: int) -> ParsedRecord:
    """Returns an answer's trace with its external id, scores and path."""
    external_id = f"{parsed.external_id or number}/{answer.name}"
    return replace(parsed, external_id=external_id, scores=answer.scores, path=answer.path)


def score_of(
    scorer: str, value: Any, path: tuple[PathPart, ...], kind: ScoreKind = ScoreKind.MODEL
) -> tuple[GivenScore, ...]:
    """Returns the score for a value: 1 for true, 0 for false, a number or a number's text unchanged, none for null.

    Raises:
        BadUserInput: the value is of another type, or not finite.
    """
    if value is None:
        return ()
    try:
        score = float(value) if isinstance(value, str | int | float) else math.nan
    except (OverflowError, ValueError):
        score = math.nan
    if not math.isfinite(score):
        shown = [clip(part) if isinstance(part, str) else part for part in path]
        raise BadUserInput(f"{path_text(shown)} must be true, false, a finite number or null.", shown)
    return (GivenScore(scorer=scorer, kind=kind, score=score),)
