"""HTML for notebooks: a table that follows the notebook's own colours, light and dark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape

import msgspec

LONGEST = 2000
"""Characters of a cell that are shown."""
CELL = "text-align:left;vertical-align:top;padding:2px 12px 2px 0"


def card(title: str, rows: Sequence[tuple[str, object]]) -> str:
    """Returns a titled table of names and values."""
    body = "".join(
        f'<tr><th style="{CELL};font-weight:600;white-space:nowrap">{escape(name)}</th>'
        f'<td style="{CELL};white-space:pre-wrap">{escape(value_text(value))}</td></tr>'
        for name, value in rows
    )
    return (
        f'<div style="max-width:80ch"><div style="font-weight:600;margin-bottom:4px">{escape(title)}</div>'
        f'<table style="border-collapse:collapse;color:inherit">{body}</table></div>'
    )


class DisplayedRecord(msgspec.Struct):
    """A record that notebooks show as a table of its fields."""

    def _repr_html_(self) -> str:
        fields = {name: getattr(self, name) for name in self.__struct_fields__ if name != "id"}
        return card(type(self).__name__.removesuffix("Fields"), card_rows(fields))


def card_rows(fields: Mapping[str, object]) -> list[tuple[str, object]]:
    """Returns fields as the rows of a card, with names in words and without empty values; metrics keep their names."""
    found = {name: value for name, value in fields.items() if value is not None and value != []}
    return [(name if "/" in name else title_of(name), value) for name, value in found.items()]


def title_of(name: str) -> str:
    """Returns the name of a field in words, such as ``Model id``."""
    words = name.replace("_", " ")
    return (words[:1].upper() + words[1:]).replace("Sha256", "SHA-256").replace("sha256", "SHA-256")


def value_text(value: object) -> str:
    """Returns a value as text, cut where it is very long."""
    text = text_of(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text):,} characters)"


def text_of(value: object) -> str:
    """Returns a value as text: numbers with four digits and separators, times in UTC, lists with commas."""
    if value is None or isinstance(value, bool | str):
        return "" if value is None else str(value)
    if isinstance(value, float) and not value.is_integer():
        return f"{value:.4g}"
    if isinstance(value, int | float):
        return f"{value:,.0f}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S %Z}"
    return ", ".join(map(text_of, value)) if isinstance(value, list | tuple) else str(value)
