"""``tunix-rt generate`` and ``tunix-rt generation``: from the command line to stored answers, by a worker process."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
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
    """Makes a dataset of prompts."""
    database = Database(settings)
    await make_dataset(database)
    await database.close()


@pytest.fixture
def program(sqlite_url: str, tmp_path: Path, stand_in: StandIn, fork_server: ForkServer) -> Program:
    """The program, with the stand-in to answer and a dataset of two prompts."""
    asyncio.run(store_dataset(Settings(data_dir=tmp_path / "data", database_url=sqlite_url)))
    program = Program(sqlite_url, tmp_path, fork_server)
    program.environment["TUNIX_RT_TRAINER_PYTHON"] = str(stand_in.python)
    return program


@pytest.fixture
def worker(program: Program) -> Iterator[None]:
    """A worker process."""
    process = subprocess.Popen([sys.executable, "-m", "tunix_rt", "worker"], env=program.environment)
    yield
    process.terminate()
    process.wait(WAIT_SECONDS)


def test_a_model_answers_from_the_command_line(program: Program, worker: None):
    asked = ("generate", "tiny-random/qwen3", "--dataset", "math-v1", "--samples-per-prompt", "2")
    status, output, messages = call(program, *asked, "--scorer", "baseline", "--wait")

    assert status == 0, messages
    assert messages.endswith("COMPLETED: 4 answers, 2 of them malformed\n")
    generation = output.strip()
    _, listed, _ = call(program, "generation", "list")
    assert [line.split()[:3] for line in listed.splitlines()[1:]] == [[generation, "COMPLETED", "tiny-random/qwen3"]]
    status, shown, _ = call(program, "generation", "show", generation)
    assert status == 0
    assert "Answers:      4\n" in shown
    assert "Scorers:      baseline\n" in shown
    status, watched, messages = call(program, "generation", "watch", generation)
    assert (status, watched.splitlines()[0]) == (0, "PENDING, 0 %, 0 answers, 0 tokens")
    assert watched.splitlines()[-1].startswith("COMPLETED, 100 %, 4 answers, ")
    assert messages.endswith("COMPLETED: 4 answers, 2 of them malformed\n")


def test_a_generation_is_cancelled_and_bad_options_are_named(program: Program):
    asked = ("generate", "tiny-random/qwen3", "--dataset", "math-v1", "--limit", "1", "--labels", "gpu,big")
    _, output, _ = call(program, *asked)
    assert "Labels:       gpu, big\n" in call(program, "generation", "show", output.strip())[1]
    status, _, messages = call(program, "generation", "cancel", output.strip())
    assert (status, messages.splitlines()[1:]) == (0, [f"{output.strip()} is cancelled."])

    asked = ("generate", "run:none", "--dataset", "math-v1", "--samples-per-prompt", "65", "--template", "x")
    status, _, messages = call(program, *asked)
    assert status == 1
    assert "--samples-per-prompt must be between 1 and 64; it is 65." in messages
    assert "--template must have {answer} once" in messages
    assert "There is no run 'none'." in messages
    status, _, messages = call(program, "generation", "watch", output.strip())
    assert (status, messages.splitlines()[-1]) == (1, "CANCELLED: 0 answers, 0 of them malformed")
    status, _, messages = call(program, "generation", "watch", "nothing")
    assert (status, messages.splitlines()[1:]) == (
        1,
        ["tunix-rt: 'nothing' is neither the id of a Generation nor a UUID."],
    )
