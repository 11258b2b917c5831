"""Training of all weights: of several families, on meshes, and beyond the memory or the disk."""

from __future__ import annotations

import os
import sys
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from tests.support.trainer.runner import (
    LIMITED,
    Attempt,
    Runner,
    exported,
    metric_values,
    record,
    write_lines,
)

SHORT: dict[str, Any] = {
    "method": "SFT",
    "training": {"max_steps": 3, "save_every_steps": 2},
    "dataset": {"eval_path": None},
}


@pytest.fixture(scope="module")
def sft(runner: Runner) -> Attempt:
    """A run of three steps that trains all weights."""
    return runner.start("sft", SHORT).completed()


def test_a_runs_model_is_trained_further(runner: Runner, sft: Attempt):
    further = runner.start("further", SHORT | {"model": {"model_id": "run:sft", "runs_dir": "."}}).completed()

    (model,) = further.events("model")
    assert model["source"] == "RUN"
    assert further.stderr.read_text() == "", "libraries are silent"
    assert not (further.output / "base_model").exists()
    before, after = (load_file(attempt.output / "model" / "model.safetensors") for attempt in (sft, further))
    assert before.keys() == after.keys()
    name = "model.layers.0.mlp.down_proj.weight"
    assert 0 < abs(before[name] - after[name]).max() < 0.1
    assert abs(before[name] - load_file(sft.output / "base_model" / "model.safetensors")[name]).max() > 0
    lost = runner.start("lost", SHORT | {"model": {"model_id": "run:none", "runs_dir": "."}})
    assert "The run has no exported model: run:none." in lost.failed("NOT_FOUND")


def test_a_full_disk_is_reported_and_the_run_resumes(sft: Attempt, runner: Runner):
    """A file size limit of 100 kB simulates a disk without space for a checkpoint: one tensor has 164 kB."""
    made = runner.folder / "full" / "base_model"
    full = runner.start("full", SHORT, command=[sys.executable, "-c", LIMITED, "100000", str(made)])

    assert "The output folder's disk is full" in full.failed("DISK_FULL")
    assert metric_values(full, "train/loss"), "it ended before its first step"

    again = runner.start("full", SHORT).completed()
    assert exported(again) == exported(sft)


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
