"""Real training of tiny models: the loss falls, killed runs resume with the same result, and failures are reported."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from safetensors import safe_open
from safetensors.numpy import load_file

from tests.support.trainer.interpreter import ask
from tests.support.trainer.runner import (
    Attempt,
    exported,
    metric_values,
    record,
    weights,
)

FAMILY = r"model\.layers\.[01]\."


QWEN3_TENSORS = {
    "model.embed_tokens.weight": (320, 128),
    "model.norm.weight": (128,),
    "input_layernorm.weight": (128,),
    "mlp.down_proj.weight": (128, 256),
    "mlp.gate_proj.weight": (256, 128),
    "mlp.up_proj.weight": (256, 128),
    "post_attention_layernorm.weight": (128,),
    "self_attn.k_norm.weight": (32,),
    "self_attn.k_proj.weight": (64, 128),
    "self_attn.o_proj.weight": (128, 128),
    "self_attn.q_norm.weight": (32,),
    "self_attn.q_proj.weight": (128, 128),
    "self_attn.v_proj.weight": (64, 128),
}
"""The tensors by their names in ``modeling_qwen3.py`` of ``transformers``, ``[out, in]``; a layer's by suffix."""


def test_weights_are_hashed_before_training_and_at_each_checkpoint(lora: Attempt):
    found = weights(lora)

    assert list(found) == [0, *range(10, 101, 10)]
    assert len(set(found.values())) == len(found)
    (env,) = lora.events("env")
    assert not [name for name in env["flags"] if not name.startswith(("XLA_", "JAX_", "LIBTPU_"))]


def test_it_learns(lora: Attempt):
    losses = metric_values(lora, "eval/loss")

    assert list(losses) == [0, 50, 100]
    assert losses[100] < losses[0] / 2
    assert [event["loss"] for event in lora.events("eval")] == list(losses.values())
    assert sorted(metric_values(lora, "train/loss")) == list(range(1, 101))


def test_all_events_are_emitted_in_order(lora: Attempt):
    events = lora.events()

    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert {event["attempt"] for event in events} == {7}
    kinds = list(dict.fromkeys(event["event"] for event in events))
    assert kinds == ["dataset", "env", "model", "metric", "eval", "progress", "checkpoint", "artifact", "done"]
    assert events[-1]["event"] == "done"


def test_events_have_the_right_values(lora: Attempt):
    train, evaluated = lora.events("dataset")
    (model,), (done,), (env,) = lora.events("model"), lora.events("done"), lora.events("env")

    assert (train["split"], train["used"], train["totalSteps"], train["sequenceLength"]) == ("TRAIN", 400, 100, 64)
    assert (evaluated["split"], evaluated["used"]) == ("EVAL", 80)
    assert (model["source"], model["family"], model["dtype"]) == ("TINY_RANDOM", "qwen3", "float32")
    assert 0 < model["trainableParameters"] < model["parameters"] / 5
    assert env["versions"]["tunix"] == "0.1.7"
    assert (done["step"], done["totalSteps"], done["path"]) == (100, 100, "model")
    assert done["trainLoss"] == metric_values(lora, "train/loss")[100]
    assert done["evalLoss"] == metric_values(lora, "eval/loss")[100]
    assert lora.stdout.read_text().splitlines()[-1] == "done"


def test_the_program_of_a_step_is_compiled_once(lora: Attempt):
    compiled = re.findall(r"Compiling jit\((\w+)\)", lora.stderr.read_text())

    assert [compiled.count(name) for name in ("_train_step", "_eval_step")] == [1, 1]


def test_metrics_are_of_every_step(lora: Attempt):
    for name in ("train/loss", "train/perplexity", "train/grad_norm", "train/learning_rate"):
        assert list(metric_values(lora, name)) == list(range(1, 101)), name
    assert list(metric_values(lora, "train/learning_rate").values()) == pytest.approx([0.01] * 100)
    assert metric_values(lora, "train/perplexity")[9] == pytest.approx(
        np.exp(metric_values(lora, "train/loss")[9]), rel=1e-4
    )


def test_progress_comes_to_the_end(lora: Attempt):
    progress = lora.events("progress")

    assert [event["step"] for event in progress] == sorted(event["step"] for event in progress)
    assert (progress[0]["step"], progress[0]["etaSeconds"]) == (1, None)
    assert (progress[-1]["step"], progress[-1]["epoch"], progress[-1]["etaSeconds"]) == (100, 2.0, 0.0)
    assert progress[-1]["tokensPerSecond"] > progress[-1]["stepsPerSecond"] > 0


def test_the_newest_checkpoints_are_kept(lora: Attempt):
    assert [event["step"] for event in lora.events("checkpoint")] == list(range(10, 101, 10))
    kept = sorted(path.name for path in (lora.output / "checkpoints").iterdir())
    assert kept == ["100", "80", "90"]


def test_artifacts_are_what_lies_there(lora: Attempt):
    artifacts = {event["path"]: event for event in lora.events("artifact")}

    assert {path: event["sha256"] for path, event in artifacts.items()} == exported(lora)
    assert all(event["byteSize"] == (lora.output / path).stat().st_size for path, event in artifacts.items())
    assert {path: event["kind"] for path, event in artifacts.items()} == {
        "model/README.md": "CARD",
        "model/config.json": "CONFIG",
        "model/generation_config.json": "CONFIG",
        "model/model.safetensors": "WEIGHTS",
        "model/special_tokens_map.json": "TOKENIZER",
        "model/tokenizer.json": "TOKENIZER",
        "model/tokenizer_config.json": "TOKENIZER",
        "adapter/adapter_config.json": "ADAPTER",
        "adapter/adapter_model.safetensors": "ADAPTER",
    }


def test_weights_are_laid_out_as_transformers_reads_them(lora: Attempt):
    tensors = load_file(lora.output / "model" / "model.safetensors")

    assert {re.sub(FAMILY, "", name): tensor.shape for name, tensor in tensors.items()} == QWEN3_TENSORS
    assert len(tensors) == 2 + 2 * 11
    assert {tensor.dtype for tensor in tensors.values()} == {np.dtype(np.float32)}
    with safe_open(str(lora.output / "model" / "model.safetensors"), "numpy") as file:
        assert file.metadata() == {"format": "pt"}


def test_configuration_and_tokenizer_are_read_by_transformers(lora: Attempt):
    """It warns that PyTorch is not installed, which neither of the two needs."""
    from transformers import AutoConfig, AutoTokenizer

    config = AutoConfig.from_pretrained(lora.output / "model")
    tokenizer = AutoTokenizer.from_pretrained(lora.output / "model")
    chat = [{"role": "user", "content": "What is 1+2?"}, {"role": "assistant", "content": "3"}]

    assert (type(config).__name__, config.head_dim, config.tie_word_embeddings) == ("Qwen3Config", 32, True)
    assert tokenizer.apply_chat_template(chat, tokenize=False) == f"<bos>{record('What is 1+2?', '3')['prompts']}\n"
    assert (tokenizer.bos_token_id, tokenizer.pad_token_id) == (2, 0)


def test_the_adapter_is_what_was_merged(lora: Attempt):
    """The exported weights are the base weights plus B times A times alpha over rank, by PEFT's names."""
    adapter = load_file(lora.output / "adapter" / "adapter_model.safetensors")
    config = json.loads((lora.output / "adapter" / "adapter_config.json").read_text())
    base = load_file(lora.output / "base_model" / "model.safetensors")
    tuned = load_file(lora.output / "model" / "model.safetensors")

    assert (config["r"], config["lora_alpha"], config["peft_type"]) == (8, 16.0, "LORA")
    assert len(adapter) == 2 * 2 * 7
    for name, weight in base.items():
        stem = f"base_model.model.{name.removesuffix('.weight')}"
        if f"{stem}.lora_A.weight" in adapter:
            delta = adapter[f"{stem}.lora_B.weight"] @ adapter[f"{stem}.lora_A.weight"] * 2
            assert np.abs(delta).max() > 0.001
            np.testing.assert_allclose(tuned[name], weight + delta, rtol=1e-5, atol=1e-6)
        else:
            assert np.array_equal(tuned[name], weight), name


def test_the_exported_model_has_the_loss_of_the_trained_one(lora: Attempt, tmp_path: Path, compiled: Path):
    """After loading, its loss on the evaluation data, computed here, is the last one that training reported."""
    from tokenizers import Tokenizer

    model = lora.output / "model"
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    lines = (lora.output.parent / "eval.jsonl").read_text().splitlines()[:6]
    texts = [f"<bos>{json.loads(line)['prompts']}" for line in lines]
    rows = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
    longest = max(map(len, rows))
    questions = [{"kind": "logits", "model": str(model), "tokens": row + [0] * (longest - len(row))} for row in rows]

    answers = ask(tmp_path, compiled, questions)

    losses = [
        negative_log_likelihoods(np.asarray(logits), row, tokenizer) for logits, row in zip(answers, rows, strict=True)
    ]
    assert np.mean(np.concatenate(losses)) == pytest.approx(metric_values(lora, "eval/loss")[100], rel=0.1)


def negative_log_likelihoods(logits: Any, row: list[int], tokenizer: Any) -> Any:
    """Returns the negative log-likelihood of each token of the model's turn, in nats."""
    start = max(place for place, token in enumerate(row) if token == tokenizer.token_to_id("<start_of_turn>")) + 3
    likely = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    return np.asarray([-likely[place - 1, row[place]] for place in range(start, len(row))])


def test_the_card_describes_the_training(lora: Attempt):
    card = (lora.output / "model" / "README.md").read_text()

    assert card.startswith("---\nlibrary_name: transformers\n")
    assert "# tiny-random/qwen3, fine-tuned on reasoning traces" in card
    assert re.search(r"\| training \| 400 \| 400 \| [\d,]+ \| [\d,]+ \| `[0-9a-f]{64}` \|", card)
    assert f"| eval | {metric_values(lora, 'eval/loss')[100]:.4f} |" in card
    written = yaml.safe_load(card.partition("```yaml\n")[2].partition("```")[0])
    assert written["training"]["learning_rate"] == 0.01
    assert str(lora.output.parent) not in card
