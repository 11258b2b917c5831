"""The native format: one trace a line, as the API gives it, with an optional ``external_id``."""

from __future__ import annotations

from typing import Any

from tunix_rt.domain.formats.base import Format, Parsed
from tunix_rt.errors import BadUserInput


def parse(line: Any, _: int) -> Parsed:
    """A line as it stands.

    Raises:
        BadUserInput: if it is not an object, or its ``external_id`` not a text.
    """
    if not isinstance(line, dict):
        raise BadUserInput("A line must be a JSON object.")
    external_id = line.pop("external_id", None)
    if external_id is not None and not isinstance(external_id, str):
        raise BadUserInput("external_id must be a text.", ["external_id"])
    return Parsed(line, external_id)


FORMAT = Format("jsonl", "Native traces: trace_version, prompt, final_answer, steps [{i, type, content}], meta.", parse)
