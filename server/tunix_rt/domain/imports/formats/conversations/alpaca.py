"""Instructions in the format of Stanford Alpaca: ``instruction``, an optional ``input``, and ``output``."""

from __future__ import annotations

from typing import Any

from tunix_rt.domain.imports.formats.base import ImportFormat, ParsedRecord, object_of, shape, text_of
from tunix_rt.domain.imports.reading.completions import completion_trace

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
    return completion_trace(fields, READ, prompt, output, ("output",))


IMPORT_FORMAT = ImportFormat(
    "alpaca",
    "Alpaca rows: instruction, input and output.",
    parse,
    (shape("instruction", "output"),),
)
