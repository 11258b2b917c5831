"""PRM800K: solutions of MATH problems, each step rated by a person (Lightman et al. 2023, arXiv:2305.20050).

A line is one solution: ``question`` with the problem and its known answers, ``label`` with the steps. Each step has
one or more ``completions``, of which one was chosen; or the labeler wrote the step (``human_completion``, always a
good one); or labelling ended there, and the first completion is the solution's own step, usually the error.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tunix_rt.domain.imports.formats.answers import headed_answer
from tunix_rt.domain.imports.formats.base import (
    ImportFormat,
    ParsedRecord,
    list_of,
    object_of,
    reasoning_steps,
    shape,
    text_of,
)
from tunix_rt.domain.instants import as_utc, read_time
from tunix_rt.domain.scores.draft import GivenScore, ScoreKind
from tunix_rt.domain.text import clip
from tunix_rt.errors import BadUserInput, PathPart

SCORER = "prm800k"
RATINGS = (-1, 0, 1)
FLAGS = ("is_quality_control_question", "is_initial_screening_question")


@dataclass(frozen=True)
class RatedStep:
    """A step of the solution with the labeler's rating, which is None if there is none."""

    text: str
    rating: int | None
    details: dict[str, Any] | None


def parse(line: Any, _: int) -> ParsedRecord:
    """Returns the trace of a labelled solution: a step for each labelled one, with its rating as a score.

    Raises:
        BadUserInput: a field is missing or malformed; the path names it.
    """
    fields = object_of(line)
    question = object_of(fields.get("question"), ["question"], "question")
    label = object_of(fields.get("label"), ["label"], "label")
    steps = [
        rated_step(step, ("label", "steps", position))
        for position, step in enumerate(list_of(label, "steps", ["label"]))
    ]
    answer, origin = final_answer(question, steps)
    trace = {
        "trace_version": "1.0",
        "prompt": text_of(question, "problem", ["question"]),
        "final_answer": answer,
        "steps": reasoning_steps(step.text for step in steps),
        "meta": meta_of(fields, question, label) | {"final_answer_from": origin},
    }
    reference = question.get("ground_truth_answer")
    return ParsedRecord(
        trace,
        external_id(fields),
        tuple(scores_of(steps, scored_at(fields))),
        reference_answer=reference if isinstance(reference, str) and reference else None,
    )


def rated_step(step: Any, path: tuple[PathPart, ...]) -> RatedStep:
    """Returns the step with which the solution continues."""
    fields = object_of(step, path, "A step")
    completions, human = fields.get("completions") or [], fields.get("human_completion")
    chosen = fields.get("chosen_completion")
    if chosen is None and human is not None:
        return human_step(human, (*path, "human_completion"))
    if not isinstance(completions, list):
        raise BadUserInput("completions must be a list.", [*path, "completions"])
    position = 0 if chosen is None else chosen
    if type(position) is not int or not 0 <= position < len(completions):
        raise BadUserInput(
            f"There is no completion {clip(str(position))}, of {len(completions)}.", [*path, "chosen_completion"]
        )
    where = (*path, "completions", position)
    completion = object_of(completions[position], where, "A completion")
    details = {"flagged": True} if completion.get("flagged") else None
    return RatedStep(text_of(completion, "text", where), rating_of(completion, where), details)


def human_step(human: Any, path: tuple[PathPart, ...]) -> RatedStep:
    """Returns a step that the labeler wrote; it is rated good if it has no rating."""
    if isinstance(human, str):
        return RatedStep(human, 1, {"human_completion": True})
    fields = object_of(human, path, "human_completion")
    rating = rating_of(fields, path)
    return RatedStep(text_of(fields, "text", path), 1 if rating is None else rating, {"human_completion": True})


def rating_of(completion: dict[str, Any], path: tuple[PathPart, ...]) -> int | None:
    """Returns a completion's rating; None if it has none."""
    rating = completion.get("rating")
    if rating is None:
        return None
    if isinstance(rating, bool) or rating not in RATINGS:
        raise BadUserInput("rating must be -1, 0, 1 or null.", [*path, "rating"])
    return int(rating)


def final_answer(question: dict[str, Any], steps: list[RatedStep]) -> tuple[str, str]:
    """Returns the answer and its origin: the last step, else the solution before labelling, else the ground truth."""
    stated = headed_answer(steps[-1].text) if steps else None
    given = (stated, question.get("pre_generated_answer"), question.get("ground_truth_answer"))
    for answer, origin in zip(given, ("steps", "pre_generated_answer", "ground_truth_answer"), strict=True):
        if isinstance(answer, str) and answer:
            return answer, origin
    raise BadUserInput("There is no answer, neither in the last step nor in the question.", ["question"])


def meta_of(fields: dict[str, Any], question: dict[str, Any], label: dict[str, Any]) -> dict[str, Any]:
    """Returns the metadata of a solution."""
    known = {
        "source": "prm800k",
        "finish_reason": label.get("finish_reason"),
        "ground_truth_answer": question.get("ground_truth_answer"),
        "generation": fields.get("generation"),
        "labeler": fields.get("labeler"),
        **{name: True for name in FLAGS if fields.get(name)},
    }
    return {name: value for name, value in known.items() if value is not None}


def external_id(fields: dict[str, Any]) -> str | None:
    """Returns the labeler and the time, which identify a row."""
    labeler, at = fields.get("labeler"), fields.get("timestamp")
    return f"{labeler}/{at}" if isinstance(labeler, str) and isinstance(at, str) else None


def scored_at(fields: dict[str, Any]) -> datetime | None:
    """Returns the time of labelling; the rows give it without a time zone.

    Raises:
        BadUserInput: the timestamp is invalid.
    """
    text = fields.get("timestamp")
    if text is None:
        return None
    try:
        return as_utc(read_time(text))
    except (TypeError, ValueError, OverflowError):
        raise BadUserInput("timestamp must be an ISO 8601 time.", ["timestamp"]) from None


def scores_of(steps: list[RatedStep], at: datetime | None) -> Iterator[GivenScore]:
    """Yields the scores of the steps that have a rating."""
    for index, step in enumerate(steps):
        if step.rating is not None:
            yield GivenScore(
                scorer=SCORER,
                kind=ScoreKind.HUMAN,
                score=float(step.rating),
                step_index=index,
                details=step.details,
                scored_at=at,
            )


IMPORT_FORMAT = ImportFormat(
    "prm800k",
    "PRM800K rows: labelled solutions; the ratings of steps become scores.",
    parse,
    (shape("question", "label"),),
)
