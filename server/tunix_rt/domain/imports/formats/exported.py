"""Parsing shared by exported records: metadata, and the numbered reasoning of a response.

A record exported for a round trip has a ``RoundTrip`` with the fields that its format omits, which restores the
original trace. Without one, a step's index is its position and its type ``reasoning_text``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import count
from typing import Any

from msgspec import UNSET

from tunix_rt.domain.exports.formats.base import EXTERNAL_ID
from tunix_rt.domain.exports.formats.round_trip import KEY, RoundTrip, read_round_trip
from tunix_rt.domain.imports.formats.base import ParsedRecord, object_of, reasoning_steps
from tunix_rt.domain.reasoning_templates import TemplateText, reasoning_template
from tunix_rt.domain.traces.trace import ANSWER_STEP, steps_or_answer
from tunix_rt.errors import BadUserInput, PathPart

Solution = tuple[list[str], str]
"""The content of each step, and the answer."""

ROUND_TRIP_PATH = ("metadata", KEY)
FIRST = "Reasoning:\n1. "
LAST = "\nAnswer: "
ANSWER_ALONE = LAST.lstrip()
"""The beginning of an answer without reasoning. In a text of several paragraphs it may be any author's word."""
NO_STEPS = (ANSWER_ALONE, f"Reasoning:\n{LAST}")
"""The beginnings of an answer without reasoning; earlier versions wrote the second."""


def metadata_of(fields: dict[str, Any]) -> tuple[dict[str, Any], RoundTrip | None]:
    """Returns a record's metadata, and the ``RoundTrip`` in them.

    Raises:
        BadUserInput: the metadata are not an object, or the ``RoundTrip`` is damaged.
    """
    value = fields.get("metadata")
    metadata = {} if value is None else object_of(value, ["metadata"], "metadata")
    return metadata, read_round_trip(metadata)


def trace_of(
    metadata: dict[str, Any], round_trip: RoundTrip | None, reserved: Collection[str], prompt: str, solution: Solution
) -> ParsedRecord:
    """Returns the trace of an exported record.

    Args:
        reserved: the metadata keys that are not the trace's own.

    Raises:
        BadUserInput: the ``RoundTrip`` does not match the steps, or the metadata's ``trace_version`` is not a string.
    """
    contents, answer = solution
    external_id: str | None = None
    reference, group = None, None
    version = metadata.get("trace_version", "1.0")
    if not isinstance(version, str):
        raise BadUserInput("trace_version must be a string.", ["metadata", "trace_version"])
    if isinstance(metadata.get(EXTERNAL_ID), str):
        external_id = metadata[EXTERNAL_ID] or None
    own = {key: value for key, value in metadata.items() if key not in reserved}
    steps, meta = reasoning_steps(contents), own or None
    if round_trip is not None:
        del own[KEY]
        steps = restore_steps(round_trip, contents, answer)
        meta = own if round_trip.meta is UNSET else round_trip.meta
        external_id, reference, group = round_trip.external_id, round_trip.reference_answer, round_trip.group
    steps = steps_or_answer(steps, answer)
    trace = {"trace_version": version, "prompt": prompt, "final_answer": answer, "steps": steps, "meta": meta}
    return ParsedRecord(trace, external_id, (), reference, group)


def restore_steps(round_trip: RoundTrip, contents: Sequence[str], final_answer: str) -> list[dict[str, Any]]:
    """Returns the steps with the indexes and types of a ``RoundTrip``."""
    if (alone := round_trip.answer_step) is not None:
        content = final_answer if alone.content is None else alone.content
        return [{"i": alone.i, "type": ANSWER_STEP, "content": content}]
    if [step.chars for step in round_trip.steps] != [len(content) for content in contents]:
        raise mismatch("steps")
    return [
        {"i": step.i, "type": step.type, "content": content}
        for step, content in zip(round_trip.steps, contents, strict=True)
    ]


def mismatch(field: str) -> BadUserInput:
    """Returns the error of a record that was changed after its ``RoundTrip`` was written."""
    return BadUserInput(f"metadata.{KEY} does not match the record: its {field} are others.", [*ROUND_TRIP_PATH, field])


def prompt_in(text: str, round_trip: RoundTrip | None) -> str:
    """Returns the prompt in the user's text; without a ``RoundTrip``, a system instruction stays part of it."""
    if round_trip is None:
        return text
    start = len(text) - round_trip.prompt_chars
    if start and (start < 0 or not text[:start].endswith("\n\n")):
        raise mismatch("prompt_chars")
    return text[start:]


def parse_exported_solution(
    text: str, round_trip: RoundTrip | None, path: Sequence[PathPart], answer: str | None = None
) -> Solution:
    """Returns the steps and the answer of a response with numbered reasoning.

    Args:
        answer: the answer if it is known; None for the text after the last ``Answer:``.

    Raises:
        BadUserInput: the text is not such a response.
    """
    solution = parse_by_numbers(text, answer) if round_trip is None else parse_by_lengths(text, round_trip)
    if solution is None:
        name = ".".join(map(str, path))
        raise BadUserInput(
            f"{name} must be numbered reasoning and an answer: {FIRST!r}, then each step on a line, then {LAST!r}.",
            path,
        )
    return solution


def parse_by_lengths(text: str, round_trip: RoundTrip) -> Solution:
    """Returns the steps and the answer of a response by the steps' lengths in a ``RoundTrip``."""
    template = template_of(round_trip)
    if not round_trip.steps:
        return [], answer_alone(text, template)
    contents: list[str] = []
    position = len(template.opening)
    for number, step in enumerate(round_trip.steps, 1):
        position += len(template.layout.separator) if contents else 0
        position += len(template.layout.prefix(number))
        contents.append(text[position : position + step.chars])
        position += step.chars
    answer = text[position + len(template.middle) : len(text) - len(template.closing)]
    if text != template.render(contents, answer):
        raise mismatch("steps")
    return contents, answer


def answer_alone(text: str, template: TemplateText) -> str:
    """Returns the answer of a response without reasoning, with or without the text around the steps.

    Raises:
        BadUserInput: the template does not write such a response.
    """
    for lead in (template.lead([]), template.frame([])):
        answer = text[len(lead) : len(text) - len(template.closing)]
        if text == f"{lead}{answer}{template.closing}":
            return answer
    raise mismatch("steps")


def template_of(round_trip: RoundTrip) -> TemplateText:
    """Returns the template of a ``RoundTrip``.

    Raises:
        BadUserInput: it is none.
    """
    try:
        return reasoning_template(round_trip.template)
    except BadUserInput as error:
        raise BadUserInput(f"metadata.{KEY} is damaged: {error.message}", [*ROUND_TRIP_PATH, "template"]) from None


def parse_by_numbers(text: str, answer: str | None = None) -> Solution | None:
    """Returns the steps and the answer of a response by the steps' numbers; None if it has none.

    A step with the next number at the beginning of one of its lines is split there. The joined parts equal the text in
    any case.
    """
    for beginning in NO_STEPS:
        if text.startswith(beginning) and (beginning != ANSWER_ALONE or "\n\n" not in text):
            return [], text[len(beginning) :]
    if not text.startswith(FIRST):
        return None
    rest = text[len(FIRST) :]
    end = rest.rfind(LAST) if answer is None else len(rest.removesuffix(LAST + answer))
    after = rest[end + len(LAST) :]
    return (split_steps(rest[:end]), after) if end > 0 and after else None


def split_steps(body: str) -> list[str]:
    """Returns the contents of steps numbered from 1, in a text that begins after the first number; none is empty."""
    contents, start = [], 0
    for number in count(2):
        mark = f"\n{number}. "
        end = body.find(mark, start + 1)
        if end < 0 or end + len(mark) == len(body):
            break
        contents.append(body[start:end])
        start = end + len(mark)
    return [*contents, body[start:]]
