"""Parsing model output into reasoning steps and a final answer, by the markup of models and data sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tunix_rt.domain.imports.formats.answers import (
    BLANK_LINE,
    BOXED,
    ends_in_heading,
    hashed_answer,
    labelled_answer,
    phrased_answer,
    plain,
    spoken_answer,
    strip_conclusion,
)
from tunix_rt.domain.imports.formats.base import UnknownMarkup
from tunix_rt.domain.imports.formats.exported import Solution, parse_by_numbers
from tunix_rt.domain.imports.reading.markup import MarkerKind, Segment, segments_of
from tunix_rt.errors import BadUserInput, PathPart


@dataclass(frozen=True)
class MarkedText:
    """Model output, divided by its markup.

    Args:
        thought: its reasoning, as far as that stands apart from what it says.
        said: the rest, up to an answer that is marked.
        answer: what stands between the marks of an answer; None if there are none.
    """

    thought: str
    said: str
    answer: str | None


def parse_solution(text: str, thought: str | None, path: Sequence[PathPart], *, follows: bool = False) -> Solution:
    """Returns the steps and the final answer of a model's output.

    The steps are the paragraphs of its thought and of what it says before the answer (its lines, where it is a single
    paragraph). The answer is what a mark says; without one, all that follows a thought or earlier steps, or else the
    last paragraph.

    Args:
        thought: its reasoning, where that was given apart.
        path: where the text is.
        follows: whether there are steps before it.

    Raises:
        UnknownMarkup: a part of it is marked as something that is not known.
        BadUserInput: there is no answer, or nothing but an answer.
    """
    marked = divide_text(text, path)
    if thought is None and (own := parse_by_numbers(text)):
        return own
    steps = thought_steps(thought, marked, path)
    before, answer = answer_of(marked, follows or bool(steps))
    if not answer or not strip_conclusion(answer):
        raise BadUserInput("There is no answer after the reasoning.", path)
    if marked.answer is None and ends_in_heading(answer):
        raise BadUserInput("The text ends with a heading that has no content.", path)
    if not follows and not steps and not before.strip():
        raise BadUserInput("There is an answer but no reasoning.", path)
    return [*steps, *parts(before)], answer


def divide_text(text: str, path: Sequence[PathPart]) -> MarkedText:
    """Returns a text by its markup: a thought at most, and after it an answer at most, which ends it.

    Raises:
        UnknownMarkup: there is more, or something else.
    """
    before, thought, rest = thought_among(segments_of(text, path), path)
    said, answer = "", None
    for segment in rest:
        if answer is not None and strip_conclusion(segment.text):
            raise UnknownMarkup("There is text after the end of the answer.", path)
        if segment.kind is MarkerKind.ANSWER:
            answer = segment.text.strip()
        elif answer is None:
            said += segment.text
    return MarkedText("\n\n".join(filter(str.strip, (before, thought))), said, answer)


def thought_among(segments: Sequence[Segment], path: Sequence[PathPart]) -> tuple[str, str, Sequence[Segment]]:
    """Returns the text before a thought, the thought, and the segments after it; raises as ``divide_text`` does."""
    kinds = [segment.kind for segment in segments]
    for kind in (MarkerKind.CALL, MarkerKind.RESULT):
        if kind in kinds:
            raise UnknownMarkup(f"A {kind.value} is in the place of the answer.", path)
    for kind in (MarkerKind.THOUGHT, MarkerKind.SOLUTION, MarkerKind.ANSWER):
        if kinds.count(kind) > 1:
            raise UnknownMarkup(f"There are {kinds.count(kind)} parts marked as {kind.value}, there may be one.", path)
    if MarkerKind.THOUGHT not in kinds:
        return "", "", segments
    position = kinds.index(MarkerKind.THOUGHT)
    if {MarkerKind.SOLUTION, MarkerKind.ANSWER} & {*kinds[:position]}:
        raise UnknownMarkup("The thought comes after the answer.", path)
    return "".join(segment.text for segment in segments[:position]), segments[position].text, segments[position + 1 :]


def thought_steps(thought: str | None, marked: MarkedText, path: Sequence[PathPart]) -> list[str]:
    """Returns the steps of a thought, from wherever it was given.

    Raises:
        UnknownMarkup: it was given twice, or is marked by what is not known.
    """
    if thought is None:
        return parts(marked.thought)
    if marked.thought:
        raise UnknownMarkup("There is reasoning both in its own field and in the text.", path)
    return thought_parts(thought, path)


def thought_parts(thought: str | None, path: Sequence[PathPart]) -> list[str]:
    """Returns the steps of a thought that was given apart, which may be marked as one; none where there is none.

    Raises:
        UnknownMarkup: it is marked by what is not known.
    """
    inner = divide_text(thought or "", path)
    if inner.answer is not None:
        raise UnknownMarkup("The separate reasoning contains an answer.", path)
    return parts("\n\n".join(filter(str.strip, (inner.thought, inner.said))))


def answer_of(marked: MarkedText, follows: bool) -> tuple[str, str]:
    """Returns the text before the answer, and the answer.

    Args:
        follows: whether reasoning stands before all that is said.
    """
    if marked.answer is not None:
        return marked.said, plain(marked.answer)
    text = marked.said.strip()
    found = marked_answer(text, anywhere=follows)
    if found or not follows:
        return found or unmarked(text)
    return "", text


def marked_answer(text: str, *, anywhere: bool) -> tuple[str, str] | None:
    """Returns the text before a marked answer, and the answer; None if there is no marker.

    An answer inside a sentence leaves the sentence where it is.

    Args:
        anywhere: whether a box counts wherever it stands, as in what follows a thought, or in the last paragraph only.
    """
    if found := hashed_answer(text) or labelled_answer(text):
        return found[0], plain(found[1])
    last = text if anywhere else BLANK_LINE.split(strip_conclusion(text))[-1]
    inside = spoken_answer(last) if BOXED in last else phrased_answer(text)
    return (text, inside) if inside else None


def unmarked(text: str) -> tuple[str, str]:
    """Returns all but the last paragraph, and the last; courtesies at the end belong to the one before them."""
    core = strip_conclusion(text)
    *before, answer = parts(core) or [""]
    return "\n\n".join(before), (answer + text[len(core) :] if answer else "")


def parts(text: str) -> list[str]:
    """Returns the paragraphs of a text, or the lines of a single one, without blanks around them."""
    paragraphs = [part.strip() for part in BLANK_LINE.split(text.strip()) if part.strip()]
    return paragraphs if len(paragraphs) > 1 else [line.strip() for line in text.splitlines() if line.strip()]
