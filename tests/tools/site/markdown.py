"""Pieces of Markdown that the generated pages of the reference are made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

CODE = re.compile(r"(`+[^`]+`+)")
SPECIAL = re.compile(r"([*<_\[\]])")


def prose(text: str) -> str:
    """Returns a description as Markdown: outside of code, no character has a meaning of Markdown or HTML."""
    pieces = CODE.split(text.strip())
    return "".join(piece if place % 2 else SPECIAL.sub(r"\\\1", piece) for place, piece in enumerate(pieces))


def cell(text: str) -> str:
    """Returns Markdown as the cell of a table, which is one line."""
    return re.sub(r"\s*\n\s*", " ", text.strip()).replace("|", "\\|")


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Returns a table, or an empty text if there are no rows."""
    lines = ["| " + " | ".join(cell(value) for value in row) + " |" for row in rows]
    if not lines:
        return ""
    head = ["| " + " | ".join(titles) + " |", "| " + " | ".join("---" for _ in titles) + " |"]
    return "\n".join([*head, *lines])


def page(*parts: str) -> str:
    """Returns paragraphs, headings and tables as one page."""
    return "\n\n".join(part for part in parts if part) + "\n"
