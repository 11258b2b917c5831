"""Where a solution's final answer is, when it has no field of its own."""

from __future__ import annotations

import re

ANSWER_HEADING = "# Answer"
ANSWER_PHRASE = re.compile(r"the (?:final )?answer is:?", re.IGNORECASE)
BOXED = "\\boxed{"


def headed_answer(text: str) -> str | None:
    """What follows the last line ``# Answer``; None if there is no such line, or nothing after it."""
    before, mark, after = text.rpartition(ANSWER_HEADING)
    if not mark or (before and not before.endswith("\n")):
        return None
    return after.strip() or None


def phrased_answer(text: str) -> str | None:
    """What follows the last "the answer is" on its line, without a full stop at its end."""
    _, *rests = ANSWER_PHRASE.split(text)
    if not rests:
        return None
    return rests[-1].strip().partition("\n")[0].strip().removesuffix(".").strip() or None


def boxed_answer(text: str) -> str | None:
    r"""What the last ``\boxed{...}`` holds, inner braces counted."""
    start = text.rfind(BOXED)
    if start < 0:
        return None
    begin, depth = start + len(BOXED), 1
    for place in range(begin, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return text[begin:place].strip() or None
    return None


def final_answer(last_step: str) -> str:
    """The answer that a solution's last step states, by any of these marks; the whole step where it has none."""
    return headed_answer(last_step) or phrased_answer(last_step) or boxed_answer(last_step) or last_step
