"""Real training of tiny models: the loss falls, killed runs resume with the same result, and failures are reported."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sys
import uuid
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import yaml
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from tests.support.trainer.interpreter import ask
from tests.support.trainer.runner import (
    LIMITED,
    Attempt,
    Runner,
    exported,
    metric_values,
    record,
    write_lines,
)
from tunix_rt.domain.runs.stored_files.fetching import fetch_checkpoint
from tunix_rt.domain.runs.stored_files.keys import storage_folder
from tunix_rt.domain.runs.stored_files.storing import ArtifactStore
from tunix_rt.domain.storage.folder import FolderStorage
from tunix_rt.trainer.models.tiny import make_tiny

ACCUMULATED = {
    "training": {"gradient_accumulation_steps": 3, "num_epochs": None, "max_steps": 40, "save_every_steps": 5},
    "dataset": {"eval_path": None},
    "method": "SFT",
}
SHORT: dict[str, Any] = {
    "method": "SFT",
    "training": {"max_steps": 3, "save_every_steps": 2},
    "dataset": {"eval_path": None},
}
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


@pytest.fixture(scope="module")
def sft(runner: Runner) -> Attempt:
    """A run of three steps that trains all weights."""
    return runner.start("sft", SHORT).completed()


def test_a_runs_model_is_trained_further(runner: Runner, sft: Attempt):
    further = runner.start("further", SHORT | {"model": {"model_id": "run:sft", "runs_dir": "."}}).completed()

    (model,) = further.events("model")
    assert model["source"] == "RUN"
    assert not (further.output / "base_model").exists()
    before, after = (load_file(attempt.output / "model" / "model.safetensors") for attempt in (sft, further))
    assert before.keys() == after.keys()
    name = "model.layers.0.mlp.down_proj.weight"
    assert 0 < abs(before[name] - after[name]).max() < 0.1
    assert abs(before[name] - load_file(sft.output / "base_model" / "model.safetensors")[name]).max() > 0
    lost = runner.start("lost", SHORT | {"model": {"model_id": "run:none", "runs_dir": "."}})
    assert "The run has no exported model: run:none." in lost.failed("NOT_FOUND")


def weights(attempt: Attempt) -> dict[int, str]:
    """Returns the hash of the weights before training and at each checkpoint; of two of a step, the later one."""
    return {event.get("step", 0): event["sha256"] for event in attempt.events("model", "checkpoint")}


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
    assert lora.stderr.read_text() == ""
    assert lora.stdout.read_text().splitlines()[-1] == "done"


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


def test_a_killed_run_resumes_with_the_same_result(lora: Attempt, runner: Runner):
    killed = runner.start("killed")
    killed.until_step(34)
    killed.process.kill()
    killed.ended()
    with (killed.output / "events.jsonl").open("ab") as file:
        file.write(b'{"seq": 1000, "at": "20')  # a kill in the middle of a line
    reached = max(metric_values(killed, "train/loss"))

    again = runner.start("killed").completed()

    (restored,) = again.events("restored")
    assert 30 <= restored["step"] <= reached
    assert restored["attempt"] == 2
    assert [event["seq"] for event in again.events()] == list(range(1, len(again.events()) + 1))
    assert metric_values(again, "train/loss") == metric_values(lora, "train/loss")
    assert metric_values(again, "eval/loss")[100] == metric_values(lora, "eval/loss")[100]
    assert exported(again) == exported(lora)
    assert weights(again) == weights(lora)


async def test_a_run_goes_on_elsewhere_from_a_stored_checkpoint_with_the_same_result(
    lora: Attempt, runner: Runner, tmp_path: Path
):
    """The other folder has nothing but the newest checkpoint that is not the last, as a machine with an empty disk."""
    storage, attempt = FolderStorage(tmp_path), storage_folder(uuid.UUID(int=1), 1)
    await ArtifactStore(storage, lora.output, attempt, "worker").add_checkpoint("checkpoints/90")
    stored: Any = SimpleNamespace(run_id=attempt.job_id, attempt=1, name="checkpoints/90")
    await fetch_checkpoint(storage, stored, runner.folder / "elsewhere")

    again = runner.start("elsewhere").completed()

    assert [event["step"] for event in again.events("restored")] == [90]
    assert list(metric_values(again, "train/loss")) == list(range(91, 101))
    assert exported(again) == exported(lora)
    assert weights(again)[100] == weights(lora)[100]


def test_a_finished_run_is_done_again_at_once(lora: Attempt, runner: Runner):
    before, hashed = len(lora.events()), exported(lora)

    again = runner.start("lora").completed()

    events = again.events()[before:]
    assert {event["attempt"] for event in events} == {8}
    assert [event["step"] for event in events if event["event"] == "restored"] == [100]
    assert not [event for event in events if event["event"] == "checkpoint"]
    assert events[-1]["trainLoss"] == metric_values(lora, "train/loss")[100]
    assert exported(again) == hashed


def test_a_damaged_checkpoint_is_set_aside(lora: Attempt, runner: Runner):
    """The checkpoint before the newest replaces it."""
    damaged = runner.folder / "damaged"
    shutil.copytree(lora.output, damaged)
    for file in (damaged / "checkpoints" / "100").rglob("*"):
        if file.is_file() and "metadata" not in file.name.lower():
            file.write_bytes(b"")

    again = runner.start("damaged").completed()

    assert again.events("restored")[-1]["step"] == 90
    assert "Checkpoint 100 cannot be read, and is now 100.unreadable" in again.events("warning")[0]["message"]
    assert (damaged / "checkpoints" / "100.unreadable").is_dir()
    assert exported(again) == exported(lora)


def test_a_stopped_run_saves_and_resumes_with_the_same_result(runner: Runner):
    """It is stopped during gradient accumulation: only complete steps are saved."""
    whole = runner.start("whole", ACCUMULATED).completed()
    stopped = runner.start("stopped", ACCUMULATED)
    stopped.until_step(2)
    stopped.process.send_signal(signal.SIGTERM)

    assert stopped.ended() == 3, stopped.output_text()

    last = stopped.events()[-1]
    assert last["event"] == "stopped"
    assert 2 <= last["step"] < 40
    assert last["checkpointStep"] == last["step"]
    assert stopped.events("checkpoint")[-1]["step"] == last["step"]
    again = runner.start("stopped", ACCUMULATED).completed()
    assert [event["step"] for event in again.events("restored")] == [last["step"]]
    assert exported(again) == exported(whole)


def test_a_full_disk_is_reported_and_the_run_resumes(sft: Attempt, runner: Runner):
    """A file size limit of 100 kB simulates a disk without space for a checkpoint: one tensor has 164 kB."""
    made = runner.folder / "full" / "base_model"
    full = runner.start("full", SHORT, command=[sys.executable, "-c", LIMITED, "100000", str(made)])

    assert "The output folder's disk is full" in full.failed("DISK_FULL")
    assert metric_values(full, "train/loss"), "it ended before its first step"

    again = runner.start("full", SHORT).completed()
    assert exported(again) == exported(sft)


def test_a_run_that_is_stopped_early_reports_it(runner: Runner):
    early = runner.start("early", {"dataset": {"path": "train.jsonl", "eval_path": "train.jsonl"}})
    early.until(lambda: bool(early.events("dataset")))
    early.process.send_signal(signal.SIGINT)

    assert early.ended() == 3, early.output_text()
    assert early.events()[-1]["checkpointStep"] is None
    assert early.events()[-1]["step"] == 0


def test_one_folder_has_one_process(runner: Runner):
    first = runner.start("held", ACCUMULATED)
    first.until(lambda: bool(first.events("dataset")))
    before = first.output / "events.jsonl"

    second = runner.start("held", ACCUMULATED)

    assert second.ended() == 1
    assert "Another process is training in" in second.stderr.read_text()
    first.process.kill()
    first.ended()
    assert {event["attempt"] for event in first.events()} == {1}
    assert before.read_bytes().endswith(b"\n")


def test_another_configuration_is_refused(lora: Attempt, runner: Runner):
    attempt = runner.start("lora", {"training": {"learning_rate": 0.02}, "dataset": {"eval_path": None}})

    message = attempt.failed("CONFLICT")
    assert "training.learning_rate was 0.01, is 0.02" in message
    assert "dataset.eval_sha256 was" in message
    assert "belongs to another configuration" in runner.start("lora", {"method": "SFT"}).failed("CONFLICT")
    assert "resume is false" in runner.start("lora", {"resume": False}).failed("CONFLICT")


def test_a_loss_that_is_no_number_ends_the_run(runner: Runner):
    """One token's embedding is NaN. The step that reads it is the last one, and no later checkpoint is left."""
    write_lines(runner.folder / "rare.jsonl", [record("hi", "ho") for _ in range(30)] + [record("hi", "h~")])
    model = make_tiny("tiny-random/qwen3", runner.folder / "rare.jsonl", 0, runner.folder / "models" / "spoilt")
    spoil(model, "~")
    attempt = runner.start(
        "spoilt",
        {
            "method": "SFT",
            "model": {"model_id": "spoilt", "models_dir": "models"},
            "dataset": {"path": "rare.jsonl", "eval_path": None},
            "training": {"batch_size": 1, "seed": 1, "num_epochs": 1, "save_every_steps": 1},
        },
    )

    assert "The loss became nan at step" in attempt.failed("NON_FINITE_LOSS")

    last = [event for event in attempt.events("metric") if event["name"] == "train/loss"][-1]
    assert (last["value"], last["kind"]) == (None, "NAN")
    assert 3 < last["step"] < 31
    saved = [int(path.name) for path in (attempt.output / "checkpoints").iterdir()]
    assert saved
    assert max(saved) < last["step"] - 1
    assert not (attempt.output / "model").exists()


def spoil(model: Path, token: str) -> None:
    """Sets a token's embedding to NaN, after untying the output layer from it."""
    tensors = load_file(model / "model.safetensors")
    tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"].copy()
    vocabulary = json.loads((model / "tokenizer.json").read_text())["model"]["vocab"]
    tensors["model.embed_tokens.weight"][vocabulary[token]] = np.nan
    save_file(tensors, model / "model.safetensors")
    config = json.loads((model / "config.json").read_text())
    (model / "config.json").write_text(json.dumps(config | {"tie_word_embeddings": False}))


def test_gemma_learns_with_all_its_weights(runner: Runner):
    attempt = runner.start(
        "gemma",
        {
            "method": "SFT",
            "model": {"model_id": "tiny-random/gemma3"},
            "training": {
                "learning_rate": 0.003,
                "max_steps": 12,
                "schedule": "COSINE",
                "warmup_steps": 3,
                "eval_every_steps": 12,
            },
        },
    ).completed()

    losses, rates = metric_values(attempt, "eval/loss"), list(metric_values(attempt, "train/learning_rate").values())
    (model,) = attempt.events("model")
    assert losses[12] < losses[0] / 2
    assert model["trainableParameters"] == model["parameters"]
    assert rates[:4] == pytest.approx([0.00075, 0.0015, 0.00225, 0.003])
    assert rates[4:] == sorted(rates[4:], reverse=True)
    base, tuned = (load_file(attempt.output / name / "model.safetensors") for name in ("base_model", "model"))
    assert {name: tensor.shape for name, tensor in base.items()} == {name: value.shape for name, value in tuned.items()}
    assert all(not np.array_equal(base[name], tuned[name]) for name in base)
    assert not (attempt.output / "adapter").exists()


def test_what_cannot_be_held_is_out_of_memory(runner: Runner):
    """A batch of 512 rows of 8,192 tokens needs hundreds of gigabytes for attention."""
    write_lines(runner.folder / "long.jsonl", [record("hi", "a b c d " * 2000)])
    attempt = runner.start(
        "memory",
        {
            "method": "SFT",
            "dataset": {"path": "long.jsonl", "eval_path": None},
            "training": {"batch_size": 512, "max_seq_length": 16384, "max_steps": 1},
        },
    )

    assert "Memory is too small" in attempt.failed("OUT_OF_MEMORY")


def test_a_mesh_spreads_the_work(sft: Attempt, runner: Runner):
    """Training on two devices gives the result of one."""
    devices = {"XLA_FLAGS": f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count=2"}

    two = runner.start("two-devices", SHORT | {"mesh": {"fsdp": 2, "tp": 1}}, environment=devices).completed()

    assert [len(attempt.events("env")[0]["devices"]) for attempt in (sft, two)] == [1, 2]
    assert list(metric_values(two, "train/loss").values()) == pytest.approx(
        list(metric_values(sft, "train/loss").values()), rel=1e-4
    )
    ours, theirs = (load_file(attempt.output / "model" / "model.safetensors") for attempt in (sft, two))
    for name, tensor in ours.items():
        np.testing.assert_allclose(theirs[name], tensor, atol=1e-3)


@pytest.mark.parametrize(
    ("mesh", "expected"),
    [
        ({"fsdp": 1, "tp": 2}, "mesh.fsdp times mesh.tp is 2, but there is 1 device."),
        ({"fsdp": 1, "tp": 4}, "the key-value heads (2) by mesh.tp 4"),
    ],
)
def test_a_mesh_that_cannot_be_is_refused(runner: Runner, mesh: dict[str, int], expected: str):
    count = 4 if "heads" in expected else 1
    devices = {"XLA_FLAGS": f"--xla_force_host_platform_device_count={count}"}

    attempt = runner.start(f"mesh-of-{mesh['tp']}", {"mesh": mesh}, environment=devices)

    assert expected in attempt.failed("BAD_MANIFEST")


def test_adapters_are_put_where_they_can_be_exported(runner: Runner):
    nowhere = runner.start("nowhere", {"lora": {"module_path": "encoder.*"}})
    assert "matches no module of the model; such are layers/0/attn/k_proj" in nowhere.failed("BAD_MANIFEST")
