"""GSM8K: grade-school problems with worked answers (Cobbe et al. 2021, arXiv:2110.14168).

A line has ``question`` and ``answer``; the answer's lines are the reasoning, its last one is ``#### `` and the result.
"""

from __future__ import annotations

from typing import Any

from tunix_rt.domain.imports.formats.base import ImportFormat, ParsedRecord, object_of, reasoning_steps, shape, text_of
from tunix_rt.errors import BadUserInput

MARK = "####"


def parse(line: Any, number: int) -> ParsedRecord:
    """Returns the trace of a problem, with a step for each line of reasoning; the row's number is the external id.

    The result is also the reference answer, by which models' answers to the problem can be graded.

    Raises:
        BadUserInput: a field is missing or malformed; the path names it.
    """
    fields = object_of(line)
    question, answer = text_of(fields, "question"), text_of(fields, "answer")
    reasoning, mark, final = answer.rpartition(MARK)
    if not mark or not final.strip() or "\n" in final.strip():
        raise BadUserInput(f"answer must end with a line '{MARK} RESULT'.", ["answer"])
    steps = [text.strip() for text in reasoning.splitlines() if text.strip()]
    if not steps:
        raise BadUserInput(f"answer has no line of reasoning before '{MARK}'.", ["answer"])
    trace = {
        "trace_version": "1.0",
        "prompt": question,
        "final_answer": final.strip(),
        "steps": reasoning_steps(steps),
        "meta": {"source": "gsm8k"},
    }
    return ParsedRecord(trace, str(number), reference_answer=final.strip())


IMPORT_FORMAT = ImportFormat(
    "gsm8k",
    "GSM8K rows: question, and answer with lines of reasoning and a last line '#### RESULT'.",
    parse,
    (shape("question", "answer"),),
)
