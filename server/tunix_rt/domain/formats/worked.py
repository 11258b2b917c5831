"""Reasoning and answer in what a model wrote, by the marks that models and data sets use for them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tunix_rt.domain.formats.answers import BOXED, boxed_answer, phrased_answer
from tunix_rt.domain.formats.exported import Worked, numbered
from tunix_rt.errors import BadUserInput, PathPart

THOUGHT = re.compile(r"(.*?)</(think|thinking|thought|reasoning)>", re.DOTALL)
BEGUN = re.compile(r"\s*<(?:think|thinking|thought|reasoning)>")
ANSWER_TAG, ANSWER_END = "<answer>", "</answer>"
HASHED = re.compile(r"^####[ \t]*(\S[^\n]*)\Z", re.MULTILINE)
HEADED = re.compile(
    r"^[ \t*_>]*(?:the )?(?:final )?answer[ \t*_]*:[ \t*_]*|^#+[ \t]*(?:the )?(?:final )?answer:?[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)
BLANK_LINE = re.compile(r"\n[ \t\r]*\n")


def worked_out(text: str, thought: str | None, path: Sequence[PathPart]) -> Worked:
    """The steps and the answer of what a model wrote.

    The steps are the paragraphs of its thought and of what it says before the answer (its lines, where it is a single
    paragraph). The answer is what a mark says; without one, all that follows a thought, or else the last paragraph.

    Args:
        thought: its reasoning, where that was given apart.
        path: where the text is.

    Raises:
        BadUserInput: there is no answer, or nothing but an answer.
    """
    if thought is None and (own := numbered(text)):
        return own
    if thought is None:
        thought, text = thought_in(text, path)
    steps = parts(thought)
    before, answer = stated(text) or (("", text.strip()) if steps else unmarked(text))
    if not answer:
        raise BadUserInput("There is no answer after the reasoning.", path)
    if not steps and not before.strip():
        raise BadUserInput("There is no reasoning, only an answer.", path)
    return [*steps, *parts(before)], answer


def thought_in(text: str, path: Sequence[PathPart]) -> tuple[str, str]:
    """A thought between tags, and what follows; a prompt may have opened the tag already."""
    if found := THOUGHT.match(text):
        thought, tag = found.groups()
        return thought.replace(f"<{tag}>", "", 1), text[found.end() :]
    if BEGUN.match(text):
        raise BadUserInput("The thought does not end.", path)
    return "", text


def stated(text: str) -> tuple[str, str] | None:
    """What is said before a marked answer, and the answer; None if there is no mark.

    An answer inside a sentence leaves the sentence where it is.
    """
    text = text.strip()
    if text.endswith(ANSWER_END) and ANSWER_TAG in text:
        before, _, answer = text.removesuffix(ANSWER_END).rpartition(ANSWER_TAG)
        return before, plain(answer)
    if found := HASHED.search(text):
        return text[: found.start()], plain(found[1])
    *_, last = [None, *HEADED.finditer(text)]
    if last and (answer := text[last.end() :].strip()):
        return text[: last.start()], plain(answer.rstrip("*_ ") if {"*", "_"} & {*last[0]} else answer)
    inside = boxed_answer(text) or phrased_answer(text)
    return (text, inside) if inside else None


def plain(answer: str) -> str:
    """An answer without the box that it is in as a whole."""
    inside = boxed_answer(answer)
    return inside if inside and answer.strip("$. \n") == f"{BOXED}{inside}}}" else answer.strip()


def unmarked(text: str) -> tuple[str, str]:
    """All but the last paragraph, and the last."""
    *before, answer = parts(text) or [""]
    return "\n\n".join(before), answer


def parts(text: str) -> list[str]:
    """The paragraphs of a text, or the lines of a single one, without blanks around them."""
    paragraphs = [part.strip() for part in BLANK_LINE.split(text.strip()) if part.strip()]
    return paragraphs if len(paragraphs) > 1 else [line.strip() for line in text.splitlines() if line.strip()]
