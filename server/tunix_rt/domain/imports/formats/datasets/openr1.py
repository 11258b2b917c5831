"""OpenR1-Math: a problem with several generations of a model, and for each the verdicts of two graders."""

from __future__ import annotations

from typing import Any

from tunix_rt.domain.imports.formats.base import ImportFormat, ParsedRecord, list_of, object_of, shape
from tunix_rt.domain.imports.reading.samples import SampledAnswer, sampled_traces, score_of
from tunix_rt.domain.scores.draft import GivenScore
from tunix_rt.errors import BadUserInput

SCORERS = ("correctness_math_verify", "correctness_llama")
PARTS = {"finish_reasons": "finish_reason", "is_reasoning_complete": "is_reasoning_complete"}
"""Lists with a value for each generation, and the metadata keys for the values."""
READ = ("problem", "generations", "messages", *SCORERS, *PARTS)


def parse(line: Any, number: int) -> tuple[ParsedRecord, ...]:
    """Returns a trace for each generation, with the verdicts on it as scores.

    Raises:
        UnknownMarkup: a generation has unknown markup.
        BadUserInput: a field is missing or malformed; the path names it.
    """
    fields = object_of(line)
    generations = list_of(fields, "generations")
    columns = {name: values_of_generations(fields, name, len(generations)) for name in (*SCORERS, *PARTS)}
    answers = [
        SampledAnswer(
            str(position),
            text,
            ("generations", position),
            tuple(score for name in SCORERS for score in verdict(columns, name, position)),
            {key: values[position] for name, key in PARTS.items() if (values := columns[name]) is not None},
        )
        for position, text in enumerate(generations)
    ]
    return sampled_traces({"source": "openr1"} | fields, READ, fields.get("problem"), answers, number, ("problem",))


def values_of_generations(fields: dict[str, Any], name: str, count: int) -> list[Any] | None:
    """Returns a list with a value for each generation; None if the row has none.

    Raises:
        BadUserInput: it is not a list, or has another length.
    """
    if fields.get(name) is None:
        return None
    values = list_of(fields, name)
    if len(values) != count:
        raise BadUserInput(f"{name} must have {count} values, one for each generation; it has {len(values)}.", [name])
    return values


def verdict(columns: dict[str, list[Any] | None], name: str, position: int) -> tuple[GivenScore, ...]:
    """Returns a grader's verdict on a generation as a score; none if it gave none."""
    values = columns[name]
    return () if values is None else score_of(name, values[position], (name, position))


IMPORT_FORMAT = ImportFormat(
    "openr1",
    "OpenR1-Math rows: problem, generations and their correctness; a trace for each generation.",
    parse,
    (shape("problem", "generations"),),
)
