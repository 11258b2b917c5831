"""GRPO: prompts to rollouts and batches, and real training on their rewards, of all weights and of adapters."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.trainer.grading import Reward, complete_lines, grading
from tests.support.trainer.interpreter import ask
from tests.support.trainer.runner import Attempt, Runner, exported, metric_values, write_lines
from tunix_rt.trainer.contract import DatasetFormat, Method, TooLong, TrainerErrorCode
from tunix_rt.trainer.data.records import RecordReader
from tunix_rt.trainer.data.tokens import Encoder, train_tokenizer
from tunix_rt.trainer.data.training_prompts import encode_training_prompts
from tunix_rt.trainer.errors import TrainerError
from tunix_rt.trainer.manifest.manifest import manifest_from
from tunix_rt.trainer.training.rollout_files import BatchLines, RewardFile, RolloutFile

LENGTH = 8
WEIGHTS = {"digits": 1.0, "brief": 0.5}
GRPO: dict[str, Any] = {
    "method": "GRPO",
    "dataset": {"format": "prompt_only", "path": "prompts_only.jsonl", "eval_path": None},
    "training": {"learning_rate": 0.005, "num_epochs": 2, "batch_size": 4, "save_every_steps": 5,
                 "eval_every_steps": None},
    "grpo": {"rewards": WEIGHTS, "num_generations": 4, "num_iterations": 2, "max_new_tokens": LENGTH},
}  # fmt: skip
REWARDS: dict[str, Reward] = {
    "digits": lambda answer: sum(character.isdigit() for character in answer["text"]) / LENGTH,
    "brief": lambda answer: 1 / (1 + len(answer["text"])),
}


def prompts(count: int) -> Iterator[dict[str, Any]]:
    """Yields conversations up to the model's turn."""
    for number in range(count):
        yield {"prompts": f"<start_of_turn>user\nWhat is {number}+3?<end_of_turn>\n<start_of_turn>model\n"}


@pytest.fixture(scope="module")
def data(runner: Runner) -> Runner:
    """The runner, with 10 prompts, so that the last of three batches is not full."""
    write_lines(runner.folder / "prompts_only.jsonl", prompts(10))
    return runner


@pytest.fixture(scope="module")
def full(data: Runner) -> Attempt:
    """A run that trains all weights, without interruption."""
    with grading(data.folder / "grpo", REWARDS):
        return data.start("grpo", GRPO).completed()


def test_prompts_that_are_too_long_are_counted_and_the_others_keep_their_positions(tmp_path: Path):
    records = [*prompts(2), {"prompts": "w " * 400}, *prompts(1)]
    path = write_lines(tmp_path / "data.jsonl", records)
    encoder = Encoder(train_tokenizer(RecordReader(path, DatasetFormat.PROMPT_ONLY).texts()))

    found = encode_training_prompts(path, encoder, 64, TooLong.DROP)

    assert (found.records, found.used, found.too_long, found.target_tokens) == (4, 3, 1, 0)
    assert list(found.positions) == [0, 1, 3]
    with pytest.raises(TrainerError) as refusal:
        encode_training_prompts(path, encoder, 2, TooLong.DROP)
    assert refusal.value.code is TrainerErrorCode.EMPTY_DATASET


def test_lines_are_found_by_batch_once_they_are_complete(tmp_path: Path):
    path = tmp_path / "lines.jsonl"
    lines = BatchLines(path, 1)

    assert lines.line(1) is None
    path.write_text('{"batch": 0, "a": 1}\n{"batch": 1, "a": 2}\n{"batch": 2, "a"')
    assert (lines.line(0), lines.line(2)) == (None, None)
    assert lines.line(1) == {"batch": 1, "a": 2}
    with path.open("a") as file:
        file.write(": 3}\n")
    assert lines.line(2) == {"batch": 2, "a": 3}


def test_a_half_line_of_a_killed_attempt_is_removed(tmp_path: Path):
    path = tmp_path / "rollouts.jsonl"
    path.write_text('{"batch": 0}\n{"batch": 1, "answ')
    rollouts = RolloutFile(path, 0)

    assert (rollouts.known_rollouts(0), rollouts.known_rollouts(1)) == ({"batch": 0}, None)
    rollouts.append({"batch": 1, "answers": []})
    assert complete_lines(path) == [{"batch": 0}, {"batch": 1, "answers": []}]


def test_rewards_are_awaited_until_a_stop_and_incomplete_ones_are_refused(tmp_path: Path):
    path = tmp_path / "rewards.jsonl"
    path.write_text('{"batch": 0, "rewards": {"a": [1, 2]}}\n{"batch": 1, "rewards": {"a": [1]}}\n')
    rewards = RewardFile(path, 0, ["a"], lambda: True)

    assert rewards.wait(0, 2) == {"a": [1.0, 2.0]}
    assert rewards.wait(2, 2) is None, "nobody has given them when the stop is requested"
    with pytest.raises(TrainerError, match="lacks rewards of the rollouts of batch 1"):
        rewards.wait(1, 2)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"grpo": None}, "grpo is missing, which method GRPO needs"),
        ({"method": "DPO", "dataset": {"format": "preference", "path": "x"}}, "grpo is given, but method is not GRPO"),
        ({"dataset": {"format": "tunix_sft", "path": "x"}}, "dataset.format must be prompt_only if method is GRPO"),
        (
            {"dataset": {"format": "prompt_only", "path": "x", "eval_path": "y"}},
            "dataset.eval_path is given, but method GRPO evaluates nothing",
        ),
        ({"training": {"gradient_accumulation_steps": 2}}, "gradient_accumulation_steps must be 1 if method is GRPO"),
        ({"training": {"max_seq_length": 128}}, "grpo.max_new_tokens must be less than training.max_seq_length"),
        ({"grpo": {"rewards": {}}}, "grpo.rewards must be a mapping of 1 to 8 names to weights, not {}"),
        ({"grpo": {"rewards": {"a": 101}}}, "grpo.rewards must be a number between -100 and 100"),
        ({"grpo": {"rewards": {"a": 1}, "num_generations": 1}}, "grpo.num_generations must be an integer between 2"),
    ],
)
def test_contradictions_of_a_manifest_are_errors(changes: dict[str, Any], expected: str):
    whole: dict[str, Any] = {
        "version": "1.0",
        "runner": "tunix",
        "mode": "sft",
        "method": "GRPO",
        "model": {"model_id": "tiny-random/qwen3"},
        "dataset": {"format": "prompt_only", "path": "x"},
        "grpo": {"rewards": {"a": 1}},
        "output": {"output_dir": "out"},
    }

    assert manifest_from(whole | {"lora": {"rank": 2}}).method is Method.GRPO
    with pytest.raises(TrainerError) as refusal:
        manifest_from(whole | changes)
    assert expected in refusal.value.message


def test_every_rollout_is_written_and_the_metrics_are_those_of_its_rewards(full: Attempt):
    lines, given = (complete_lines(full.output / name) for name in ("rollouts.jsonl", "rewards.jsonl"))
    (counted,) = full.events("dataset")

    assert (counted["used"], counted["stepsPerEpoch"], counted["totalSteps"]) == (10, 6, 12)
    assert [line["policyVersion"] for line in lines] == [0, 2, 4, 6, 8, 10]
    for epoch in range(2):
        answers = [answer for line in lines[3 * epoch : 3 * epoch + 3] for answer in line["answers"]]
        places = sorted((answer["prompt"], answer["sample"]) for answer in answers)
        assert places == [(prompt, sample) for prompt in range(10) for sample in range(4)]
    sums = metric_values(full, "train/rewards/sum")
    for line, rewards in zip(lines, given, strict=True):
        weighted = [WEIGHTS[name] * np.array(values) for name, values in rewards["rewards"].items()]
        assert sums[line["policyVersion"] + 1] == pytest.approx(np.mean(np.sum(weighted, axis=0)), abs=1e-12)
        assert all(len(ids) <= LENGTH for ids in line["ids"])
    assert set(sums) == {1, 3, 5, 7, 9, 11}
    assert set(metric_values(full, "train/kl")) == set(range(1, 13))
    assert metric_values(full, "train/kl")[1] == pytest.approx(0, abs=1e-5), "at first, the policy is the base model"
    assert not metric_values(full, "train/perplexity")
    assert all(math.isfinite(loss) for loss in metric_values(full, "train/loss").values())


def test_the_losses_and_sums_are_those_of_tunix_own_learner(full: Attempt, tmp_path: Path, compiled: Path):
    """Tunix's GRPO learner, given the same rollouts and rewards, reports the same losses and sums of rewards."""
    question = {"kind": "rewarded", "model": str(full.output / "base_model"), "run": str(full.output)}

    (found,) = ask(tmp_path, compiled, [question])

    for name, values in (("loss", found["losses"]), ("kl", found["kl"])):
        ours = metric_values(full, f"train/{name}")
        assert values == pytest.approx([ours[step] for step in range(1, 5)], abs=1e-5)
    sums = metric_values(full, "train/rewards/sum")
    assert found["sums"] == pytest.approx([sums[1], sums[3]], abs=1e-9)


def test_a_killed_run_resumes_with_the_same_weights_and_samples_nothing_twice(full: Attempt, data: Runner):
    with grading(data.folder / "grpo_killed", REWARDS):
        killed = data.start("grpo_killed", GRPO)
        killed.until_step(8)
        killed.process.kill()
        killed.ended()
        sampled = complete_lines(killed.output / "rollouts.jsonl")
        again = data.start("grpo_killed", GRPO).completed()

    assert [event["step"] for event in again.events("restored")] in ([5], [10]), "5 is amid the updates from a batch"
    lines = complete_lines(again.output / "rollouts.jsonl")
    assert lines[: len(sampled)] == sampled
    assert lines == complete_lines(full.output / "rollouts.jsonl")
    for name in ("train/loss", "train/rewards/sum", "train/kl"):
        assert metric_values(again, name) == metric_values(full, name)
    assert exported(again) == exported(full)


def test_a_stop_is_obeyed_while_rewards_are_awaited(data: Runner):
    changes = {"training": {"max_steps": 2}}
    waiting = data.start("grpo_waiting", GRPO | {"training": GRPO["training"] | changes["training"]})
    waiting.until(lambda: bool(complete_lines(waiting.output / "rollouts.jsonl")))
    waiting.process.terminate()

    assert waiting.ended() == 3, waiting.output_text()
    assert waiting.events()[-1]["event"] == "stopped"


def test_adapters_learn_from_rewards(data: Runner):
    one = {"grpo": GRPO["grpo"] | {"num_iterations": 1}, "training": GRPO["training"] | {"max_steps": 3}}
    with grading(data.folder / "grpo_lora", REWARDS):
        adapters = data.start("grpo_lora", GRPO | one | {"lora": {"rank": 4}}).completed()

    (model,) = adapters.events("model")
    assert 0 < model["trainableParameters"] < model["parameters"] / 5
    assert [line["policyVersion"] for line in complete_lines(adapters.output / "rollouts.jsonl")] == [0, 1, 2]
    assert metric_values(adapters, "train/kl")[3] != 0, "the base model stays as it was"
    assert {event["kind"] for event in adapters.events("artifact")} >= {"ADAPTER", "WEIGHTS", "CARD"}
    card = (adapters.output / "model" / "README.md").read_text()
    assert "by group relative policy optimization (low-rank" in card
