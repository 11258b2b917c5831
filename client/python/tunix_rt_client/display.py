"""HTML for notebooks: a table that follows the notebook's own colours, light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import msgspec

LONGEST = 2000
"""Characters of a cell that are shown."""
CELL = "text-align:left;vertical-align:top;padding:2px 12px 2px 0"


def card(title: str, rows: Sequence[tuple[str, object]]) -> str:
    """Returns a titled table of names and values."""
    body = "".join(
        f'<tr><th style="{CELL};font-weight:600;white-space:nowrap">{escape(name)}</th>'
        f'<td style="{CELL};white-space:pre-wrap">{escape(shown(value))}</td></tr>'
        for name, value in rows
    )
    return (
        f'<div style="max-width:80ch"><div style="font-weight:600;margin-bottom:4px">{escape(title)}</div>'
        f'<table style="border-collapse:collapse">{body}</table></div>'
    )


class DisplayedRecord(msgspec.Struct):
    """A record that notebooks show as a table of its fields."""

    def _repr_html_(self) -> str:
        names = [name for name in self.__struct_fields__ if name != "id"]
        title = type(self).__name__.removesuffix("Fields")
        return card(title, [(name.replace("_", " ").capitalize(), getattr(self, name)) for name in names])


def shown(value: object) -> str:
    """Returns a value as text, cut where it is very long."""
    text = "" if value is None else str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text):,} characters)"
