"""Harmony: channels in rendered texts and as keys of messages."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.import_lines import HARMONY, HARMONY_TEXT, chat, parse, typed_steps
from tunix_rt.errors import BadUserInput

STEPS = [
    ("reasoning", "The user asks for the weather."),
    ("tool_call", '{"name":"get_weather","arguments":{"city": "Oslo"}}'),
    ("tool_result", "-3 C"),
    ("reasoning", "It is cold."),
]


def test_channels_of_messages_are_steps_and_the_answer():
    parsed = parse("chat_messages", HARMONY)

    assert (parsed.trace["prompt"], parsed.trace["final_answer"]) == ("Weather in Oslo?", "It is -3 °C in Oslo.")
    assert typed_steps(parsed) == STEPS
    assert parsed.trace["meta"]["system_instruction"] == "Reasoning: high\n\nAnswer in a sentence."
    assert len(parsed.trace["meta"]["history"]) == 4


@pytest.mark.parametrize("form", ["message", "completion", "output"])
def test_rendered_channels_are_the_same_steps(form: str):
    lines: dict[str, tuple[str, Any]] = {
        "message": ("chat_messages", chat("Weather in Oslo?", HARMONY_TEXT)),
        "completion": ("prompt_completion", {"prompt": "Weather in Oslo?", "completion": HARMONY_TEXT}),
        "output": ("alpaca", {"instruction": "Weather in Oslo?", "output": HARMONY_TEXT}),
    }

    parsed = parse(*lines[form])

    assert (typed_steps(parsed), parsed.trace["final_answer"]) == (STEPS, "It is -3 °C in Oslo.")
    assert parsed.trace["meta"] is None


@pytest.mark.parametrize(
    "text",
    [
        "<|channel|>analysis<|message|>One.\n\nTwo.<|end|><|start|>assistant<|channel|>final<|message|>4<|return|>",
        "<|start|>assistant<|channel|>analysis<|message|>One.\n\nTwo.<|start|>assistant<|channel|>final<|message|>4",
        "<|channel|>commentary<|message|>One.\n\nTwo.<|end|>\n<|start|>assistant<|message|>4<|end|>",
    ],
)
def test_end_tokens_may_be_left_out(text: str):
    parsed = parse("chat_messages", chat("2 + 2?", text))

    assert (typed_steps(parsed), parsed.trace["final_answer"]) == ([("reasoning", "One."), ("reasoning", "Two.")], "4")


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        ({"channel": "analysis", "content": "Hm."}, "without a message in the channel final"),
        ({"channel": "commentary", "recipient": "functions.f", "content": "{}"}, "ends with a tool call"),
        ({"channel": 7, "content": "4"}, "channel '7' is unknown"),
        ({"channel": "final", "content": ["4"]}, "must be a JSON object"),
    ],
)
def test_a_conversation_must_end_in_the_channel_final(last: dict[str, Any], reason: str):
    messages = [*HARMONY["messages"][:-1], {"role": "assistant"} | last]

    with pytest.raises(BadUserInput, match=reason) as caught:
        parse("chat_messages", {"messages": messages})

    assert caught.value.path[:2] == ("messages", 7)
