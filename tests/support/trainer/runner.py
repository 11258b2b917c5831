"""Runs of the trainer as processes, and their data."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from tests.support.forks import Fork
from tests.support.trainer.starting import start_forked

DEADLINE_SECONDS = 240
READ_AT_IMPORT = ("JAX_", "XLA_")
"""The environment variables that a fork would not see in time, as JAX has been imported before it."""

Process: TypeAlias = "subprocess.Popen[bytes] | Fork"
LIMITED = """
import pathlib, resource, runpy, sys, threading, time
limit, *awaited, manifest = sys.argv[1:]
def lower():
    while not all(pathlib.Path(path).exists() for path in awaited):
        time.sleep(0.01)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
threading.Thread(target=lower, daemon=True).start() if awaited else lower()
sys.argv = ["train", manifest]
runpy.run_module("tunix_rt.trainer.train", run_name="__main__")
"""
"""Trains under a limit of file sizes, which simulates a full disk: at once, or once a path exists."""


def record(user: str, model: str, **more: Any) -> dict[str, Any]:
    """Returns a record of ``tunix_sft``."""
    prompts = f"<start_of_turn>user\n{user}<end_of_turn>\n<start_of_turn>model\n{model}<end_of_turn>"
    return {"id": "x", "prompts": prompts, "final_answer": "", "metadata": {}, **more}


def sums(count: int, seed: int) -> Iterator[dict[str, Any]]:
    """Yields sums with reasoning, whose form a tiny model learns within a hundred steps."""
    chosen = random.Random(seed)  # noqa: S311
    for _ in range(count):
        a, b = chosen.randint(1, 20), chosen.randint(1, 20)
        yield record(f"What is {a}+{b}?", f"Reasoning:\n1. add {a} and {b}\nAnswer: {a + b}")


def write_lines(path: Path, records: Iterator[dict[str, Any]] | list[dict[str, Any]]) -> Path:
    """Writes a dataset's file."""
    path.write_text("".join(json.dumps(found) + "\n" for found in records))
    return path


def merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a manifest with changed values; None removes a key."""
    result = dict(base)
    for name, value in changes.items():
        inner = merged(result.get(name) or {}, value) if isinstance(value, Mapping) else value
        result[name] = inner
    return {name: value for name, value in result.items() if value is not None}


@dataclass
class Attempt:
    """A process of the trainer, and the output folder it writes to."""

    process: Process
    output: Path
    stdout: Path
    stderr: Path

    def events(self, *kinds: str) -> list[dict[str, Any]]:
        """Returns the events so far, optionally of some kinds only."""
        file = self.output / "events.jsonl"
        lines = file.read_bytes().splitlines(keepends=True) if file.exists() else []
        found = [json.loads(line) for line in lines if line.endswith(b"\n")]
        return [event for event in found if not kinds or event["event"] in kinds]

    def until(self, reached: Callable[[], bool]) -> None:
        """Waits until a condition is met, while the process runs."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not reached():
            assert self.process.poll() is None, self.output_text()
            assert time.monotonic() < deadline, self.output_text()
            time.sleep(0.005)

    def until_step(self, step: int) -> None:
        """Waits until the loss of a step has been reported."""
        self.until(
            lambda: any(event["step"] >= step for event in self.events("metric") if event["name"] == "train/loss")
        )

    def ended(self) -> int:
        """Waits for the exit and returns the exit code."""
        return self.process.wait(DEADLINE_SECONDS)

    def completed(self) -> Attempt:
        """Waits for the exit, checks that the attempt is done, and returns it."""
        assert self.ended() == 0, self.output_text()
        return self

    def failed(self, code: str) -> str:
        """Waits for the exit, checks that the attempt has failed with this code, and returns its message."""
        assert self.ended() == 1, self.output_text()
        last = self.events()[-1]
        assert (last["event"], last["code"]) == ("error", code), self.output_text()
        message: str = last["message"]
        return message

    def output_text(self) -> str:
        """Returns the process's output, for the message of a failing test."""
        return f"exit code {self.process.returncode}\n{self.stdout.read_text()}\n{self.stderr.read_text()}"


def exported(attempt: Attempt) -> dict[str, str]:
    """Returns the SHA-256 of every exported file."""
    return {
        str(file.relative_to(attempt.output)): hashlib.sha256(file.read_bytes()).hexdigest()
        for folder in ("model", "adapter")
        for file in (attempt.output / folder).glob("*")
    }


def metric_values(attempt: Attempt, name: str) -> dict[int, Any]:
    """Returns a metric's value at each step; of two values, the later one."""
    return {event["step"]: event["value"] for event in attempt.events("metric") if event["name"] == name}


class Runner:
    """Starts trainers that share one compilation cache.

    Args:
        folder: the folder of data and outputs.
    """

    def __init__(self, folder: Path, cache: Path) -> None:
        self.folder = folder
        self.cache = cache
        self.attempts: list[Attempt] = []

    def manifest(self, output: str, changes: Mapping[str, Any]) -> Path:
        """Writes a manifest, LoRA on 400 sums with some changes, and returns its path."""
        base: dict[str, Any] = {
            "version": "1.0",
            "runner": "tunix",
            "mode": "sft",
            "method": "LORA",
            "model": {"model_id": "tiny-random/qwen3"},
            "dataset": {"format": "tunix_sft", "path": "train.jsonl", "eval_path": "eval.jsonl"},
            "training": {
                "learning_rate": 0.01,
                "num_epochs": 2,
                "batch_size": 8,
                "max_seq_length": 128,
                "save_every_steps": 10,
                "eval_every_steps": 50,
            },
            "output": {"output_dir": output},
        }
        path = self.folder / f"{output}.yaml"
        path.write_text(yaml.safe_dump(merged(base, changes), sort_keys=False))
        return path

    def start(
        self,
        output: str,
        changes: Mapping[str, Any] | None = None,
        *,
        environment: Mapping[str, str] | None = None,
        command: list[str] | None = None,
    ) -> Attempt:
        """Starts a trainer that writes to a folder of the given name.

        Args:
            command: the program that trains, as a process that imports everything itself.
        """
        manifest = self.manifest(output, changes or {})
        return self._started(f"{output}.{len(self.attempts)}", "train", manifest, output, environment or {}, command)

    def generate(self, output: str, model: Mapping[str, Any], sampling: Mapping[str, Any]) -> Attempt:
        """Starts the generation program with the prompts in ``prompts.jsonl``.

        Args:
            model: the sections ``model`` and ``checkpoint`` of the request.
        """
        sampled = {"samples_per_prompt": 1, "temperature": 0, "top_p": 1, "max_new_tokens": 12, "seed": 5}
        request = {
            "version": "1.0",
            "model": {"model_id": "run:lora", "runs_dir": "."},
            "prompts_path": "prompts.jsonl",
            "output_dir": output,
            "sampling": sampled | {"max_prompt_tokens": 40} | dict(sampling),
        } | dict(model)
        path = self.folder / f"{output}.yaml"
        path.write_text(yaml.safe_dump(request, sort_keys=False))
        return self.launch("generate", path)

    def launch(self, program: str, path: Path) -> Attempt:
        """Starts a program of the trainer with its YAML file."""
        return self._started(f"{path.stem}.{len(self.attempts)}", program, path, path.stem, {}, None)

    def _started(
        self,
        name: str,
        program: str,
        path: Path,
        output: str,
        changes: Mapping[str, str],
        command: list[str] | None,
    ) -> Attempt:
        """Starts a program, whose standard files bear a name, with changes of the environment."""
        stdout, stderr = (self.folder / f"{name}.{kind}" for kind in ("out", "err"))
        environment = os.environ | {"JAX_COMPILATION_CACHE_DIR": str(self.cache)} | dict(changes)
        if command is None and not any(variable.startswith(READ_AT_IMPORT) for variable in changes):
            process: Process = start_forked(f"tunix_rt.trainer.{program}", path, stdout, stderr, environment)
        else:
            command = command or [sys.executable, "-m", f"tunix_rt.trainer.{program}"]
            with stdout.open("wb") as out, stderr.open("wb") as err:
                process = subprocess.Popen(
                    [*command, str(path)], stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=environment
                )
        self.attempts.append(Attempt(process, self.folder / output, stdout, stderr))
        return self.attempts[-1]

    def stop(self) -> None:
        """Kills the processes that a failed test has left running."""
        for attempt in self.attempts:
            if attempt.process.poll() is None:
                attempt.process.kill()
                attempt.process.wait()


def weights(attempt: Attempt) -> dict[int, str]:
    """Returns the hash of the weights before training and at each checkpoint; of two of a step, the later one."""
    return {event.get("step", 0): event["sha256"] for event in attempt.events("model", "checkpoint")}
