"""Failures before JAX is loaded, by folder, data or model: each is reported with its code, and no model is trained."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.trainer.folders import write_model
from tests.support.trainer.runner import LIMITED, Runner, sums, write_lines
from tunix_rt.trainer import launch

LAUNCH = str(Path(launch.__file__))
WITHOUT = """
import runpy, sys
sys.modules[sys.argv[1]] = None
sys.argv = ["train", sys.argv[2]]
runpy.run_module("tunix_rt.trainer.train", run_name="__main__")
"""


@pytest.fixture
def place(tmp_path: Path, compiled: Path) -> Runner:
    """Starts trainers in the test's folder, with 20 sums."""
    write_lines(tmp_path / "train.jsonl", sums(20, seed=1))
    write_lines(tmp_path / "eval.jsonl", sums(5, seed=2))
    return Runner(tmp_path, compiled)


@pytest.mark.parametrize(
    ("changes", "code", "expected"),
    [
        ({"dataset": {"path": "none.jsonl"}}, "NOT_FOUND", "There is no dataset at"),
        ({"dataset": {"eval_path": "none.jsonl"}}, "NOT_FOUND", "There is no dataset at"),
        ({"dataset": {"path": "empty.jsonl"}}, "EMPTY_DATASET", "has no records"),
        ({"dataset": {"eval_path": "empty.jsonl"}}, "EMPTY_DATASET", "has no records"),
        ({"dataset": {"path": "bad.jsonl"}}, "BAD_DATASET", "Line 2 of"),
        ({"model": {"model_id": "tiny-random/mamba"}}, "NOT_FOUND", "tiny-random/qwen3, tiny-random/gemma3"),
        ({"model": {"model_id": "tiny-random/gema3"}}, "NOT_FOUND", "Did you mean 'tiny-random/gemma3'?"),
        ({"model": {"model_id": "no-tokeniser", "models_dir": "models"}}, "NOT_FOUND", "Did you mean 'no-tokenizer'?"),
        ({"model": {"model_id": "elsewhere"}}, "NOT_FOUND", "There is no model 'elsewhere'"),
        ({"model": {"model_id": "../models/tiny", "models_dir": "models"}}, "NOT_FOUND", "There is no model"),
        ({"model": {"model_id": "no-tokenizer", "models_dir": "models"}}, "BAD_MODEL", "has no tokenizer.json"),
        ({"model": {"model_id": "bad-tokenizer", "models_dir": "models"}}, "BAD_MODEL", "cannot be read"),
    ],
)
def test_invalid_inputs_are_reported(place: Runner, changes: dict[str, Any], code: str, expected: str):
    (place.folder / "empty.jsonl").touch()
    (place.folder / "bad.jsonl").write_text('{"prompts": ""}\nx\n')
    for name in ("no-tokenizer", "bad-tokenizer"):
        write_model(place.folder / "models" / name, {"model_type": "qwen3"})
    (place.folder / "models" / "bad-tokenizer" / "tokenizer.json").write_text("{}")

    attempt = place.start("out", changes)

    assert expected in attempt.failed(code)
    assert expected in attempt.stderr.read_text()
    assert not attempt.events("env")


def test_without_a_network_a_model_cannot_be_downloaded(place: Runner):
    """The address is a port of this machine without a listener."""
    attempt = place.start(
        "out",
        {"model": {"model_id": "owner/model"}},
        environment={"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(place.folder / "cache")},
    )

    assert "owner/model could not be downloaded from Hugging Face" in attempt.failed("UNAVAILABLE")


@pytest.mark.parametrize("missing", ["tunix", "jax", "tokenizers"])
def test_without_tunix_the_installation_command_is_reported(place: Runner, missing: str):
    attempt = place.start("out", command=[sys.executable, "-c", WITHOUT, missing])

    assert "pip install 'tunix-rt[tunix]'" in attempt.failed("UNAVAILABLE")


def test_a_full_disk_is_reported(place: Runner):
    """A file size limit of 64 KiB simulates a disk without space for the model's weights."""
    attempt = place.start("out", command=[sys.executable, "-c", LIMITED, "65536"])

    assert "The output folder's disk is full" in attempt.failed("DISK_FULL")
    place.start("out", command=[sys.executable, "-c", WITHOUT, "jax"]).failed("UNAVAILABLE")  # the model has been made


def test_a_folder_that_cannot_be_written_is_reported_on_stderr(place: Runner):
    (place.folder / "out").write_text("a file")

    attempt = place.start("out")

    assert attempt.ended() == 1
    assert "output.output_dir cannot be written" in attempt.stderr.read_text()


def test_an_invalid_manifest_is_reported_on_stderr(place: Runner):
    attempt = place.start("out", {"training": {"num_epochs": 0}})

    assert attempt.ended() == 1
    assert "training.num_epochs must be an integer between 1 and 100, not 0" in attempt.stderr.read_text()
    assert not attempt.output.exists()


@pytest.mark.parametrize("program", ["train", "check"])
@pytest.mark.parametrize("arguments", [[], ["a", "b"], ["--help"]])
def test_the_usage_is_printed(program: str, arguments: list[str]):
    command = [sys.executable, "-m", f"tunix_rt.trainer.{program}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert done.stderr == f"usage: python -m tunix_rt.trainer.{program} <manifest.yaml>\n"


def report(place: Runner, changes: dict[str, Any], command: list[str]) -> tuple[int, dict[str, Any]]:
    """Returns the check's exit code and its report on a manifest."""
    done = subprocess.run([*command, str(place.manifest("out", changes))], capture_output=True, text=True, check=False)
    assert not done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, result


@pytest.mark.parametrize(
    "command",
    [[sys.executable, "-m", "tunix_rt.trainer.check"], [sys.executable, LAUNCH, "check"]],
    ids=["as a module", "by its path"],
)
def test_the_check_counts(place: Runner, command: list[str]):
    code, result = report(place, {"training": {"batch_size": 8, "num_epochs": 2}}, command)

    assert (code, result["ok"], result["error"], result["tokenizer"]) == (0, True, None, True)
    assert (result["train"]["records"], result["train"]["used"], result["eval"]["used"]) == (20, 20, 5)
    assert result["train"]["tokens"] > result["train"]["targetTokens"] > 20
    assert result["plan"] == {"batchesPerEpoch": 3, "batchesPerStep": 1, "stepsPerEpoch": 3, "totalSteps": 6}
    assert not (place.folder / "out").exists()


def test_the_check_counts_as_training_does(place: Runner):
    """The check trains a tokenizer itself, and gets the same one."""
    attempt = place.start(
        "out", {"model": {"model_id": "tiny-random/qwen3"}}, command=[sys.executable, "-c", WITHOUT, "jax"]
    )
    attempt.failed("UNAVAILABLE")
    (trained, _) = attempt.events("dataset")

    _, result = report(place, {}, [sys.executable, "-m", "tunix_rt.trainer.check"])

    assert result["train"] | result["plan"] == {name: trained[name] for name in result["train"] | result["plan"]}


def test_the_check_needs_no_jax(place: Runner):
    program = """
import sys
from tunix_rt.trainer.check import main
code = main(sys.argv[1:])
sys.exit(code or any(name.partition(".")[0] in {"jax", "tunix", "numpy", "flax"} for name in sys.modules))
"""
    code, result = report(place, {}, [sys.executable, "-c", program])

    assert (code, result["ok"]) == (0, True)


def test_without_a_tokenizer_the_check_counts_records(place: Runner):
    code, result = report(
        place, {"model": {"model_id": "owner/model"}}, [sys.executable, "-m", "tunix_rt.trainer.check"]
    )

    assert (code, result["source"], result["tokenizer"], result["plan"]) == (0, "HUGGING_FACE", False, None)
    assert (result["train"]["records"], result["train"]["tokens"]) == (20, None)


def test_the_check_reports_errors_of_training(place: Runner):
    (place.folder / "empty.jsonl").touch()

    for model in ("tiny-random/qwen3", "owner/model"):
        changes = {"dataset": {"path": "empty.jsonl"}, "model": {"model_id": model}}
        code, result = report(place, changes, [sys.executable, "-m", "tunix_rt.trainer.check"])

        assert (code, result["ok"], result["error"]["code"]) == (1, False, "EMPTY_DATASET")


def test_only_programs_are_launched():
    done = subprocess.run([sys.executable, LAUNCH, "events"], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert done.stderr == "usage: launch.py {train|check|generate} <file.yaml>\n"
