"""Dataset keys: a name and a version as one text that is safe in a URL and as a file's name."""

from __future__ import annotations

import re
import unicodedata

from tunix_rt.domain.text import require_text
from tunix_rt.errors import BadUserInput

NAME_MAX_CHARS = 128
VERSION_MAX_CHARS = 64
KEY_MAX_CHARS = NAME_MAX_CHARS + 1 + VERSION_MAX_CHARS
ODD = re.compile(r"[^\w \-./]|\.\.|^\.")


def dataset_key(name: str, version: str) -> str:
    """The key of a dataset: name and version with ``_`` for spaces and slashes, joined by a dash.

    The original application's rule (section 3.3 of its behaviour), without the characters that escaped it.

    Raises:
        BadUserInput: for a part that is too long, empty, or holds anything but letters, digits and `` _-./``.
    """
    return f"{sanitised(name, 'name', NAME_MAX_CHARS)}-{sanitised(version, 'version', VERSION_MAX_CHARS)}"


def sanitised(text: str, field: str, most: int) -> str:
    """One part of a key; raises as ``dataset_key`` does."""
    require_text(text, 1, most, [field])
    if odd := ODD.search(text):
        raise BadUserInput(
            f"{field} may have letters, digits, spaces and the signs _ - . / only, and no dots in a row or at the "
            f"start; it has {odd[0]!r} at position {odd.start()}.",
            [field],
        )
    if not unicodedata.is_normalized("NFC", text):
        raise BadUserInput(f"{field} must be in Unicode's composed form (NFC): equal keys must look equal.", [field])
    return text.replace(" ", "_").replace("/", "_")
