"""Parses model output into reasoning steps and a final answer, by the markup of models and data sets."""

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
        thought: the reasoning that is marked as a thought.
        response: the remaining text, up to a marked answer.
        answer: the text between the markers of an answer; None without markers.
    """

    thought: str
    response: str
    answer: str | None


def parse_solution(text: str, thought: str | None, path: Sequence[PathPart], *, follows: bool = False) -> Solution:
    """Returns the steps and the final answer of a model's output.

    The steps are the paragraphs of the thought and of the response before the answer (the lines of a single paragraph).
    The answer is the marked one; without a marker, it is all text after a thought or earlier steps, or else the last
    paragraph.

    Args:
        thought: the reasoning, if it has its own field.
        path: the path of the text.
        follows: whether earlier steps precede the text.

    Raises:
        UnknownMarkup: a part has unknown markup.
        BadUserInput: there is no answer.
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
    return [*steps, *parts(before)], answer


def divide_text(text: str, path: Sequence[PathPart]) -> MarkedText:
    """Divides a text by its markup: at most one thought, then at most one answer, which is the end of the text.

    Raises:
        UnknownMarkup: there are more marked parts, or others.
    """
    before, thought, rest = thought_among(segments_of(text, path), path)
    response, answer = "", None
    for segment in rest:
        if answer is not None and strip_conclusion(segment.text):
            raise UnknownMarkup("There is text after the end of the answer.", path)
        if segment.kind is MarkerKind.ANSWER:
            answer = segment.text.strip()
        elif answer is None:
            response += segment.text
    return MarkedText("\n\n".join(filter(str.strip, (before, thought))), response, answer)


def thought_among(segments: Sequence[Segment], path: Sequence[PathPart]) -> tuple[str, str, Sequence[Segment]]:
    """Returns the text before a thought, the thought, and the segments after it; raises as ``divide_text`` does."""
    kinds = [segment.kind for segment in segments]
    for kind in (MarkerKind.CALL, MarkerKind.RESULT):
        if kind in kinds:
            raise UnknownMarkup(f"A {kind.value} is in the place of the answer.", path)
    for kind in (MarkerKind.THOUGHT, MarkerKind.SOLUTION, MarkerKind.ANSWER):
        if kinds.count(kind) > 1:
            raise UnknownMarkup(
                f"There are {kinds.count(kind)} parts marked as {kind.value}; only one is allowed.", path
            )
    if MarkerKind.THOUGHT not in kinds:
        return "", "", segments
    position = kinds.index(MarkerKind.THOUGHT)
    if {MarkerKind.SOLUTION, MarkerKind.ANSWER} & {*kinds[:position]}:
        raise UnknownMarkup("The thought comes after the answer.", path)
    return "".join(segment.text for segment in segments[:position]), segments[position].text, segments[position + 1 :]


def thought_steps(thought: str | None, marked: MarkedText, path: Sequence[PathPart]) -> list[str]:
    """Returns the steps of a thought, from its own field or from the text.

    Raises:
        UnknownMarkup: there is a thought in both, or it has unknown markup.
    """
    if thought is None:
        return parts(marked.thought)
    if marked.thought:
        raise UnknownMarkup("There is reasoning both in its own field and in the text.", path)
    return thought_parts(thought, path)


def thought_parts(thought: str | None, path: Sequence[PathPart]) -> list[str]:
    """Returns the steps of a thought in its own field, which may have markers; no steps if it is None.

    Raises:
        UnknownMarkup: it has unknown markup.
    """
    inner = divide_text(thought or "", path)
    if inner.answer is not None:
        raise UnknownMarkup("The separate reasoning contains an answer.", path)
    return parts("\n\n".join(filter(str.strip, (inner.thought, inner.response))))


def answer_of(marked: MarkedText, follows: bool) -> tuple[str, str]:
    """Returns the text before the answer, and the answer.

    Args:
        follows: whether reasoning precedes the response.
    """
    if marked.answer is not None:
        return marked.response, plain(marked.answer)
    text = marked.response.strip()
    found = marked_answer(text, anywhere=follows)
    if found or not follows:
        return found or split_last_paragraph(text)
    return "", text


def marked_answer(text: str, *, anywhere: bool) -> tuple[str, str] | None:
    """Returns the text before a marked answer, and the answer; None if there is no marker.

    If the answer is part of a sentence, the sentence stays in the text.

    Args:
        anywhere: whether a box counts in the whole text, as in a response after a thought, or only in the last
            paragraph.
    """
    if found := hashed_answer(text) or labelled_answer(text):
        return found[0], plain(found[1])
    last = text if anywhere else BLANK_LINE.split(strip_conclusion(text))[-1]
    inside = spoken_answer(last) if BOXED in last else phrased_answer(text)
    return (text, inside) if inside else None


def split_last_paragraph(text: str) -> tuple[str, str]:
    """Returns the text before the last paragraph, and the last paragraph, with any courtesies after it."""
    core = strip_conclusion(text)
    *before, answer = parts(core) or [""]
    return "\n\n".join(before), (answer + text[len(core) :] if answer else "")


def parts(text: str) -> list[str]:
    """Returns the paragraphs of a text, or the lines of a single one, stripped."""
    paragraphs = [part.strip() for part in BLANK_LINE.split(text.strip()) if part.strip()]
    return paragraphs if len(paragraphs) > 1 else [line.strip() for line in text.splitlines() if line.strip()]
