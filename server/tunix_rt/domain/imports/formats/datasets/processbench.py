"""ProcessBench: solutions of models, with the position of the first wrong step."""

from __future__ import annotations

from typing import Any

from tunix_rt.domain.imports.formats.answers import final_answer
from tunix_rt.domain.imports.formats.base import (
    ImportFormat,
    ParsedRecord,
    object_of,
    reasoning_steps,
    shape,
    text_of,
    texts_of,
)
from tunix_rt.domain.imports.formats.foreign import take_text
from tunix_rt.domain.imports.reading.samples import score_of
from tunix_rt.domain.scores.draft import GivenScore, ScoreKind
from tunix_rt.errors import BadUserInput

SCORER, CORRECT = "processbench", "final_answer_correct"
NO_ERROR = -1


def parse(line: Any, number: int) -> ParsedRecord:
    """Returns the trace of a solution: its steps before the first wrong one are scored 1, that one 0.

    Raises:
        BadUserInput: a field is missing or malformed; the path names it.
    """
    fields = object_of(line)
    steps = texts_of(fields, "steps", "step")
    trace = {
        "trace_version": "1.0",
        "prompt": text_of(fields, "problem"),
        "final_answer": final_answer(steps[-1]) if steps else "",
        "steps": reasoning_steps(steps),
        "meta": {"source": SCORER} | {name: fields[name] for name in ("generator",) if name in fields},
    }
    answer = score_of(CORRECT, fields.get(CORRECT), (CORRECT,), ScoreKind.HUMAN)
    external_id = take_text(dict(fields), ("id",)) or str(number)
    return ParsedRecord(trace, external_id, (*step_scores(fields.get("label"), len(steps)), *answer))


def step_scores(label: Any, count: int) -> tuple[GivenScore, ...]:
    """Returns the scores of the steps up to the first wrong one; of all steps if none is wrong.

    Raises:
        BadUserInput: the label is no position of a step, and not -1.
    """
    if type(label) is not int or not NO_ERROR <= label < count:
        raise BadUserInput(f"label must be -1 or the position of a step, 0 to {count - 1}.", ["label"])
    scored = range(count if label == NO_ERROR else label + 1)
    return tuple(
        GivenScore(scorer=SCORER, kind=ScoreKind.HUMAN, score=float(position != label), step_index=position)
        for position in scored
    )


IMPORT_FORMAT = ImportFormat(
    "processbench",
    "ProcessBench rows: problem, steps and label, the first wrong step; step scores.",
    parse,
    (shape("problem", "steps", "label"),),
)
