"""s1K: questions with the thoughts and attempts of models, and the grades of the attempts."""

from __future__ import annotations

from typing import Any

from tunix_rt.domain.imports.formats.base import ImportFormat, ParsedRecord, object_of, shape, text_of
from tunix_rt.domain.imports.reading.samples import SampledAnswer, sampled_traces, score_of
from tunix_rt.domain.scores.draft import GivenScore
from tunix_rt.errors import BadUserInput

MODELS = ("deepseek", "gemini")
PARTS = ("thinking_trajectory", "attempt", "grade", "grade_reason")
GRADES = {"Yes": 1, "No": 0}
READ = (
    *("question", "solution", "thinking_trajectories", "attempt"),
    *(f"{model}_{part}" for model in MODELS for part in PARTS),
)


def parse(line: Any, number: int) -> tuple[ParsedRecord, ...]:
    """Returns a trace for each model's attempt, or for each thinking trajectory of the first version.

    Raises:
        UnknownMarkup: an attempt has unknown markup.
        BadUserInput: a field is missing or malformed; the path names it.
    """
    fields = object_of(line)
    answers = [answer_of(fields, model) for model in MODELS if fields.get(f"{model}_attempt") is not None]
    answers = answers or trajectories_of(fields)
    reference = {} if fields.get("solution") is None else {"reference_answer": text_of(fields, "solution")}
    rest = {name: value for name, value in fields.items() if name not in READ}
    named = {"source": "s1k"} | rest | reference
    return sampled_traces(named, (), fields.get("question"), answers, number, ("question",))


def answer_of(fields: dict[str, Any], model: str) -> SampledAnswer:
    """Returns a model's attempt with its grade; raises as ``parse`` does."""
    thought = fields.get(f"{model}_thinking_trajectory")
    message = {"role": "assistant", "content": fields[f"{model}_attempt"], "reasoning_content": thought}
    return SampledAnswer(model, [message], (f"{model}_attempt",), grade_of(fields, model), {"model": model})


def grade_of(fields: dict[str, Any], model: str) -> tuple[GivenScore, ...]:
    """Returns the grade of an attempt as a score; none if it has none.

    Raises:
        BadUserInput: it is neither Yes nor No.
    """
    name = f"{model}_grade"
    grade = fields.get(name)
    if grade is None:
        return ()
    if not isinstance(grade, str) or grade not in GRADES:
        raise BadUserInput(f"{name} must be Yes or No.", [name])
    return score_of(name, GRADES[grade], (name,))


def trajectories_of(fields: dict[str, Any]) -> list[SampledAnswer]:
    """Returns the thinking trajectories of the first version, with the attempt that follows each of them."""
    thoughts = fields.get("thinking_trajectories")
    attempt = fields.get("attempt") if isinstance(fields.get("attempt"), str) else fields.get("solution")
    return [
        SampledAnswer(
            str(position),
            [{"role": "assistant", "content": attempt, "reasoning_content": thought}],
            ("thinking_trajectories", position),
        )
        for position, thought in enumerate(thoughts if isinstance(thoughts, list) else [])
    ]


IMPORT_FORMAT = ImportFormat(
    "s1k",
    "s1K and s1K-1.1 rows: question, solution, thoughts and attempts; grades become scores.",
    parse,
    (
        shape("question", "solution", "thinking_trajectories"),
        shape("question", "solution", "deepseek_thinking_trajectory", "deepseek_attempt"),
    ),
)
