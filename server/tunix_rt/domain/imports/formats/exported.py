"""What exported records have in common: metadata, and the numbered reasoning of a response.

A record that was exported for a round trip has a note of what its format has no place for, and gives back the trace
that it was made from. Without a note, a step's index is its place and its type ``reasoning_text``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import count
from typing import Any

from msgspec import UNSET

from tunix_rt.domain.exports.formats.round_trip import KEY, RoundTrip, read_round_trip
from tunix_rt.domain.exports.formats.turns import ANSWER, REASONING, reasoning_text
from tunix_rt.domain.imports.formats.base import ParsedRecord, object_of, reasoning_steps
from tunix_rt.errors import BadUserInput, PathPart

Solution = tuple[list[str], str]
"""What each step says, and the answer."""

ROUND_TRIP_PATH = ("metadata", KEY)
FIRST = f"{REASONING}1. "
LAST = f"\n{ANSWER}"


def metadata_of(fields: dict[str, Any]) -> tuple[dict[str, Any], RoundTrip | None]:
    """Returns a record's metadata, and the note in them.

    Raises:
        BadUserInput: the metadata are no object, or the note is damaged.
    """
    value = fields.get("metadata")
    metadata = {} if value is None else object_of(value, ["metadata"], "metadata")
    return metadata, read_round_trip(metadata)


def trace_of(
    metadata: dict[str, Any], round_trip: RoundTrip | None, reserved: Collection[str], prompt: str, solution: Solution
) -> ParsedRecord:
    """Returns the trace that a record was made from.

    Args:
        reserved: the keys of the metadata that are not the trace's own.

    Raises:
        BadUserInput: the note does not speak of these steps, or the metadata's ``trace_version`` is no text.
    """
    contents, answer = solution
    version = metadata.get("trace_version", "1.0")
    if not isinstance(version, str):
        raise BadUserInput("trace_version must be a string.", ["metadata", "trace_version"])
    own = {key: value for key, value in metadata.items() if key not in reserved}
    steps, meta, external_id = reasoning_steps(contents), own or None, None
    if round_trip is not None:
        del own[KEY]
        steps = restore_steps(round_trip, contents)
        meta = own if round_trip.meta is UNSET else round_trip.meta
        external_id = round_trip.external_id
    trace = {"trace_version": version, "prompt": prompt, "final_answer": answer, "steps": steps, "meta": meta}
    return ParsedRecord(trace, external_id)


def restore_steps(round_trip: RoundTrip, contents: Sequence[str]) -> list[dict[str, Any]]:
    """Returns the steps with the indexes and types that a note gives them."""
    if [step.chars for step in round_trip.steps] != [len(content) for content in contents]:
        raise mismatch("steps")
    return [
        {"i": step.i, "type": step.type, "content": content}
        for step, content in zip(round_trip.steps, contents, strict=True)
    ]


def mismatch(field: str) -> BadUserInput:
    """Returns the error that a record was changed after its note was written."""
    return BadUserInput(f"metadata.{KEY} does not match the record: its {field} are others.", [*ROUND_TRIP_PATH, field])


def prompt_in(text: str, round_trip: RoundTrip | None) -> str:
    """Returns the prompt in what the user says; without a note, an instruction that stands before it is a part of
    it.
    """
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
        answer: the answer where it is known; otherwise it is what follows the last ``Answer:``.

    Raises:
        BadUserInput: if it is no such response.
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
    """Returns the parts of a response whose steps have the lengths that a note gives."""
    contents, position = [], len(REASONING)
    for number, step in enumerate(round_trip.steps, 1):
        position += len(f"{number}. ")
        contents.append(text[position : position + step.chars])
        position += step.chars + 1
    answer = text[position + len(ANSWER) :]
    if text != reasoning_text(contents, answer):
        raise mismatch("steps")
    return contents, answer


def parse_by_numbers(text: str, answer: str | None = None) -> Solution | None:
    """Returns the parts of a response by the numbers of its steps; None if it has none.

    A step that has the next number at the beginning of one of its lines is parted there. The parts put together again
    are the same text in any case.
    """
    if not text.startswith(FIRST):
        return None
    rest = text[len(FIRST) :]
    end = rest.rfind(LAST) if answer is None else len(rest.removesuffix(LAST + answer))
    after = rest[end + len(LAST) :]
    return (split_steps(rest[:end]), after) if end > 0 and after else None


def split_steps(body: str) -> list[str]:
    """Returns the contents of steps numbered from 1, the first without its number; none is empty."""
    contents, start = [], 0
    for number in count(2):
        mark = f"\n{number}. "
        end = body.find(mark, start + 1)
        if end < 0 or end + len(mark) == len(body):
            break
        contents.append(body[start:end])
        start = end + len(mark)
    return [*contents, body[start:]]
