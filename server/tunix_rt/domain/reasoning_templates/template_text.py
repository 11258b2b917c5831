"""A template: it writes steps and an answer as a text, and reads them from one in time linear in its length."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tunix_rt.domain.reasoning_templates.step_layouts import StepLayout

BRACE = re.compile(r"[{}]")
MARKUP = "<[\\"
"""The first characters of marks that are found in the middle of a line too."""


class ParsedAnswer(NamedTuple):
    """The parts of a model's text.

    Args:
        steps: the contents of the steps; empty if the model gave no reasoning.
        final_answer: empty if the text has none.
        well_formed: whether the text is what the template writes for these parts, apart from white space.
    """

    steps: list[str]
    final_answer: str
    well_formed: bool


class AnswerMark(NamedTuple):
    """The position of the text between steps and answer."""

    start: int
    end: int
    in_place: bool


@dataclass(frozen=True)
class TemplateText:
    """A template, split at its two placeholders.

    Args:
        opening: the text before the steps.
        layout: how the steps are written.
        middle: the text between the steps and the final answer.
        closing: the text after the final answer.
    """

    opening: str
    layout: StepLayout
    middle: str
    closing: str

    def render(self, steps: Sequence[str], final_answer: str) -> str:
        """Returns the text of steps, given by their contents, and a final answer."""
        return f"{self.lead(steps)}{final_answer}{self.closing}"

    def lead(self, steps: Sequence[str]) -> str:
        """Returns the text before the final answer; without steps, a heading of theirs is left out."""
        return self.frame(steps) if steps or not self.has_heading else self.middle[1:]

    def frame(self, steps: Sequence[str]) -> str:
        """Returns the text before the final answer with everything that stands around the steps, even without any."""
        return f"{self.opening}{self.layout.join(steps)}{self.middle}"

    @property
    def has_heading(self) -> bool:
        """True if the text around the steps is at most a line above them, which means nothing without steps."""
        heading = self.opening.strip()
        is_line = not heading or (self.opening.endswith("\n") and heading[0] not in MARKUP)
        return is_line and self.middle.startswith("\n")

    def parse(self, text: str) -> ParsedAnswer:
        """Returns the steps and the final answer of a text, as far as they can be read; never raises.

        The last occurrence of the text before the answer counts, and the first of the text after it. Without the
        former, the whole text is reasoning.
        """
        alone = self.has_heading and text.lstrip().startswith(self.middle.strip())
        rest = text if alone else after_opening(text, self.opening.strip())
        mark = mark_in(rest, self.middle)
        if mark is None:
            return ParsedAnswer(self.layout.split(rest.strip()), "", False)
        steps = self.layout.split(rest[: mark.start].strip())
        answer = before_closing(rest[mark.end :], self.middle.strip(), self.closing.strip()).strip()
        same = remove_spaces(text) in {
            remove_spaces(f"{lead(steps)}{answer}{self.closing}") for lead in (self.lead, self.frame)
        }
        return ParsedAnswer(steps, answer, bool(answer) and mark.in_place and same)


def after_opening(text: str, opening: str) -> str:
    """Returns the text after the opening; the whole text if it has none."""
    _, found, rest = text.partition(opening) if opening else ("", "", "")
    return rest if found else text


def mark_in(text: str, middle: str) -> AnswerMark | None:
    """Returns the last occurrence of a template's middle; None if there is none.

    A middle that begins with a line end and a word must begin a line: ``The Answer: 4`` is not in its place.
    """
    core = re.escape(middle.strip())
    indent = middle[: len(middle) - len(middle.lstrip())]
    begins_line = "\n" in indent and middle.lstrip()[0] not in MARKUP
    if begins_line and (found := last_of(re.finditer(rf"^[ \t]*{core}", text, re.MULTILINE))):
        return AnswerMark(found.start(), found.end(), True)
    found = last_of(re.finditer(core, text))
    return AnswerMark(found.start(), found.end(), not begins_line) if found else None


def last_of(matches: Iterator[re.Match[str]]) -> re.Match[str] | None:
    """Returns the last match."""
    return next(iter(deque(matches, maxlen=1)), None)


def before_closing(text: str, middle: str, closing: str) -> str:
    """Returns the text before the closing, the whole text if it has none; a brace closes where braces balance."""
    if not closing:
        return text
    if closing[0] == "}" and middle[-1] == "{":
        return text[: balanced_end(text)]
    return text.partition(closing)[0]


def balanced_end(text: str) -> int:
    """Returns the position of the brace that closes one opened before the text; its length if there is none."""
    depth = 1
    for brace in BRACE.finditer(text):
        depth += 1 if brace.group() == "{" else -1
        if not depth:
            return brace.start()
    return len(text)


def remove_spaces(text: str) -> str:
    """Returns a text without white space."""
    return "".join(text.split())
