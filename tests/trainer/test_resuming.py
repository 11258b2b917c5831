"""Training that is killed, stopped or repeated, and resumes from its checkpoints."""

from __future__ import annotations

import json
import shutil
import signal
import uuid
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file

from tests.support.trainer.runner import (
    Attempt,
    Runner,
    exported,
    metric_values,
    record,
    weights,
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
    shutil.copytree(lora.output, runner.folder / "finished")
    before, hashed = len(lora.events()), exported(lora)

    again = runner.start("finished").completed()

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
    shutil.copytree(lora.output, runner.folder / "other")

    attempt = runner.start("other", {"training": {"learning_rate": 0.02}, "dataset": {"eval_path": None}})

    message = attempt.failed("CONFLICT")
    assert "training.learning_rate was 0.01, is 0.02" in message
    assert "dataset.eval_sha256 was" in message
    assert "belongs to another configuration" in runner.start("other", {"method": "SFT"}).failed("CONFLICT")
    assert "resume is false" in runner.start("other", {"resume": False}).failed("CONFLICT")


def test_a_loss_that_is_not_a_number_ends_the_run(runner: Runner):
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
