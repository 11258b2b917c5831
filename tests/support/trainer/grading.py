"""Gives rewards to the rollouts of a trainer, in place of its supervisor."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Reward = Callable[[dict[str, Any]], float]
"""Returns the reward of an answer as it is in ``rollouts.jsonl``."""


def complete_lines(path: Path) -> list[dict[str, Any]]:
    """Returns the complete lines of a file of JSON lines; none if it does not exist."""
    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    return [json.loads(line) for line in lines if line.endswith(b"\n")]


@contextmanager
def grading(output: Path, rewards: dict[str, Reward]) -> Iterator[None]:
    """Appends the rewards of each batch of rollouts in an output folder, while the block runs."""
    finished = threading.Event()

    def grade() -> None:
        while not finished.wait(0.01):
            graded = len(complete_lines(output / "rewards.jsonl"))
            for line in complete_lines(output / "rollouts.jsonl")[graded:]:
                given = {name: [reward(answer) for answer in line["answers"]] for name, reward in rewards.items()}
                with (output / "rewards.jsonl").open("a") as file:
                    file.write(json.dumps({"batch": line["batch"], "rewards": given}) + "\n")

    thread = threading.Thread(target=grade, daemon=True)
    thread.start()
    try:
        yield
    finally:
        finished.set()
        thread.join()
