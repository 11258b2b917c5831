"""Samples that lm-evaluation-harness logs for tasks in which a model generates text (``--log_samples``)."""

from __future__ import annotations

from typing import Any

from tunix_rt.domain.answers.absent import NO_ANSWER
from tunix_rt.domain.imports.formats.base import ImportFormat, ParsedRecord, list_of, object_of, shape
from tunix_rt.domain.imports.reading.samples import SampledAnswer, sampled_traces, score_of
from tunix_rt.domain.scores.draft import GivenScore
from tunix_rt.domain.text import decode_json
from tunix_rt.errors import BadUserInput, PathPart

READ = ("doc_id", "arguments", "resps", "filtered_resps", "filter", "metrics", "prompt_hash", "target_hash", "doc_hash")


def parse(line: Any, number: int) -> tuple[ParsedRecord, ...]:
    """Returns a trace for each response to a request; metrics are scores, named as ``METRIC,FILTER``.

    The metrics of several responses belong to a filter's result from them, so that none of the responses has
    them as a score.

    Raises:
        UnknownMarkup: a response has unknown markup.
        BadUserInput: a field is missing or malformed, or the model was asked for likelihoods.
    """
    fields = object_of(line)
    metrics = metrics_in(fields)
    responses = responses_in(fields)
    scores = tuple(score for name in metrics for score in metric_score(fields, name)) if len(responses) == 1 else ()
    prompt, path = prompt_in(fields.get("arguments"))
    answers = [
        SampledAnswer(str(position), text if text.strip() else NO_ANSWER, at, scores)
        for position, (text, at) in enumerate(responses)
    ]
    rest = {name: value for name, value in fields.items() if name not in (*READ, *metrics)}
    named = {"source": "lm_eval", "id": str(fields.get("doc_id", number))} | rest
    return sampled_traces(named, (), prompt, answers, number, path)


def metrics_in(fields: dict[str, Any]) -> list[str]:
    """Returns the names of a sample's metrics."""
    metrics = fields.get("metrics") or []
    return [name for name in metrics if isinstance(name, str)] if isinstance(metrics, list) else []


def metric_score(fields: dict[str, Any], name: str) -> tuple[GivenScore, ...]:
    """Returns a metric as a score; none if it is not a number, as those that are computed over all samples."""
    value, filter_ = fields.get(name), fields.get("filter")
    if not isinstance(value, bool | int | float):
        return ()
    return score_of(f"{name},{filter_}" if isinstance(filter_, str) else name, value, (name,))


def prompt_in(arguments: Any) -> tuple[Any, tuple[PathPart, ...]]:
    """Returns the prompt of the first request, a string or a list of messages, with its path."""
    if isinstance(arguments, dict) and isinstance(request := arguments.get("gen_args_0"), dict):
        return messages_or_text(request.get("arg_0")), ("arguments", "gen_args_0", "arg_0")
    if isinstance(arguments, list) and arguments and isinstance(arguments[0], list) and arguments[0]:
        return messages_or_text(arguments[0][0]), ("arguments", 0, 0)
    raise BadUserInput("arguments must have the prompt of a request.", ["arguments"])


def messages_or_text(prompt: Any) -> Any:
    """Returns the messages of a prompt to a chat API, which is logged as a list with their JSON text."""
    if not isinstance(prompt, list) or len(prompt) != 1 or not isinstance(prompt[0], str):
        return prompt
    try:
        return decode_json(prompt[0])
    except BadUserInput:
        return prompt


def responses_in(fields: dict[str, Any]) -> list[tuple[str, tuple[PathPart, ...]]]:
    """Returns the responses to the request, each with its path.

    Raises:
        BadUserInput: they are not strings.
    """
    (request, *_) = list_of(fields, "resps") or [[]]
    found = request if isinstance(request, list) else [request]
    for position, text in enumerate(found):
        if not isinstance(text, str):
            raise BadUserInput("A response must be a string; likelihoods cannot be imported.", ["resps", 0, position])
    return [(text, ("resps", 0, position)) for position, text in enumerate(found)]


IMPORT_FORMAT = ImportFormat(
    "lm_eval",
    "Samples logged by lm-evaluation-harness; metrics become scores.",
    parse,
    (shape("doc_id", "resps", "arguments"),),
    nan_is_null=True,
)
