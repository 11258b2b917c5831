"""HTML for notebooks: a table that follows the notebook's own colours, light and dark."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape

import msgspec

LONGEST = 2000
"""Characters of a cell that are shown."""
CELL = "text-align:left;vertical-align:top;padding:2px 12px 2px 0"


def card(title: str, rows: Sequence[tuple[str, object]]) -> str:
    """Returns a table of names and values."""
    body = "".join(
        f'<tr><th style="{CELL};font-weight:600;white-space:nowrap">{escape(name)}</th>'
        f'<td style="{CELL};white-space:pre-wrap">{escape(value_text(value))}</td></tr>'
        for name, value in rows
    )
    return (
        f'<div style="max-width:80ch"><div style="font-weight:600;margin-bottom:4px">{escape(title)}</div>'
        f'<table style="border-collapse:collapse;color:inherit">{body}</table></div>'
    )


def grid(title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Returns a table with a header; the first cell of each row is its name."""
    head = "".join(f'<th style="{CELL};font-weight:600">{escape(name)}</th>' for name in header)
    body = "".join(
        f'<tr><th style="{CELL};font-weight:600;white-space:nowrap">{escape(value_text(row[0]))}</th>'
        + "".join(f'<td style="{CELL};white-space:pre-wrap">{escape(value_text(value))}</td>' for value in row[1:])
        + "</tr>"
        for row in rows
    )
    return (
        f'<div style="overflow-x:auto"><div style="font-weight:600;margin-bottom:4px">{escape(title)}</div>'
        f'<table style="border-collapse:collapse;color:inherit"><tr>{head}</tr>{body}</table></div>'
    )


class DisplayedRecord(msgspec.Struct):
    """A record that notebooks show as a table of its fields."""

    def _repr_html_(self) -> str:
        return card(title_of(words_of(type(self).__name__.removesuffix("Fields"))), card_rows(fields_of(self)))


def fields_of(record: DisplayedRecord) -> dict[str, object]:
    """Returns the fields that are shown: all but the id."""
    return {name: getattr(record, name) for name in record.__struct_fields__ if name != "id"}


def card_rows(fields: Mapping[str, object]) -> list[tuple[str, object]]:
    """Returns fields as the rows of a card, with names in words and without empty values; metrics keep their names."""
    found = {name: value for name, value in fields.items() if value is not None and value != []}
    return [(name if "/" in name else title_of(name), value) for name, value in found.items()]


def words_of(name: str) -> str:
    """Returns the words of a class's name in lower case: ``group summary``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()


def title_of(name: str) -> str:
    """Returns the name of a field in words, such as ``Model id``."""
    words = name.replace("_", " ")
    return (words[:1].upper() + words[1:]).replace("Sha256", "SHA-256").replace("sha256", "SHA-256")


def value_text(value: object) -> str:
    """Returns a value as text, cut where it is very long."""
    text = text_of(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text):,} characters)"


def text_of(value: object) -> str:
    """Returns a value as text: numbers with four digits and separators, times in UTC, lists with commas.

    A record becomes its fields with their names; records of a list are separated by semicolons.
    """
    if value is None or isinstance(value, bool | str):
        return "" if value is None else str(value)
    if isinstance(value, float) and not value.is_integer():
        return f"{value:.4g}"
    if isinstance(value, int | float):
        return f"{value:,.0f}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S %Z}"
    if isinstance(value, DisplayedRecord):
        return ", ".join(f"{name.lower()} {text_of(field)}" for name, field in card_rows(fields_of(value)))
    if isinstance(value, list | tuple):
        return ("; " if any(isinstance(one, DisplayedRecord) for one in value) else ", ").join(map(text_of, value))
    return str(value)
