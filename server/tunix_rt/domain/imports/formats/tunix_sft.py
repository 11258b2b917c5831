"""Records of the export format ``TUNIX_SFT``: a question and its answer in Gemma's turns."""

from __future__ import annotations

from typing import Any

from tunix_rt.domain.exports.formats.round_trip import RoundTrip
from tunix_rt.domain.exports.formats.tunix_sft import EXPORT_FORMAT
from tunix_rt.domain.exports.formats.turns import BETWEEN, END, USER, unescape_control_tokens
from tunix_rt.domain.imports.formats.base import ImportFormat, ParsedRecord, object_of, shape, text_of
from tunix_rt.domain.imports.formats.exported import (
    metadata_of,
    parse_exported_solution,
    prompt_in,
    template_of,
    trace_of,
)
from tunix_rt.errors import BadUserInput


def parse(line: Any, _: int) -> ParsedRecord:
    """Returns the trace that was exported, with its control tokens unescaped.

    Raises:
        BadUserInput: a field is missing or malformed; the path names it.
    """
    fields = object_of(line)
    metadata, round_trip = metadata_of(fields)
    answer = text_of(fields, "final_answer")
    user, model = turns_in(text_of(fields, "prompts"), round_trip, answer)
    solution = parse_exported_solution(model, round_trip, ["prompts"], answer)
    return trace_of(metadata, round_trip, EXPORT_FORMAT.reserved, prompt_in(user, round_trip), solution)


def turns_in(text: str, round_trip: RoundTrip | None, answer: str) -> tuple[str, str]:
    """Returns the user's turn and the model's turn."""
    if not text.startswith(USER) or not text.endswith(END):
        raise BadUserInput(f"prompts must begin with {USER!r} and end with {END!r}.", ["prompts"])
    turns = text[len(USER) : -len(END)]
    kept = round_trip is not None and round_trip.kept_control_tokens
    end = (
        turns.find(BETWEEN)
        if round_trip is None or not kept
        else len(turns) - model_chars(round_trip, answer) - len(BETWEEN)
    )
    if not turns.startswith(BETWEEN, max(end, 0)):
        raise BadUserInput(f"prompts must have {BETWEEN!r} between the user's turn and the model's.", ["prompts"])
    user, model = turns[:end], turns[end + len(BETWEEN) :]
    return (user, model) if kept else (unescape_control_tokens(user), unescape_control_tokens(model))


def model_chars(round_trip: RoundTrip, answer: str) -> int:
    """Returns the length of the model's turn in code points."""
    contents = ["x" * step.chars for step in round_trip.steps]
    return len(template_of(round_trip).render(contents, answer))


IMPORT_FORMAT = ImportFormat(
    "tunix_sft",
    "Exports as TUNIX_SFT: prompts in Gemma's turns, final_answer, metadata.",
    parse,
    (shape("prompts", "final_answer", "id"),),
)
