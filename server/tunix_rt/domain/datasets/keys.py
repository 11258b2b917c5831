"""Dataset keys: name and version joined, safe in a URL and as a file name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from tunix_rt.domain.text import path_text, text_errors
from tunix_rt.errors import BadUserInput, PathPart

NAME_MAX_CHARS = 128
VERSION_MAX_CHARS = 64
ODD = re.compile(r"[^\w \-./]|\.\.|^\.")


def dataset_key(name: str, version: str) -> str:
    """Returns the key of a dataset: name and version with ``_`` for spaces and slashes, joined by a dash.

    The rule is the original application's (section 3.3 of its behaviour). Expects a valid name and version.
    """
    return f"{sanitize(name)}-{sanitize(version)}"


def sanitize(text: str) -> str:
    """Returns a name or version as part of a key."""
    return text.replace(" ", "_").replace("/", "_")


def naming_errors(text: str, maximum: int, path: Sequence[PathPart]) -> Iterator[BadUserInput]:
    """Yields an error if a text cannot be part of a key: it is empty or too long, or has characters other than
    letters, digits, spaces and ``_-./``.
    """
    field = path_text(path)
    if errors := [*text_errors(text, 1, maximum, path)]:
        yield from errors
    elif odd := ODD.search(text):
        yield BadUserInput(
            f"{field} may have letters, digits, spaces and the characters _ - . / only, and no dots in a row or at the "
            f"start; it has {odd[0]!r} at position {odd.start()}.",
            path,
        )
    elif not any(map(str.isalnum, text)):
        yield BadUserInput(f"{field} must have a letter or a digit.", path)
    elif not unicodedata.is_normalized("NFC", text):
        yield BadUserInput(f"{field} must be in Unicode's composed form (NFC): equal keys must look equal.", path)
