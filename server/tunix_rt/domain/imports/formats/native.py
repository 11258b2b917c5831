"""The native format: one trace per line in the API's form, with what is stored beside it, such as scores and origin."""

from __future__ import annotations

from typing import Any

from tunix_rt.domain.imports.formats.base import ImportFormat, ParsedRecord, object_of, shape
from tunix_rt.domain.imports.reading.structs import read_structs
from tunix_rt.domain.scores.draft import GivenScore, check_kind
from tunix_rt.domain.traces.given_origins import FIELD, GivenOrigin
from tunix_rt.domain.traces.trace import steps_or_answer
from tunix_rt.errors import BadUserInput, within


def parse(line: Any, _: int) -> ParsedRecord:
    """Returns the trace of a line.

    Raises:
        BadUserInput: the line is not an object, or a field that is stored beside the trace is not a string.
    """
    fields = object_of(line)
    if steps := steps_or_answer(fields.get("steps"), fields.get("final_answer")):
        fields["steps"] = steps
    known = (text_or_none(fields, name) for name in ("external_id", "reference_answer", "group"))
    external_id, reference, group = known
    given = scores_of(fields.pop("scores", None))
    return ParsedRecord(fields, external_id, given, reference, group, origin_of(fields.pop(FIELD, None)))


def text_or_none(fields: dict[str, Any], name: str) -> str | None:
    """Takes a text out of a line, if it has one.

    Raises:
        BadUserInput: the field is not a string.
    """
    value = fields.pop(name, None)
    if not isinstance(value, str | None):
        raise BadUserInput(f"{name} must be a string.", [name])
    return value


def scores_of(given: Any) -> tuple[GivenScore, ...]:
    """Returns the scores of a line.

    Raises:
        BadUserInput: a field is missing, unknown or of the wrong type; the path names it.
    """
    if given is None:
        return ()
    scores = read_structs(given, tuple[GivenScore, ...], "scores")
    for position, score in enumerate(scores):
        try:
            check_kind(score.kind)
        except BadUserInput as error:
            raise within(("scores", position), error) from None
    return scores


def origin_of(given: Any) -> GivenOrigin | None:
    """Returns the origin of a line, if it has one; raises as ``scores_of`` does."""
    return None if given is None else read_structs(given, GivenOrigin, FIELD)


IMPORT_FORMAT = ImportFormat(
    "jsonl",
    "Native traces: trace_version, prompt, final_answer, steps [{i, type, content}], meta, reference_answer, group.",
    parse,
    (shape("prompt", "final_answer", "steps"),),
)
