"""Completions that TRL's trainers log: a row for each completion, with its rewards."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tunix_rt.domain.imports.formats.base import ImportFormat, ParsedRecord, object_of, shape
from tunix_rt.domain.imports.formats.foreign import IDS, REFERENCES, finish_each
from tunix_rt.domain.imports.reading.completions import completion_trace
from tunix_rt.domain.imports.reading.samples import score_of

NO_REWARDS = ("step", "advantage", *IDS, *REFERENCES)
"""Columns whose numbers are no rewards."""


def parse(line: Any, number: int) -> ParsedRecord:
    """Returns the trace of a completion; its rewards are scores by the names of their functions.

    Raises:
        UnknownMarkup: the completion has unknown markup.
        BadUserInput: a field is missing or malformed; the path names it.
    """
    fields = object_of(line)
    rewards = [
        name for name, value in fields.items() if name not in NO_REWARDS and isinstance(value, bool | int | float)
    ]
    scores = tuple(score for name in rewards for score in score_of(name, fields[name], (name,)))
    prompt, completion, read = fields.get("prompt"), fields.get("completion"), ("prompt", "completion", *rewards)
    rest = {"source": "trl"} | fields
    return finish_each(
        lambda: completion_trace(rest, read, prompt, completion, ("completion",)),
        lambda parsed: replace(parsed, external_id=parsed.external_id or str(number), scores=scores),
    )


IMPORT_FORMAT = ImportFormat(
    "trl_completions",
    "Completions logged by TRL: step, prompt, completion, rewards and advantage.",
    parse,
    (shape("step", "prompt", "completion"), shape("prompt", "completion", "advantage")),
)
