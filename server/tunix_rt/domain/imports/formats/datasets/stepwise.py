"""TRL's stepwise supervision format: a prompt, the steps of its completion, and a label for each step."""

from __future__ import annotations

from typing import Any

from tunix_rt.domain.imports.formats.answers import final_answer
from tunix_rt.domain.imports.formats.base import (
    ImportFormat,
    ParsedRecord,
    list_of,
    object_of,
    reasoning_steps,
    shape,
    text_of,
    texts_of,
)
from tunix_rt.domain.scores.draft import GivenScore, ScoreKind
from tunix_rt.errors import BadUserInput

SCORER = "stepwise"


def parse(line: Any, number: int) -> ParsedRecord:
    """Returns the trace of a row: a step for each completion, with its label as a score.

    The row's number is the external id.

    Raises:
        BadUserInput: a field is missing or malformed; the path names it.
    """
    fields = object_of(line)
    completions, labels = texts_of(fields, "completions", "completion"), list_of(fields, "labels")
    if len(completions) != len(labels):
        raise BadUserInput(
            f"labels must have {len(completions)} values, one for each completion; it has {len(labels)}.", ["labels"]
        )
    trace = {
        "trace_version": "1.0",
        "prompt": text_of(fields, "prompt"),
        "final_answer": final_answer(completions[-1]) if completions else "",
        "steps": reasoning_steps(completions),
        "meta": {"source": "stepwise"},
    }
    return ParsedRecord(trace, str(number), tuple(scores_of(labels)))


def scores_of(labels: list[Any]) -> list[GivenScore]:
    """Returns the scores of labels: 1 for true, 0 for false, a number unchanged, none for null.

    Raises:
        BadUserInput: a label has another type.
    """
    found = []
    for position, label in enumerate(labels):
        if label is None:
            continue
        if not isinstance(label, (bool, int, float)):
            raise BadUserInput("A label must be true, false, a number or null.", ["labels", position])
        try:
            found.append(GivenScore(scorer=SCORER, kind=ScoreKind.HUMAN, score=float(label), step_index=position))
        except OverflowError:
            raise BadUserInput("A label must be a finite number.", ["labels", position]) from None
    return found


IMPORT_FORMAT = ImportFormat(
    "stepwise",
    "TRL's stepwise supervision: prompt, completions (the steps), and labels of the steps.",
    parse,
    (shape("prompt", "completions", "labels"),),
)
