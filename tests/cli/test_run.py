"""``tunix-rt run`` and ``tunix-rt worker``: a run from the command line, from its start to its deletion."""

from __future__ import annotations

import asyncio
import os
import pty
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from pathlib import Path

import pytest

from tests.support.commands import call
from tests.support.fork_server import ForkServer
from tests.support.program import Program
from tests.support.runs import StandIn, make_dataset, stand_in
from tests.support.waiting import WAIT_SECONDS
from tunix_rt.db.session import Database
from tunix_rt.settings import Settings

__all__ = ["stand_in"]


async def store_dataset(settings: Settings) -> None:
    """Makes a dataset to train on."""
    database = Database(settings)
    await make_dataset(database)
    await database.close()


HASHES = [digit * 64 for digit in "0123"]
"""The hashes of the weights that the stand-in reports, by step."""


@pytest.fixture
def program(sqlite_url: str, tmp_path: Path, stand_in: StandIn, fork_server: ForkServer) -> Program:
    """The program, with the stand-in to train and a dataset to train on."""
    asyncio.run(store_dataset(Settings(data_dir=tmp_path / "data", database_url=sqlite_url)))
    program = Program(sqlite_url, tmp_path, fork_server)
    program.environment["TUNIX_RT_TRAINER_PYTHON"] = str(stand_in.python)
    return program


@pytest.fixture
def worker(program: Program) -> Iterator[subprocess.Popen[str]]:
    """A worker process."""
    command = [sys.executable, "-m", "tunix_rt", "worker"]
    process = subprocess.Popen(command, env=program.environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert "works on 1 runs and 2 exports" in process.stderr.readline()
    yield process
    process.terminate()
    process.communicate(timeout=WAIT_SECONDS)


def test_a_dry_run_is_done_at_once(program: Program):
    status, output, messages = call(program, "run", "start", "math-v1", "--model", "tiny-random/qwen3", "--wait")

    assert status == 0, messages
    assert "✓ Dataset loaded: 2 traces" in output
    assert messages.endswith("COMPLETED: Dry-run validation successful.\n")


def test_a_training_started_without_tunix_waits_for_a_worker_that_has_it(
    program: Program, tmp_path: Path, stand_in: StandIn, request: pytest.FixtureRequest
):
    without = tmp_path / "without"
    without.write_text("#!/bin/sh\nexit 1\n")
    without.chmod(0o755)
    program.environment["TUNIX_RT_TRAINER_PYTHON"] = str(without)
    start = ("run", "start", "math-v1", "--model", "tiny-random/qwen3", "--mode", "train", "--output-name", "elsewhere")

    assert call(program, *start)[0] == 0
    assert "Status:       PENDING" in call(program, "run", "show", "elsewhere")[1]

    program.environment["TUNIX_RT_TRAINER_PYTHON"] = str(stand_in.python)
    request.getfixturevalue("worker")
    assert call(program, "run", "logs", "elsewhere", "--follow")[0] == 0
    assert "Status:       COMPLETED" in call(program, "run", "show", "elsewhere")[1]


def test_a_dry_run_that_finds_an_error_reports_it(program: Program):
    status, _, messages = call(program, "run", "start", "math-v1", "--model", "nothing", "--wait")

    assert status == 1
    assert "There is no model 'nothing'" in messages
    assert messages.endswith("FAILED: Export validation error.\n")


def test_the_error_of_a_run_is_shown_where_its_log_is_not(program: Program):
    call(program, "run", "start", "math-v1", "--model", "nothing", "--wait")
    ((name, *_),) = [line.split() for line in call(program, "run", "list")[1].splitlines()[1:]]
    reason = "There is no model 'nothing'"
    shown, watched = call(program, "run", "show", name), call(program, "run", "watch", name)

    assert f"Error:        {reason}" in shown[1]
    assert watched[0] == 1
    assert f"FAILED: Export validation error.\n{reason}" in watched[2]


def test_every_error_of_a_command_line_is_reported(program: Program):
    wrong = ["--learning-rate", "2", "--batch-size", "0", "--lora-rank", "4"]
    status, _, messages = call(program, "run", "start", "math-v1", "--model", "tiny-random/qwen3", *wrong)

    assert status == 1
    assert [line.split()[1] for line in messages.splitlines()[1:]] == ["--learning-rate", "--batch-size", "--lora-*"]
    start = ("run", "start", "math-v1", "--model", "tiny-random/qwen3")
    assert "tunix-rt: --preference-* is required by the method DPO" in call(program, *start, "--method", "dpo")[2]
    assert "tunix-rt: --reward is required by the method GRPO" in call(program, *start, "--method", "grpo")[2]
    assert call(program, "run", "start", "other", "--model", "m")[2].endswith(
        "tunix-rt: There is no dataset 'other'.\n"
    )


def test_rewards_are_named_with_their_weights(program: Program):
    start = ("run", "start", "math-v1", "--model", "tiny-random/qwen3", "--method", "grpo")
    rewards = ["--reward", "answer_match", "--reward", "length=-0.5", "--grpo-num-generations", "4"]
    status, output, messages = program.run(
        *start, *rewards, "--grpo-num-iterations", "2", "--batch-size", "2", "--wait"
    )

    assert status == 0, messages
    assert "Rewards: answer_match (1), length (-0.5)\n" in output
    assert "Steps: 2 an epoch, 6 in total\n" in output
    assert program.run(*start, "--reward", "length=much")[0] == 2
    status, _, messages = program.run(*start, "--grpo-top-p", "2")
    assert (status, [line.split()[1] for line in messages.splitlines()]) == (1, ["--grpo-top-p", "--reward"])
    assert "There is no scorer 'nobody'." in program.run(*start, "--reward", "nobody")[2]


@pytest.mark.usefixtures("worker")
def test_a_run_from_its_start_to_its_deletion(program: Program, stand_in: StandIn):
    assert call(program, "run", "list")[2].endswith("No runs found.\n")
    options = ["--model", "tiny-random/qwen3", "--mode", "train", "--method", "lora", "--lora-rank", "4"]
    stand_in.does(receipt={"devices": ["cpu:0"]}, hashes=HASHES)
    status, output, messages = call(program, "run", "start", "math-v1", *options, "--output-name", "first", "--wait")

    assert status == 0, messages
    run_id = uuid.UUID(output.splitlines()[0])
    assert output.splitlines()[1:] == ["the stand-in trains"]
    assert messages.endswith("COMPLETED: Trained 3 steps; training loss 0.3333.\n")
    misspelt = call(program, "run", "list", "--order", "train/los:desc")[2]
    assert misspelt.endswith("No run has the metric 'train/los'. Did you mean 'train/loss'?\n")
    (header, line) = call(program, "run", "list")[1].splitlines()
    reported = {title: line[header.index(title) :].split()[0] for title in ("NAME", "STATUS", "MODE", "LOSS")}
    assert line.startswith(str(run_id))
    assert reported == {"NAME": "first", "STATUS": "COMPLETED", "MODE": "TRAIN", "LOSS": "0.3333"}
    shown = call(program, "run", "show", "first")[1]
    assert "Status:       COMPLETED" in shown
    assert "\nlora:\n  rank: 4\n" in shown
    assert call(program, "run", "logs", str(run_id))[1] == "the stand-in trains\n"
    stand_in.does(receipt={"devices": ["cpu:1"]}, hashes=HASHES[:3] + HASHES[:1])
    status, output, messages = call(program, "run", "replay", "first", "--wait")
    assert (status, messages.splitlines()[-3:]) == (
        1,
        [
            "EQUAL_UNTIL: the weights are equal up to step 2, and differ at a later checkpoint.",
            "The receipts differ in:",
            'devices: ["cpu:0"] -> ["cpu:1"]',
        ],
    )
    assert " replay of first " in call(program, "run", "list", "--limit", "1")[1]
    assert "\nReplay of:    first\n" in call(program, "run", "show", output.splitlines()[0])[1]
    folder = program.folder / "data" / "runs" / "first"
    assert (folder / "model" / "model.safetensors").exists()
    assert call(program, "run", "retry", "first")[0] == 1
    assert call(program, "run", "delete", "first", "--yes")[0] == 0
    assert not folder.exists()
    assert call(program, "run", "show", "first")[2].endswith("tunix-rt: There is no run 'first'.\n")


@pytest.mark.usefixtures("worker")
def test_a_run_is_cancelled_and_retried(program: Program, stand_in: StandIn):
    stand_in.waits()
    started = ["run", "start", "math-v1", "--model", "tiny-random/qwen3", "--mode", "train", "--output-name", "second"]
    assert call(program, *started)[0] == 0
    following = [sys.executable, "-m", "tunix_rt", "run", "logs", "second", "--follow"]
    with subprocess.Popen(following, env=program.environment, stdout=subprocess.PIPE, text=True) as waiting:
        assert waiting.stdout is not None
        assert waiting.stdout.readline() == "the stand-in trains\n"
        assert "is being cancelled" in call(program, "run", "cancel", "second")[2]
        assert waiting.wait(WAIT_SECONDS) == 0
    assert "a checkpoint of step 1 was saved" in call(program, "run", "show", "second")[1]

    stand_in.open()
    assert call(program, "run", "retry", "second")[0] == 0
    output = call(program, "run", "logs", "second", "--follow")[1]
    assert output.splitlines() == ["the stand-in trains"] * 2
    assert "Attempt:      2" in call(program, "run", "show", "second")[1]


@pytest.mark.usefixtures("worker")
def test_a_terminal_shows_the_progress_of_a_run_below_its_log(program: Program):
    keyboard, terminal = pty.openpty()
    start = ["run", "start", "math-v1", "--model", "tiny-random/qwen3", "--mode", "train", "--wait"]
    environment = program.environment | {"TERM": "xterm", "COLUMNS": "200"}
    with subprocess.Popen(
        [sys.executable, "-m", "tunix_rt", *start], env=environment, stdout=terminal, stderr=terminal
    ) as starting:
        os.close(terminal)
        shown = read_all(keyboard)
    os.close(keyboard)

    assert starting.returncode == 0, shown
    assert "the stand-in trains" in shown
    assert "step 3 of 3" in shown
    assert "train/loss 0.3333" in shown


def read_all(terminal: int) -> str:
    """Returns what a terminal shows until its last program has ended, which Linux reports as an error."""
    shown = b""
    with suppress(OSError):
        while part := os.read(terminal, 65536):
            shown += part
    return shown.decode()


def waiting_start(program: Program, *options: str) -> AbstractContextManager[subprocess.Popen[str]]:
    """A command that starts a run and waits for it, in a shell where nothing can train."""
    command = ["run", "start", "math-v1", "--model", "tiny-random/qwen3", "--mode", "train", "--wait", *options]
    return program.running(*command)


def test_a_run_without_a_worker_is_reported_and_done_by_the_next_worker(
    program: Program, request: pytest.FixtureRequest
):
    with waiting_start(program, "--output-name", "later") as waiting:
        assert waiting.stderr is not None
        waiting.stderr.readline()
        printed = waiting.stderr.readline()
        request.getfixturevalue("worker")
        rest = waiting.communicate(timeout=WAIT_SECONDS)[1]

    assert "No running worker takes runs." in printed
    assert "Start one: tunix-rt serve, or tunix-rt worker." in printed
    assert waiting.returncode == 0
    assert rest == "COMPLETED: Trained 3 steps; training loss 0.3333.\n"


def test_an_interrupted_wait_reports_that_the_run_continues(program: Program):
    folder = ["--data-dir", program.environment["TUNIX_RT_DATA_DIR"]]
    with waiting_start(program, *folder) as waiting:
        assert waiting.stdout is not None
        run_id = waiting.stdout.readline().strip()
        waiting.send_signal(signal.SIGINT)
        printed = waiting.communicate(timeout=WAIT_SECONDS)[1]

    assert waiting.returncode == 130
    assert printed.splitlines()[-2:] == [
        f"The run continues. To follow it: tunix-rt run logs {run_id} --follow {' '.join(folder)}",
        f"To cancel it: tunix-rt run cancel {run_id} {' '.join(folder)}",
    ]
    assert "Status:       PENDING" in call(program, "run", "show", run_id)[1]


def test_a_run_behind_another_reports_that_it_is_queued(
    worker: subprocess.Popen[str], program: Program, stand_in: StandIn
):
    stand_in.waits()
    first = call(program, "run", "start", "math-v1", "--model", "tiny-random/qwen3", "--mode", "train")[1].strip()
    with subprocess.Popen(
        [sys.executable, "-m", "tunix_rt", "run", "logs", first, "-f"], env=program.environment, stdout=subprocess.PIPE
    ) as following:
        assert following.stdout is not None
        assert following.stdout.readline() == b"the stand-in trains\n"
        with waiting_start(program) as waiting:
            assert waiting.stderr is not None
            waiting.stderr.readline()
            assert waiting.stderr.readline() == "tunix-rt: The run is queued; runs in progress: 1.\n"
            stand_in.open()
            assert waiting.communicate(timeout=WAIT_SECONDS)[1].startswith("COMPLETED")
        assert following.wait(WAIT_SECONDS) == 0


def test_a_worker_that_is_stopped_ends_well(worker: subprocess.Popen[str]):
    worker.send_signal(signal.SIGINT)

    assert worker.wait(WAIT_SECONDS) == 0
