"""Math-Shepherd: solutions in which a mark ends each step, and a copy with a sign in place of each mark."""

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
)
from tunix_rt.domain.scores.draft import GivenScore, ScoreKind
from tunix_rt.errors import BadUserInput

SCORER = "math_shepherd"
MARK = "ки"
SIGNS = {"+": 1.0, "-": 0.0}
FIRST_STEP = "Step 1:"


def parse(line: Any, number: int) -> ParsedRecord:
    """Returns the trace of a solution, with a score for each step: 1 for ``+``, 0 for ``-``.

    Raises:
        BadUserInput: a field is missing, or the two texts differ in more than the marks.
    """
    fields = object_of(line)
    text = text_of(fields, "input")
    start = text.find(FIRST_STEP)
    if start < 0 or MARK not in text:
        raise BadUserInput(f"input must have '{FIRST_STEP}', and end each step with '{MARK}'.", ["input"])
    signs = signs_of(text.split(MARK), text_of(fields, "label"))
    steps = [part.strip() for part in text[start:].split(MARK)[:-1]]
    trace = {
        "trace_version": "1.0",
        "prompt": text[:start].strip(),
        "final_answer": final_answer(steps[-1]),
        "steps": reasoning_steps(steps),
        "meta": {"source": SCORER} | {name: fields[name] for name in ("task",) if name in fields},
    }
    scores = tuple(
        GivenScore(scorer=SCORER, kind=ScoreKind.MODEL, score=SIGNS[sign], step_index=position)
        for position, sign in enumerate(signs)
    )
    return ParsedRecord(trace, str(number), scores)


def signs_of(parts: list[str], label: str) -> list[str]:
    """Returns the sign after each part of the text; raises as ``parse`` does."""
    signs, position = [], 0
    for part in parts[:-1]:
        position += len(part)
        sign = label[position : position + 1]
        if label[position - len(part) : position] != part or sign not in SIGNS:
            raise BadUserInput(f"label must be input with + or - in place of each '{MARK}'.", ["label"])
        signs.append(sign)
        position += 1
    if parts[-1].strip() or label[position:].strip():
        raise BadUserInput(f"There is text after the last '{MARK}'.", ["input"])
    return signs


IMPORT_FORMAT = ImportFormat(
    SCORER,
    "Math-Shepherd rows: input and label; the signs of steps become scores.",
    parse,
    (shape("input", "label", "task"),),
)
