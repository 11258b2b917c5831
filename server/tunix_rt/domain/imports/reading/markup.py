"""The markup around thoughts, answers, tool calls and tool results in model output.

``MARKERS`` lists all markers; another model's markup needs one more line. Markup that is not in the table is refused,
never taken as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from tunix_rt.domain.imports.formats.base import UnknownMarkup
from tunix_rt.domain.text import clip
from tunix_rt.errors import PathPart


class MarkerKind(Enum):
    """The kind of a text between an opening and a closing marker."""

    THOUGHT = "thought"
    SOLUTION = "solution"
    ANSWER = "answer"
    CALL = "tool call"
    RESULT = "tool result"


@dataclass(frozen=True)
class Marker:
    """A pair of an opening and a closing marker, case-insensitive."""

    kind: MarkerKind
    opening: str
    closing: str


THOUGHT_TAGS = ("think", "thinking", "thought", "reasoning", "seed:think", "scratchpad", "scratch_pad")
MARKERS = (
    *(Marker(MarkerKind.THOUGHT, f"<{tag}>", f"</{tag}>") for tag in THOUGHT_TAGS),
    Marker(MarkerKind.THOUGHT, "[THINK]", "[/THINK]"),
    Marker(MarkerKind.THOUGHT, "<|begin_of_thought|>", "<|end_of_thought|>"),
    Marker(MarkerKind.THOUGHT, "<|START_THINKING|>", "<|END_THINKING|>"),
    Marker(MarkerKind.THOUGHT, "◁think▷", "◁/think▷"),
    Marker(MarkerKind.SOLUTION, "<|begin_of_solution|>", "<|end_of_solution|>"),
    Marker(MarkerKind.ANSWER, "<answer>", "</answer>"),
    Marker(MarkerKind.CALL, "<tool_call>", "</tool_call>"),
    Marker(MarkerKind.RESULT, "<tool_response>", "</tool_response>"),
)
BY_TEXT = {
    text.lower(): (marker, text == marker.opening) for marker in MARKERS for text in (marker.opening, marker.closing)
}
WORDS = (
    r"think(?:ing)?|thoughts?|reason(?:ing)?|reflect(?:ion)?|scratch_?pad|analysis|solution|final_answer|answer|"
    r"tool_?(?:calls?|use|response|result|output)|function_?(?:calls?|results?)|observation"
)
IN_BARS = r"think|thought|reason|reflect|solution|analysis|channel|message|python_tag|tool|function|response|action"
MARK = re.compile(
    rf"</?(?:[\w.-]{{1,32}}:)?(?:{WORDS})(?:[\s=][^<>\n]{{0,200}})?/?>"
    r"|<function=[^<>\n]{1,200}>"
    rf"|<\|/?[\w:.-]{{0,32}}(?:{IN_BARS})[\w:.-]{{0,32}}\|>"
    r"|\[/?(?-i:[A-Z_]{0,16}(?:THINK|THOUGHT|REASON|TOOL)[A-Z_]{0,16})\]"
    r"|◁/?\w{1,32}▷",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Mark:
    """An occurrence of a marker in a text; ``marker`` is None if it is unknown."""

    start: int
    end: int
    text: str
    marker: Marker | None
    opens: bool


@dataclass(frozen=True)
class Segment:
    """A part of a text without its markers; ``kind`` is None outside markers."""

    kind: MarkerKind | None
    text: str


def marks_in(text: str) -> Iterator[Mark]:
    """Yields all markers of a text, known or not, but no mentions in code spans and no type parameters in code."""
    for found in MARK.finditer(text):
        start, end = found.span()
        mentioned = text[start - 1 : start] == text[end : end + 1] == "`"
        mixed = found[0] not in {found[0].lower(), found[0].upper()} and not found[0].startswith("</")
        parameter = mixed and text[start - 1 : start].isalnum()
        if not mentioned and not parameter:
            marker, opens = BY_TEXT.get(found[0].lower(), (None, False))
            yield Mark(start, end, found[0], marker, opens)


def segments_of(text: str, path: Sequence[PathPart]) -> list[Segment]:
    """Splits a text at its markers; the first thought may have been opened before the start of the text.

    Args:
        path: the path of the text.

    Raises:
        UnknownMarkup: a marker is unknown, or does not match those before it.
    """
    marks = list(marks_in(text))
    opening, start, segments = opened_before(marks), 0, list[Segment]()
    for mark in marks:
        if opening is None:
            check_opening(mark, path)
            segments.append(Segment(None, text[start : mark.start]))
            opening, start = mark.marker, mark.end
        elif mark.marker is not None and mark.marker.kind is opening.kind:
            if mark.opens or mark.marker != opening:
                raise UnknownMarkup(f"{clip(mark.text)} is inside a {opening.kind.value}.", path)
            segments.append(Segment(opening.kind, text[start : mark.start]))
            opening, start = None, mark.end
    if opening is not None:
        raise UnknownMarkup(f"The {opening.kind.value} is not closed: there is no {opening.closing}.", path)
    return [*segments, Segment(None, text[start:])]


def opened_before(marks: Sequence[Mark]) -> Marker | None:
    """Returns the marker of a thought that ends in the text without an opening marker; None if there is none.

    The thought may mention other markers, but an unknown one could be its opening marker.
    """
    first = next((mark for mark in marks if not mark.marker or mark.marker.kind is MarkerKind.THOUGHT), None)
    return first.marker if first and not first.opens else None


def check_opening(mark: Mark, path: Sequence[PathPart]) -> None:
    """Refuses a mark that is not a known opening marker; raises as ``segments_of`` does."""
    if mark.marker is None:
        raise UnknownMarkup(f"The markup {clip(mark.text)} is unknown.", path)
    if not mark.opens:
        raise UnknownMarkup(f"{clip(mark.text)} closes nothing.", path)
