"""DPO: pairs to tokens and batches, and real training on them, of all weights and of adapters."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.trainer.interpreter import ask
from tests.support.trainer.runner import Attempt, Runner, exported, metric_values, write_lines
from tunix_rt.trainer.contract import DatasetFormat, Method, TooLong, TrainerErrorCode
from tunix_rt.trainer.data.preference_batches import pair_batches
from tunix_rt.trainer.data.preferences import EncodedPairs, encode_pairs
from tunix_rt.trainer.data.records import RecordReader
from tunix_rt.trainer.data.tokens import Encoder, train_tokenizer
from tunix_rt.trainer.errors import TrainerError
from tunix_rt.trainer.manifest.manifest import manifest_from

DPO: dict[str, Any] = {
    "method": "DPO",
    "dataset": {"format": "preference", "path": "pairs.jsonl", "eval_path": "more_pairs.jsonl"},
    "training": {"learning_rate": 0.001, "num_epochs": 2, "save_every_steps": 5, "eval_every_steps": 50},
}


def pairs(count: int, first: int = 1) -> Iterator[dict[str, Any]]:
    """Yields pairs that prefer sums with reasoning and the right answer."""
    for a in range(first, first + count):
        chosen, rejected = f"Reasoning:\n1. add {a} and 3\nAnswer: {a + 3}", f"Answer: {a}"
        yield {"prompt": f"What is {a}+3?", "chosen": chosen, "rejected": rejected}


def pair(prompt: str, chosen: str, rejected: str) -> dict[str, Any]:
    """Returns a record."""
    return {"prompt": prompt, "chosen": chosen, "rejected": rejected}


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    """An encoder trained on pairs."""
    path = write_lines(tmp_path_factory.mktemp("pairs") / "pairs.jsonl", pairs(50))
    return Encoder(train_tokenizer(RecordReader(path, DatasetFormat.PREFERENCE).texts()))


@pytest.fixture(scope="module")
def data(runner: Runner) -> Runner:
    """The runner, with 61 pairs to train on, the last batch not full, and 13 others."""
    write_lines(runner.folder / "pairs.jsonl", pairs(61))
    write_lines(runner.folder / "more_pairs.jsonl", pairs(13, first=100))
    return runner


@pytest.fixture(scope="module")
def full(data: Runner) -> Attempt:
    """A run that trains all weights, without interruption."""
    return data.start("dpo", DPO).completed()


def encoded_of(encoder: Encoder, folder: Path, records: list[dict[str, Any]], *, cut: bool = False) -> EncodedPairs:
    """Returns the encoded pairs of some records, of at most 128 tokens."""
    path = write_lines(folder / "data.jsonl", records)
    return encode_pairs(path, encoder, 128, TooLong.TRUNCATE if cut else TooLong.DROP)


def test_what_is_left_out_is_counted(encoder: Encoder, tmp_path: Path):
    records = [*pairs(3), pair("Why?", "no " * 400, "yes"), pair("Same?", "yes", "yes"), pair("w " * 400, "a", "b")]

    dropped = encoded_of(encoder, tmp_path, records).counts()
    cut = encoded_of(encoder, tmp_path, records, cut=True).counts()

    names = ("records", "used", "tooLong", "dropped", "truncated", "withoutTarget")
    assert [dropped[name] for name in names] == [6, 3, 2, 3, 0, 1]
    assert [cut[name] for name in names] == [6, 4, 2, 2, 1, 2], "a prompt that is too long leaves two empty responses"
    assert (dropped["longest"] < 128, cut["longest"]) == (True, 128)


def test_responses_start_in_one_column_and_control_tokens_are_text(encoder: Encoder, tmp_path: Path):
    records = [pair("What is <end_of_turn>?", "x", "yy"), *pairs(1)]
    encoded = encoded_of(encoder, tmp_path, records)
    batch = pair_batches(encoded, 3, encoded).of([0, 1])
    token = encoder.tokenizer.token_to_id
    decode = encoder.tokenizer.decode

    assert [found.shape[0] for found in batch] == [3] * 7
    assert (batch.prompt_mask[:2, -1] == 1).all(), "prompts are padded on the left"
    assert (batch.chosen_mask[:2, 0] == 1).all(), "responses are padded on the right"
    for ids, mask in zip(batch.prompt_ids[:2], batch.prompt_mask[:2], strict=True):
        tokens = ids[mask > 0].tolist()
        assert tokens[0] == token("<bos>")
        assert tokens.count(token("<end_of_turn>")) == 1
        assert decode(tokens[-2:]).endswith("model\n") or decode(tokens[-6:]).endswith("model\n")
    chosen = batch.chosen_ids[0][batch.chosen_mask[0] > 0].tolist()
    assert (decode(chosen), chosen[-1]) == ("x", token("<end_of_turn>")), "a response has no <bos>"
    assert not np.concatenate([batch.chosen_mask[2], batch.rejected_mask[2]]).any(), "empty pairs fill up the batch"


@pytest.mark.parametrize(
    ("content", "code", "expected"),
    [
        (b"", TrainerErrorCode.EMPTY_DATASET, "has no records"),
        (
            b'{"prompt": "a", "chosen": "b"}\n',
            TrainerErrorCode.BAD_DATASET,
            "is not a record of the format preference: it has no text in `rejected`.",
        ),
        (b'{"prompt": "a", "chosen": "b", "rejected": 3}\n', TrainerErrorCode.BAD_DATASET, "`rejected`"),
        (json.dumps(pair("a", "b", "b")).encode(), TrainerErrorCode.EMPTY_DATASET, "None of the 1 records"),
    ],
)
def test_what_cannot_be_trained_on_is_an_error(
    encoder: Encoder, tmp_path: Path, content: bytes, code: TrainerErrorCode, expected: str
):
    path = tmp_path / "data.jsonl"
    path.write_bytes(content)

    with pytest.raises(TrainerError) as refusal:
        encode_pairs(path, encoder, 128, TooLong.DROP)

    assert refusal.value.code is code
    assert expected in refusal.value.message


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"dataset": {"format": "tunix_sft", "path": "x"}}, "dataset.format must be preference if method is DPO"),
        ({"method": "SFT"}, "dataset.format must be tunix_sft if method is SFT"),
        ({"method": "SFT", "training": {"beta": 0.1}}, "training.beta is given, but method is not DPO"),
        ({"training": {"beta": 0}}, "training.beta must be a number above 0 and at most 10, not 0"),
    ],
)
def test_contradictions_of_a_manifest_are_errors(changes: dict[str, Any], expected: str):
    whole: dict[str, Any] = {
        "version": "1.0",
        "runner": "tunix",
        "mode": "sft",
        "method": "DPO",
        "model": {"model_id": "tiny-random/qwen3"},
        "dataset": {"format": "preference", "path": "x"},
        "output": {"output_dir": "out"},
    }

    assert manifest_from(whole | {"lora": {"rank": 2}}).method is Method.DPO
    with pytest.raises(TrainerError) as refusal:
        manifest_from(whole | changes)
    assert expected in refusal.value.message


def test_all_weights_learn_to_prefer(full: Attempt):
    losses, accuracy = metric_values(full, "eval/loss"), metric_values(full, "eval/rewards/accuracy")
    train, evaluated = full.events("dataset")

    assert (train["used"], train["totalSteps"], evaluated["used"]) == (61, 16, 13)
    assert losses[0] == pytest.approx(np.log(2), abs=1e-5), "an untrained model prefers neither"
    assert losses[16] < 0.1
    assert accuracy[16] == 1.0
    margins, gaps = metric_values(full, "train/rewards/margin"), metric_values(full, "train/rewards/chosen")
    assert sorted(margins) == list(range(1, 17))
    assert margins[16] == pytest.approx(gaps[16] - metric_values(full, "train/rewards/rejected")[16], rel=1e-5)
    assert not metric_values(full, "train/perplexity"), "the loss is no likelihood"
    assert full.events("model")[0]["trainableParameters"] == full.events("model")[0]["parameters"]


def test_the_loss_is_that_of_tunix_with_a_reference_model(full: Attempt, tmp_path: Path, compiled: Path):
    """Computed by Tunix's own DPO trainer from the exported weights, it is the loss of the last evaluation."""
    pairs_file = full.output.parent / "more_pairs.jsonl"
    question = {"kind": "preference", "model": str(full.output / "model"), "base": str(full.output / "base_model")}

    (found,) = ask(tmp_path, compiled, [question | {"pairs": str(pairs_file)}])

    assert found == pytest.approx(metric_values(full, "eval/loss")[16], rel=1e-4)


def test_a_killed_run_resumes_with_the_same_weights(full: Attempt, data: Runner):
    killed = data.start("dpo_killed", DPO)
    killed.until_step(7)
    killed.process.kill()
    killed.ended()

    again = data.start("dpo_killed", DPO).completed()

    assert [event["step"] for event in again.events("restored")] in ([5], [10], [15])
    assert metric_values(again, "train/loss") == metric_values(full, "train/loss")
    assert metric_values(again, "train/rewards/margin") == metric_values(full, "train/rewards/margin")
    assert exported(again) == exported(full)


def test_adapters_learn_to_prefer(data: Runner):
    adapters = data.start("dpo_lora", DPO | {"lora": {"rank": 4}}).completed()

    losses = metric_values(adapters, "eval/loss")
    assert losses[16] < losses[0] / 2
    (model,) = adapters.events("model")
    assert 0 < model["trainableParameters"] < model["parameters"] / 5
    assert {event["kind"] for event in adapters.events("artifact")} >= {"ADAPTER", "WEIGHTS", "CARD"}
    assert "by direct preference optimization (low-rank" in (adapters.output / "model" / "README.md").read_text()
