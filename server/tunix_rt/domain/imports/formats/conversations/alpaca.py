"""Instructions in the format of Stanford Alpaca: ``instruction``, an optional ``input``, and ``output``."""

from __future__ import annotations

from typing import Any

from tunix_rt.domain.imports.formats.base import ImportFormat, ParsedRecord, object_of, shape, text_of
from tunix_rt.domain.imports.formats.exported import Solution
from tunix_rt.domain.imports.formats.foreign import UNPARSED, foreign_trace, parse_or_keep
from tunix_rt.domain.imports.reading.reasoning import parse_solution

READ = ("instruction", "input", "output")


def parse(line: Any, _: int) -> ParsedRecord:
    """Returns the trace of an instruction and its output; an input is appended to the instruction.

    Raises:
        UnknownMarkup: a part of the output has unknown markup.
        BadUserInput: a field is missing or malformed; the path names it.
    """
    fields = object_of(line)
    instruction, output = text_of(fields, "instruction"), text_of(fields, "output")
    given = text_of(fields, "input") if fields.get("input") is not None else ""
    prompt = f"{instruction}\n\n{given}" if given.strip() else instruction

    def made_of(solution: Solution, meta: dict[str, Any] | None = None) -> ParsedRecord:
        return foreign_trace(fields, READ, prompt, solution, meta)

    return parse_or_keep(
        lambda: made_of(parse_solution(output, None, ["output"])),
        lambda reason: made_of(([output], output), {UNPARSED: reason}),
    )


IMPORT_FORMAT = ImportFormat(
    "alpaca",
    "Alpaca rows: instruction, input and output.",
    parse,
    (shape("instruction", "output"),),
)
