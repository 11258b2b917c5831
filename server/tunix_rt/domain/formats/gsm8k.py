"""GSM8K: grade-school problems with worked answers (Cobbe et al. 2021, arXiv:2110.14168).

A line has ``question`` and ``answer``; the answer's lines are the reasoning, its last one is ``#### `` and the result.
"""

from __future__ import annotations

from typing import Any

from tunix_rt.domain.formats.base import Format, Parsed
from tunix_rt.errors import BadUserInput

MARK = "####"


def parse(line: Any, number: int) -> Parsed:
    """One step per line of reasoning; the row's number is the external id.

    Raises:
        BadUserInput: naming the field that is missing or malformed.
    """
    if not isinstance(line, dict):
        raise BadUserInput("A line must be a JSON object.")
    question, answer = text_of(line, "question"), text_of(line, "answer")
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
        "steps": [{"i": index, "type": "reasoning", "content": text} for index, text in enumerate(steps)],
        "meta": {"source": "gsm8k"},
    }
    return Parsed(trace, str(number))


def text_of(line: dict[str, Any], name: str) -> str:
    """A field's text.

    Raises:
        BadUserInput: if it is missing or no text.
    """
    value = line.get(name)
    if not isinstance(value, str):
        raise BadUserInput(
            f"{name} must be a text, it is {'missing' if name not in line else 'something else'}.", [name]
        )
    return value


FORMAT = Format(
    "gsm8k", "GSM8K rows: question, and answer with lines of reasoning and a last line '#### RESULT'.", parse
)
