"""Validation of a trace: a typed decode for valid ones, and every error of the others by its path."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

import msgspec

from tunix_rt.domain.scores.draft import GivenScore, scores_errors
from tunix_rt.domain.text import ERRORS_MAX, INT64, clip, json_errors, text_error
from tunix_rt.domain.traces.given_origins import FIELD, GivenOrigin
from tunix_rt.domain.traces.trace import (
    ANSWER_MAX_CHARS,
    EXTERNAL_ID_MAX_CHARS,
    GROUP_MAX_CHARS,
    META_KEY,
    PROMPT_MAX_CHARS,
    REFERENCE_MAX_CHARS,
    SOURCE_MAX_CHARS,
    STEP_CONTENT_MAX_CHARS,
    STEP_INDEX_MAX,
    STEP_TYPE_MAX_CHARS,
    STEPS_MAX,
    VERSION_MAX_CHARS,
    TraceDraft,
    TracePayload,
    encode,
)
from tunix_rt.errors import BadUserInput, PathPart, TunixRtError, ValidationErrors
from tunix_rt.suggestions import did_you_mean

TEXT_LIMITS = {
    "trace_version": VERSION_MAX_CHARS,
    "prompt": PROMPT_MAX_CHARS,
    "final_answer": ANSWER_MAX_CHARS,
}
KNOWN_LIMITS = {
    "external_id": EXTERNAL_ID_MAX_CHARS,
    "reference_answer": REFERENCE_MAX_CHARS,
    "group": GROUP_MAX_CHARS,
}


def validate_trace(
    value: Mapping[str, Any],
    max_bytes: int,
    external_id: str | None = None,
    scores: tuple[GivenScore, ...] = (),
    reference_answer: str | None = None,
    group: str | None = None,
    origin: GivenOrigin | None = None,
) -> TraceDraft:
    """Validates a decoded trace and returns its draft.

    Args:
        value: the decoded JSON or GraphQL value.
        max_bytes: the maximum size of the canonical JSON, in bytes.
        external_id: the trace's id in its source, 1 to 256 code points.
        scores: the scores to store with it.
        reference_answer: the known correct answer, 1 to 50,000 code points.
        group: the group of the trace, 1 to 256 code points; None for the group of its prompt.
        origin: the external run that has produced it.

    Raises:
        ValidationErrors: the first errors of the trace, each with its path, its limit and the actual size; see
            ``first_errors``.
    """
    try:
        payload = msgspec.convert(value, TracePayload)
        canonical = encode(payload)
        clean = (
            b"\\u0000" not in canonical
            and is_plain(payload)
            and all(text is None or is_short(text) for text in (external_id, reference_answer, group))
            and len(canonical) <= max_bytes
        )
    except (msgspec.ValidationError, UnicodeEncodeError, OverflowError, ValueError, RecursionError, TypeError):
        clean = False
    if not clean:
        errors = first_errors(chain(trace_errors(value), known_errors(external_id, reference_answer, group)))
        if errors:
            raise ValidationErrors(errors)
        canonical = encode(payload := msgspec.convert(value, TracePayload))
        if len(canonical) > max_bytes:
            raise ValidationErrors(
                [BadUserInput(f"The trace must have at most {max_bytes} bytes as JSON; it has {len(canonical)}.")]
            )
    if scores and (score_errors := [*scores_errors(scores, {step.i for step in payload.steps})]):
        raise ValidationErrors(score_errors)
    if origin and (origin_errors := [*origin.errors()]):
        raise ValidationErrors(origin_errors)
    return TraceDraft(payload, canonical, external_id, scores, reference_answer, group, origin)


def first_errors(errors: Iterable[TunixRtError]) -> list[TunixRtError]:
    """Returns the first ``ERRORS_MAX`` errors; if there are more, ends with an error that states this."""
    found = list(islice(errors, ERRORS_MAX + 1))
    if len(found) > ERRORS_MAX:
        found[ERRORS_MAX] = BadUserInput(f"There are more than {ERRORS_MAX} errors; fix these first.")
    return found


def is_plain(payload: TracePayload) -> bool:
    """Returns whether a trace from a typed decode is plain enough to be valid without the detailed checks."""
    if len({step.i for step in payload.steps}) != len(payload.steps):
        return False
    meta = payload.meta
    if meta is None:
        return True
    return has_valid_source(meta) and (all(map(is_scalar, meta.values())) or not any(json_errors(meta, ("meta",))))


def is_scalar(value: Any) -> bool:
    """Returns whether a decoded value is a scalar that can be stored, apart from the content of a text."""
    kind = type(value)
    return (
        kind is str
        or kind is bool
        or value is None
        or (kind is int and value in INT64)
        or (kind is float and math.isfinite(value))
    )


def is_short(text: str) -> bool:
    """Returns whether an external id, a reference answer or a group is valid without a detailed check."""
    return 1 <= len(text) <= EXTERNAL_ID_MAX_CHARS and text.isascii() and "\0" not in text


def has_valid_source(meta: Mapping[str, Any]) -> bool:
    """Returns whether the metadata's source, if it is a string, is short enough for its column."""
    value = meta.get(META_KEY)
    return not isinstance(value, str) or len(value) <= SOURCE_MAX_CHARS


def trace_errors(value: Mapping[str, Any]) -> Iterator[BadUserInput]:
    """Yields each error of a decoded trace, in the order of its fields."""
    yield from unknown_key_errors(value, {*TEXT_LIMITS, "steps", "meta"}, ())
    for name, maximum in TEXT_LIMITS.items():
        yield from text_errors(value, name, maximum, (name,))
    if value.get("steps") or "final_answer" in value:  # without both, the answer would have been the only step
        yield from step_list_errors(value)
    meta = value.get("meta")
    if meta is not None and not isinstance(meta, dict):
        yield BadUserInput(f"meta must be an object or null, {describe_type(value, 'meta')}.", ["meta"])
    elif meta is not None:
        yield from json_errors(meta, ("meta",))
        if not has_valid_source(meta):
            length = len(meta[META_KEY])
            yield BadUserInput(
                f"meta.source must have at most {SOURCE_MAX_CHARS} characters; it has {length}.", ["meta", "source"]
            )


def step_list_errors(value: Mapping[str, Any]) -> Iterator[BadUserInput]:
    """Yields each error of a trace's steps: of their number, else of each step."""
    steps = value.get("steps")
    if isinstance(steps, list) and 1 <= len(steps) <= STEPS_MAX:
        yield from steps_errors(steps)
        return
    size = f"it has {len(steps)}" if isinstance(steps, list) else describe_type(value, "steps")
    yield BadUserInput(f"steps must be a list of 1 to {STEPS_MAX} steps; {size}.", ["steps"])


def steps_errors(steps: list[Any]) -> Iterator[BadUserInput]:
    """Yields each error of a list of steps."""
    first_at: dict[int, int] = {}
    for position, step in enumerate(steps):
        path: tuple[PathPart, ...] = ("steps", position)
        if not isinstance(step, dict):
            yield BadUserInput(f"steps[{position}] must be an object.", path)
            continue
        yield from unknown_key_errors(step, {"i", "type", "content"}, path)
        yield from index_errors(step, first_at, position)
        yield from text_errors(step, "type", STEP_TYPE_MAX_CHARS, (*path, "type"))
        yield from text_errors(step, "content", STEP_CONTENT_MAX_CHARS, (*path, "content"))


def index_errors(step: Mapping[str, Any], first_at: dict[int, int], position: int) -> Iterator[BadUserInput]:
    """Yields errors of a step's index: of its type, its range and its uniqueness."""
    index, path = step.get("i"), ("steps", position, "i")
    if type(index) is not int:
        yield BadUserInput(f"A step's index must be an integer, {describe_type(step, 'i')}.", path)
    elif not 0 <= index <= STEP_INDEX_MAX:
        yield BadUserInput(f"A step's index must be between 0 and {STEP_INDEX_MAX}.", path)
    elif first_at.setdefault(index, position) != position:
        yield BadUserInput(f"A step's index must be unique; steps[{first_at[index]}] also has {index}.", path)


def text_errors(
    value: Mapping[str, Any], name: str, maximum: int, path: tuple[PathPart, ...]
) -> Iterator[BadUserInput]:
    """Yields errors of a text field: of its type, its length and its characters."""
    text, label = value.get(name), str(path[-1])
    if not isinstance(text, str):
        yield BadUserInput(
            f"{label} must be a string of 1 to {maximum} characters, {describe_type(value, name)}.", path
        )
    elif not 1 <= len(text) <= maximum:
        yield BadUserInput(f"{label} must have 1 to {maximum} characters; it has {len(text)}.", path)
    elif error := text_error(text):
        yield BadUserInput(f"{label} {error}.", path)


def known_errors(external_id: str | None, reference_answer: str | None, group: str | None) -> Iterator[BadUserInput]:
    """Yields errors of the texts that are stored beside a trace."""
    given = {"external_id": external_id, "reference_answer": reference_answer, "group": group}
    for name, text in given.items():
        if text is not None:
            yield from text_errors(given, name, KNOWN_LIMITS[name], (name,))


BESIDE = {"external_id", "reference_answer", "group", "scores", FIELD}
"""Fields of an imported line that are stored beside its trace."""


def unknown_key_errors(value: Mapping[str, Any], known: set[str], path: tuple[PathPart, ...]) -> Iterator[BadUserInput]:
    """Yields an error for each unknown key, so that a misspelt field is not lost silently."""
    for key in value:
        if key not in known:
            name = clip(key)
            similar = did_you_mean(name, (known if path else known | BESIDE) - value.keys())
            hint = f".{similar}" if similar else "; put custom values in meta."
            yield BadUserInput(f"There is no field {name!r}{hint}", (*path, name))


def describe_type(value: Mapping[str, Any], name: str) -> str:
    """Returns a description of a wrong value's type, without its content."""
    if name not in value:
        return "it is missing"
    return f"it is {json_type(value[name])}"


def json_type(value: Any) -> str:
    """Returns the name of a value's JSON type; of its Python type if it has none."""
    kinds = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "a list", dict: "an object"}
    return "null" if value is None else kinds.get(type(value), type(value).__name__)
