"""Logs of Inspect as JSON: a whole log with its samples, or one sample."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from msgspec import structs

from tunix_rt.domain.imports.formats.base import (
    ImportFormat,
    ParsedRecord,
    PartlyInvalid,
    UnknownMarkup,
    as_records,
    list_of,
    object_of,
    shape,
)
from tunix_rt.domain.imports.formats.foreign import finish_each
from tunix_rt.domain.imports.reading.completions import as_messages
from tunix_rt.domain.imports.reading.conversations import conversation_trace
from tunix_rt.domain.imports.reading.messages import ASSISTANT, THOUGHT_PART, TOOL, USER, Message, message_of
from tunix_rt.domain.imports.reading.samples import score_of
from tunix_rt.domain.scores.draft import GivenScore
from tunix_rt.errors import BadUserInput, PathPart, TunixRtError, errors_of, within

GRADES = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0, "yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}
"""The values of correct, partially correct, incorrect and unanswered samples, and of Inspect's words for a truth."""
TOOL_USE, INTERNAL = "tool_use", "data"
"""The types of parts of a message: the use of a provider's tool, and what only the provider reads."""
KEPT = ("task", "task_version", "model", "run_id")
Path = tuple[PathPart, ...]


def parse(line: Any, number: int) -> tuple[ParsedRecord, ...]:
    """Returns the traces of a log's samples, or of one sample, with their scores.

    Raises:
        UnknownMarkup: a message of the one sample has unknown markup; carries its trace with the unparsed texts.
        PartlyInvalid: samples of a log have unknown markup, or are invalid, such as those that ended by an error.
        BadUserInput: a field is missing or malformed; the path names it.
    """
    fields = object_of(line)
    if "samples" not in fields:
        return (sample_trace(fields, (), {}, number),)
    about = object_of(fields.get("eval") or {}, ["eval"], "eval")
    meta = {name: about[name] for name in KEPT if about.get(name) is not None}
    errors: list[TunixRtError] = []
    valid: list[ParsedRecord] = []
    whole: list[ParsedRecord] = []
    for position, value in enumerate(list_of(fields, "samples")):
        path: Path = ("samples", position)
        try:
            found = sample_trace(object_of(value, path, "A sample"), path, meta, position)
        except UnknownMarkup as error:
            errors.append(error)
            whole += as_records(error.whole or ())
        except BadUserInput as error:
            errors += errors_of(error if tuple(error.path[:2]) == path else within(path, error))
        else:
            valid.append(found)
            whole.append(found)
    if errors:
        raise PartlyInvalid(errors, tuple(valid), tuple(whole))
    return tuple(valid)


def sample_trace(sample: dict[str, Any], path: Path, meta: dict[str, Any], number: int) -> ParsedRecord:
    """Returns the trace of a sample; raises as ``parse`` does."""
    messages = messages_of(sample, path)
    scores = tuple(scores_of(sample, path))
    external_id = f"{sample.get('id', number)}/{sample.get('epoch', 1)}"
    own = sample.get("metadata")
    fields = {"source": "inspect"} | meta | {"metadata": own if isinstance(own, dict) else None, **target_of(sample)}
    return finish_each(
        lambda: conversation_trace(fields, (), messages, path),
        lambda parsed: replace(parsed, external_id=external_id, scores=scores, path=path),
    )


def messages_of(sample: dict[str, Any], path: Path) -> list[Message]:
    """Returns the messages of a sample; without a list of them, its input and the output's first choice."""
    if sample.get("messages"):
        given = enumerate(list_of(sample, "messages", path))
        return [
            message for position, value in given for message in plain_messages(value, (*path, "messages", position))
        ]
    choice = object_of(sample.get("output"), [*path, "output"], "output").get("choices")
    first = choice[0] if isinstance(choice, list) and choice else None
    message = first.get("message") if isinstance(first, dict) else None
    question = as_messages(sample.get("input"), USER[0], (*path, "input"))
    return [*question, *plain_messages(message, (*path, "output", "choices", 0))]


def plain_messages(value: Any, path: Path) -> Iterator[Message]:
    """Yields a message in the form of OpenAI's API, and those of its uses of a provider's tools before it.

    Raises:
        BadUserInput: it is not an object, or has no role.
    """
    fields = object_of(value, path, "A message")
    content, calls = fields.get("content"), fields.get("tool_calls")
    if isinstance(content, list):
        parts: list[Any] = []
        for part in content:
            if isinstance(part, dict) and part.get("type") == TOOL_USE:
                yield Message(path, ASSISTANT[0], {"content": parts, "tool_calls": [call_of(part, "name")]})
                yield Message(path, TOOL[0], {"content": part.get("error") or part.get("result")})
                parts = []
            elif not isinstance(part, dict) or part.get("type") != INTERNAL:
                parts.append(plain_part(part))
        content = parts
    if isinstance(calls, list):
        calls = [call_of(call, "function") if isinstance(call, dict) else call for call in calls]
    yield message_of({"role": fields.get("role"), "content": content, "tool_calls": calls}, path)


def plain_part(part: Any) -> Any:
    """Returns reasoning as a part ``thinking``, by its summary if it is encrypted; any other part unchanged."""
    if not isinstance(part, dict) or part.get("type") != "reasoning":
        return part
    return {"type": THOUGHT_PART, THOUGHT_PART: part.get("summary") if part.get("redacted") else part.get("reasoning")}


def call_of(call: dict[str, Any], name: str) -> dict[str, Any]:
    """Returns a call in the form of OpenAI's API.

    Args:
        name: the field that has the name of the tool.
    """
    return {"id": call.get("id"), "name": call.get(name), "arguments": call.get("arguments")}


def target_of(sample: dict[str, Any]) -> dict[str, Any]:
    """Returns the target of a sample as a field, if it has one; the only one of a list counts as a text."""
    target = sample.get("target")
    if isinstance(target, list) and len(target) == 1:
        target = target[0]
    return {"target": target} if target not in (None, "", []) else {}


def scores_of(sample: dict[str, Any], path: Path) -> Iterator[GivenScore]:
    """Yields the scores of a sample, with their explanations; one with several values yields ``SCORER/NAME`` for each.

    Raises:
        BadUserInput: a value is neither a grade nor a number.
    """
    scores = object_of(sample.get("scores") or {}, [*path, "scores"], "scores")
    for scorer, given in scores.items():
        at = (*path, "scores", scorer)
        fields = object_of(given, at, "A score")
        for name, value in values_of(scorer, fields.get("value")):
            number = GRADES.get(value, GRADES.get(value.lower(), value)) if isinstance(value, str) else value
            for score in score_of(name, number, (*at, "value")):
                yield with_rationale(score, fields.get("explanation"))


def values_of(scorer: str, value: Any) -> list[tuple[str, Any]]:
    """Returns the value of a score with its scorer, or each of several values with its name, or position, from 0."""
    if isinstance(value, dict | list):
        named = value.items() if isinstance(value, dict) else enumerate(value)
        return [(f"{scorer}/{name}", one) for name, one in named]
    return [(scorer, value)]


def with_rationale(score: GivenScore, explanation: Any) -> GivenScore:
    """Returns a score with an explanation as its rationale, if there is one."""
    is_given = isinstance(explanation, str) and explanation
    return structs.replace(score, rationale=explanation) if is_given else score


IMPORT_FORMAT = ImportFormat(
    "inspect",
    "Logs of Inspect as JSON, one log a file or one sample a line; scores are kept.",
    parse,
    (shape("eval", "samples"), shape("id", "epoch", "input", "target")),
    whole_files=True,
    nan_is_null=True,
)
