"""Fixtures of the trainer's tests: folders with data, and shared runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.trainer.runner import Attempt, Runner, sums, write_lines


@pytest.fixture(scope="session")
def runner(tmp_path_factory: pytest.TempPathFactory, compiled: Path) -> Iterator[Runner]:
    """Starts trainers in a folder with 400 sums as training data and 80 others as evaluation data."""
    folder = tmp_path_factory.mktemp("training")
    write_lines(folder / "train.jsonl", sums(400, seed=1))
    write_lines(folder / "eval.jsonl", sums(80, seed=2))
    runner = Runner(folder, compiled)
    yield runner
    runner.stop()


@pytest.fixture(scope="session")
def lora(runner: Runner) -> Attempt:
    """A LoRA run of 100 steps without interruption, which logs what it compiles."""
    return runner.start("lora", environment={"TUNIX_RT_ATTEMPT": "7", "JAX_LOG_COMPILES": "1"}).completed()
