"""Lines of files that imports read, and what they become."""

from __future__ import annotations

from typing import Any

from tunix_rt.domain.imports.formats import ParsedRecord, get_import_format
from tunix_rt.domain.imports.formats.base import as_records

OPENAI: dict[str, Any] = {
    "messages": [
        {"role": "user", "content": "Weather in Oslo and Rome?"},
        {
            "role": "assistant",
            "content": None,
            "reasoning_content": "Two calls.",
            "tool_calls": [
                {
                    "id": "c1",
                    "type": "function",
                    "function": {"name": "weather", "arguments": '{"city": "Oslo", "n": 1.0}'},
                },
                {"id": "c2", "type": "function", "function": {"name": "weather", "arguments": {"city": "Rome"}}},
            ],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "-3 C"},
        {"role": "tool", "tool_call_id": "c2", "content": {"celsius": 17}},
        {"role": "assistant", "content": "Cold and mild.\n\nI hope this helps!"},
    ]
}


HERMES = {
    "conversations": [
        {"from": "system", "value": "You have tools."},
        {"from": "human", "value": "2 + 2?"},
        {"from": "gpt", "value": '<think>Add.</think>I add.\n<tool_call>\n{"name": "add"}\n</tool_call>'},
        {"from": "tool", "value": "<tool_response>\n4\n</tool_response>"},
        {"from": "gpt", "value": "It is 4."},
    ]
}


HARMONY: dict[str, Any] = {
    "messages": [
        {"role": "system", "content": "Reasoning: high"},
        {"role": "developer", "content": [{"type": "text", "text": "Answer in a sentence."}]},
        {"role": "user", "content": "Weather in Oslo?"},
        {"role": "assistant", "channel": "analysis", "content": "The user asks for the weather."},
        {
            "role": "assistant",
            "channel": "commentary",
            "recipient": "functions.get_weather",
            "content": '{"city": "Oslo"}',
            "content_type": "<|constrain|>json",
        },
        {"role": "tool", "name": "functions.get_weather", "channel": "commentary", "content": "-3 C"},
        {"role": "assistant", "channel": "analysis", "content": "It is cold."},
        {"role": "assistant", "channel": "final", "content": "It is -3 °C in Oslo."},
    ]
}


HARMONY_TEXT = (
    "<|channel|>analysis<|message|>The user asks for the weather.<|end|>"
    "<|start|>assistant<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>"
    '{"city": "Oslo"}<|call|>'
    "<|start|>functions.get_weather to=assistant<|channel|>commentary<|message|>-3 C<|end|>"
    "<|start|>assistant<|channel|>analysis<|message|>It is cold.<|end|>"
    "<|start|>assistant<|channel|>final<|message|>It is -3 °C in Oslo.<|return|>"
)
"""Messages of Harmony as a model's template renders them."""


FACTOR = "I want to find the largest positive integer that divides both $20 !$ and $200,\\!000$ evenly."


def completion(text: str, rating: int | None = 1, **fields: Any) -> dict[str, Any]:
    """One completion of a step."""
    return {"text": text, "rating": rating, "flagged": None} | fields


def step(*completions: dict[str, Any], chosen: int | None = 0, human: Any = None) -> dict[str, Any]:
    """One labelled step."""
    return {"completions": list(completions), "human_completion": human, "chosen_completion": chosen}


def row(*steps: dict[str, Any], question: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """A row as PRM800K's second phase has it, a little shorter than its README's."""
    return {
        "labeler": "340d89bc-f5b7-45e9-b272-909ba68ee363",
        "timestamp": "2023-01-22T04:34:27.052924",
        "generation": 9,
        "is_quality_control_question": False,
        "is_initial_screening_question": False,
        "question": {
            "problem": "What is the greatest common factor of $20 !$ and $200,\\!000$?",
            "ground_truth_solution": "The prime factorization of $200,000$ is $2^6 \\cdot 5^5$.",
            "ground_truth_answer": "40,\\!000",
            "pre_generated_steps": [FACTOR, "…"],
            "pre_generated_answer": "320,000",
            "pre_generated_verifier_score": 0.010779580529581414,
        }
        | (question or {}),
        "label": {"steps": list(steps), "total_time": 278270, "finish_reason": "found_error"},
    } | fields


STEPWISE = {
    "prompt": "Which number is larger, 9.8 or 9.11?",
    "completions": ["The fractional part of 9.8 is 0.8.", "0.11 is greater than 0.8.", "Hence, 9.11 > 9.8."],
    "labels": [True, None, False],
}


MAX_BYTES = 1_048_576


def parse(name: str, line: Any, number: int = 1) -> ParsedRecord:
    """The one trace of a line in a format."""
    (parsed,) = parse_all(name, line, number)
    return parsed


def parse_all(name: str, line: Any, number: int = 1) -> tuple[ParsedRecord, ...]:
    """The traces of a line in a format."""
    return as_records(get_import_format(name).parse(line, number))


def chat(*contents: str, **fields: Any) -> dict[str, Any]:
    """A conversation in which a user begins and an assistant answers by turns."""
    roles = ("user", "assistant")
    return {"messages": [{"role": roles[n % 2], "content": text} for n, text in enumerate(contents)]} | fields


def steps_of(parsed: ParsedRecord) -> list[str]:
    """Returns the contents of a trace's steps."""
    return [step["content"] for step in parsed.trace["steps"]]


def typed_steps(parsed: ParsedRecord) -> list[tuple[str, str]]:
    """Returns the types and contents of a trace's steps."""
    return [(step["type"], step["content"]) for step in parsed.trace["steps"]]
