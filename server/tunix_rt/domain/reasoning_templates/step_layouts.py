"""Step layouts: how a template joins the steps of a trace to one text, and splits that text again."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count

BLANK_LINE = re.compile(r"\n\s*\n")


@dataclass(frozen=True)
class StepLayout:
    """A way to write steps one after the other.

    Args:
        placeholder: its name in the text of a template.
        separator: the text between two steps.
        split: returns the contents of joined steps, without blank ones; never raises.
        numbered: whether a step begins with its number, as ``1. ``.
    """

    placeholder: str
    separator: str
    split: Callable[[str], list[str]]
    numbered: bool = False

    def join(self, contents: Sequence[str]) -> str:
        """Returns the steps as one text."""
        if self.numbered:
            contents = [f"{number}. {content}" for number, content in enumerate(contents, 1)]
        return self.separator.join(contents)

    def prefix(self, number: int) -> str:
        """Returns the text before the content of a step, by its number from 1."""
        return f"{number}. " if self.numbered else ""


def split_lines(text: str) -> list[str]:
    """Returns the lines that are not blank."""
    return [line for line in text.split("\n") if line.strip()]


def split_paragraphs(text: str) -> list[str]:
    """Returns the parts between blank lines."""
    return [part for part in BLANK_LINE.split(text.strip("\n")) if part.strip()]


def split_numbers(text: str) -> list[str]:
    """Returns the parts that begin with the next number at the start of a line; text before the first is a part too."""
    lines, parts, start = f"\n{text}", [], 0
    for number in count(1):
        mark = f"\n{number}. "
        end = lines.find(mark, start)
        if end < 0:
            break
        parts.append(lines[start:end])
        start = end + len(mark)
    return [part.strip("\n") for part in [*parts, lines[start:]] if part.strip()]


LINES = StepLayout("{steps}", "\n", split_lines)
PARAGRAPHS = StepLayout("{paragraphs}", "\n\n", split_paragraphs)
NUMBERS = StepLayout("{numbered_steps}", "\n", split_numbers, numbered=True)
LAYOUTS = (LINES, PARAGRAPHS, NUMBERS)
