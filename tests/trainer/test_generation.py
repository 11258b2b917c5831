"""Generation by tiny models: the likeliest tokens to the last one, the same answers again, resumed after any loss."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support.trainer.interpreter import ask
from tests.support.trainer.runner import Attempt, Runner, write_lines

TOO_LONG = "What is " + "1+" * 40 + "1?"
ASKED = [*(f"What is {first}+{second}?" for first, second in ((1, 2), (17, 4), (20, 20), (3, 9), (8, 8))), TOO_LONG]
SAMPLED = {"samples_per_prompt": 4, "temperature": 1.0, "top_p": 0.9}


def conversation(prompt: str) -> str:
    """A conversation up to the model's turn."""
    return f"<start_of_turn>user\n{prompt}<end_of_turn>\n<start_of_turn>model\n"


def answers_of(attempt: Attempt) -> list[dict[str, Any]]:
    """Every answer of a generation, in order."""
    return [answer for event in attempt.events("answers") for answer in event["answers"]]


@pytest.fixture(scope="module")
def prompts(runner: Runner) -> list[str]:
    """The prompts, in their file."""
    found = [conversation(prompt) for prompt in ASKED]
    write_lines(runner.folder / "prompts.jsonl", [{"prompts": text} for text in found])
    return found


@pytest.fixture(scope="module")
def sampled(runner: Runner, prompts: list[str], lora: Attempt) -> Attempt:
    """A generation of four answers to each prompt."""
    return runner.generate("sampled", {}, SAMPLED).completed()


def test_greedy_answers_have_the_likeliest_tokens_to_the_last(
    runner: Runner, prompts: list[str], lora: Attempt, tmp_path: Path
):
    greedy = runner.generate("greedy", {}, {"max_new_tokens": 20}).completed()
    found = answers_of(greedy)
    question = {"kind": "greedy", "model": str(lora.output / "model"), "prompts": prompts[:-1], "steps": 20}

    (expected,) = ask(tmp_path, runner.cache, [question])

    assert [answer["text"] for answer in found] == expected
    assert {answer["prompt"] for answer in found} == set(range(len(ASKED) - 1))
    for answer in found:
        assert answer["finishReason"] == ("LENGTH" if answer["tokens"] == 20 else "STOP")
        assert answer["meanLogProbability"] < 0
    (counts,) = greedy.events("dataset")
    assert (counts["records"], counts["used"], counts["tooLong"]) == (6, 5, 1)


def test_a_resumed_generation_has_the_same_answers(runner: Runner, sampled: Attempt):
    found = answers_of(sampled)
    resumed = runner.folder / "resumed"
    shutil.copytree(sampled.output, resumed)
    lines = (resumed / "events.jsonl").read_bytes().splitlines(keepends=True)
    kept = [line for line in lines if json.loads(line)["event"] in {"dataset", "answers"}][:2]
    (resumed / "events.jsonl").write_bytes(b"".join(kept) + lines[2][:40])

    again = runner.generate("resumed", {}, SAMPLED).completed()

    assert answers_of(again) == found
    assert [event["batch"] for event in again.events("answers")] == [0, 1, 2]
    assert [(answer["prompt"], answer["sample"]) for answer in found] == [
        (prompt, sample) for prompt in range(5) for sample in range(4)
    ]
    assert len({answer["text"] for answer in found}) > 5


def test_a_checkpoint_answers_as_the_model_that_was_exported_after_it(runner: Runner, sampled: Attempt, lora: Attempt):
    """Its base model is made again, as on a machine that has not trained."""
    checkpoint = {"checkpoint": {"manifest": "lora.yaml", "step": 100}}
    base = lora.output / "base_model"
    before = {file.name: file.read_bytes() for file in base.iterdir()}
    shutil.rmtree(base)

    found = answers_of(runner.generate("checkpoint", checkpoint, SAMPLED).completed())
    assert {file.name: file.read_bytes() for file in base.iterdir()} == before

    assert [answer["text"] for answer in found] == [answer["text"] for answer in answers_of(sampled)]
    lost = runner.generate("lost", {"checkpoint": {"manifest": "lora.yaml", "step": 5}}, SAMPLED)
    assert lost.failed("NOT_FOUND") == "The run has no checkpoint 5; it has 80, 90, 100."
    nothing = runner.generate("nothing", {}, {"max_prompt_tokens": 1})
    assert "all 6 prompts have more than 1 tokens" in nothing.failed("EMPTY_DATASET")
