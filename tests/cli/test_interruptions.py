"""Ctrl-C and questions: what a command prints when it is given up, and its exit status."""

from __future__ import annotations

import asyncio
import io
import json
import signal
import subprocess
import sys
import uuid
from itertools import takewhile
from pathlib import Path

import pytest
from sqlalchemy import update

from tests.support.commands import Commands
from tests.support.program import Program, as_lines, stored
from tests.support.run_requests import ENDED, at
from tests.support.servers import RunningServer
from tests.support.traces import native_trace
from tests.support.waiting import until
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.session import Database
from tunix_rt.domain.imports.importing import BATCH_LINES
from tunix_rt.settings import Settings

KEY = "all-1"
BY_WORKER = "0"
"""The number of members up to which datasets are built at once: only a worker builds them."""
SLOW = """
import pathlib, time
from tunix_rt.domain.scorers.base import Scorer


def score(trace):
    pathlib.Path(__file__).with_name("started").touch()
    time.sleep(60)
    return 1.0


SCORER = Scorer(name="slow", version="1", description="Takes a minute.", low=0.0, high=1.0, score=score)
"""


class Keyboard:
    """Standard input on which Ctrl-C is pressed."""

    def readline(self) -> str:
        """Raises the interruption."""
        raise KeyboardInterrupt


@pytest.fixture
def commands(sqlite_url: str, tmp_path: Path) -> Commands:
    """Commands on a database with the samples."""
    commands = Commands.on(sqlite_url, tmp_path / "data")
    commands.succeed("samples", "load")
    return commands


@pytest.mark.parametrize("as_json", [False, True])
def test_an_interrupted_import_reports_what_it_has_stored(embedded: Program, as_json: bool):
    command = [sys.executable, "-m", "tunix_rt", "import", "jsonl", "-", *(["--json"] if as_json else [])]
    pipe = subprocess.PIPE

    async def batch_is_stored() -> bool:
        return len(stored(embedded)) == BATCH_LINES

    with subprocess.Popen(
        command, env=embedded.environment, cwd=embedded.folder, stdin=pipe, stdout=pipe, stderr=pipe
    ) as importing:
        try:
            assert importing.stdin is not None
            importing.stdin.write(as_lines([native_trace(str(number)) for number in range(BATCH_LINES + 1)]))
            importing.stdin.flush()
            asyncio.run(until(batch_is_stored))
            importing.send_signal(signal.SIGINT)
            importing.wait(60)  # standard input is still open
        finally:
            importing.kill()
        output, messages = importing.communicate()

    assert importing.returncode == 130
    assert messages.decode().splitlines()[-3:] == [
        "The counted records are stored. To import the rest, repeat the command.",
        "",
        "tunix-rt: Interrupted by Ctrl-C.",
    ]
    if as_json:
        assert json.loads(output)["added"] == BATCH_LINES
    else:
        assert output.decode() == "2,000 traces added (2,000 lines read).\n"


WAITING = {
    "run": (["run", "start", KEY, "--model", "tiny-random/qwen3", "--mode", "train", "--wait"], "run logs {} --follow"),
    "generation": (["generate", "tiny-random/qwen3", "--dataset", KEY, "--wait"], "generation watch {}"),
    "export": (["export", "create", KEY, "--wait"], "export list"),
    "dataset": (["dataset", "create", "large", "1"], "dataset show {}"),
    "dataset, split": (["dataset", "split", KEY, "--part", "a=0.5", "--part", "b=0.5"], "dataset show {}"),
    "run, replay": (["run", "replay", "original", "--wait"], "run logs {} --follow"),
}
"""For each kind of job the commands that wait for it, and the one that follows it."""


async def complete_runs(url: str, folder: Path) -> None:
    """Records that all runs of a database have ended."""
    database = Database(Settings(database_url=url, data_dir=folder))
    async with database.write() as session:
        await session.execute(update(tunix_runs).values(**ENDED, started_at=at(0), completed_at=at(10)))
    await database.close()


@pytest.mark.parametrize("waiting_for", WAITING)
def test_an_interrupted_wait_names_the_commands_that_follow_and_cancel_the_job(
    commands: Commands, embedded: Program, sqlite_url: str, waiting_for: str
):
    """The ones that it names exist: the job is cancelled by one of them."""
    commands.succeed("dataset", "create", "all", "1")
    words, follow = WAITING[waiting_for]
    noun = waiting_for.partition(",")[0]
    if "original" in words:
        train = ("--model", "tiny-random/qwen3", "--mode", "train", "--output-name", "original")
        commands.succeed("run", "start", KEY, *train)
        asyncio.run(complete_runs(sqlite_url, embedded.folder / "data"))
    with embedded.running(*words, TUNIX_RT_DATASET_DIRECT_MAX=BY_WORKER) as waiting:
        assert waiting.stderr is not None
        assert any("stays queued until then" in line for line in waiting.stderr)
        waiting.send_signal(signal.SIGINT)
        messages = waiting.communicate(timeout=60)[1].splitlines()

    assert waiting.returncode == 130
    cancel = messages[-1].removeprefix("To cancel it: tunix-rt ").split()
    assert cancel[:2] == [noun, "cancel"]
    job = uuid.UUID(cancel[2])
    assert messages[-2] == f"The {noun} continues. To follow it: tunix-rt {follow.format(job)}"
    assert commands.json(*cancel)["status"] == "CANCELLED"
    assert commands.run(*follow.format(job).split())[0] in {0, 1}  # 2 is a usage error


def test_an_interrupted_evaluation_continues(commands: Commands, embedded: Program):
    """The command itself takes the jobs of a data folder; their processes outlive it."""
    commands.succeed("dataset", "create", "all", "1")
    trainer = embedded.folder / "trainer"
    trainer.write_text("#!/bin/sh\nexec sleep 60\n")
    trainer.chmod(0o700)
    words = ("evaluate", KEY, "--candidate", "model:tiny-random/qwen3", "--name", "slow")

    async def generates() -> bool:
        listed = await asyncio.to_thread(commands.json, "generation", "list")
        return any(found["status"] == "RUNNING" for found in listed)

    with embedded.running(
        *words, TUNIX_RT_DATASET_DIRECT_MAX=BY_WORKER, TUNIX_RT_TRAINER_PYTHON=str(trainer)
    ) as waiting:
        asyncio.run(until(generates))
        waiting.send_signal(signal.SIGINT)
        assert waiting.stderr is not None
        messages = [*takewhile(lambda line: not line.startswith("To cancel"), waiting.stderr)]  # the job holds it open
        waiting.wait(60)

    (found,) = commands.json("evaluation", "list")
    assert waiting.returncode == 130
    assert messages[-1] == f"The evaluation continues. To follow it: tunix-rt evaluation watch {found['uuid']}\n"
    commands.succeed("evaluation", "cancel", found["uuid"])


def test_interrupted_scoring_reports_what_it_has_stored(commands: Commands, embedded: Program):
    """The custom scorer takes a minute for each trace, so Ctrl-C comes within the first part."""
    folder = embedded.folder / "scorers"
    folder.mkdir()
    (folder / "slow.py").write_text(SLOW)
    with embedded.running("score", "run", "--scorer", "slow", TUNIX_RT_SCORERS_DIR=str(folder)) as waiting:
        asyncio.run(until(lambda: asyncio.to_thread((folder / "started").is_file)))
        waiting.send_signal(signal.SIGINT)
        output, messages = waiting.communicate(timeout=60)

    assert waiting.returncode == 130
    assert output == "0 traces scored.\n"
    assert messages.splitlines()[-1].endswith("To score the rest, repeat the command with --only-missing.")


def test_an_interrupted_upload_reports_that_it_can_be_repeated(server: RunningServer, embedded: Program):
    words = ("import", "jsonl", "-", "--server", server.url)
    with embedded.running(*words, stdin=subprocess.PIPE) as waiting:
        assert waiting.stderr is not None
        waiting.stderr.readline()  # the server that is used
        waiting.send_signal(signal.SIGINT)
        waiting.wait(60)  # standard input is still open
        messages = waiting.stderr.read()

    assert waiting.returncode == 130
    assert messages.splitlines()[-1].endswith("To import the rest, repeat the command: nothing is stored twice.")


def test_a_question_without_a_yes_changes_nothing(commands: Commands, monkeypatch: pytest.MonkeyPatch):
    for answer in ("n\n", ""):
        monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
        status, _, messages = commands.run("trace", "delete", "--search", "number")

        assert status == 1
        assert messages.endswith("tunix-rt: Nothing was changed.\n")
    assert len(commands.json("trace", "search", "number")) == 12


@pytest.mark.parametrize(
    ("words", "question"),
    [
        (["dataset", "delete", "all-1"], "The dataset all-1 will be deleted; its traces are kept."),
        (["run", "delete", "first"], "The run first, its checkpoints and its weights will be deleted."),
        (["evaluation", "delete", "again"], "The evaluation again and its result will be deleted."),
        (["export", "delete", "0123"], "The export 0123 will be deleted with its file."),
        (["generation", "delete", "0123"], "The generation 0123 will be deleted; its answers are kept."),
        (["migrate", "down", "0001"], "Tables that the revision 0001 does not have will be dropped."),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_a_question_names_its_object_on_standard_error(
    words: list[str], question: str, commands: Commands, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    status, output, messages = commands.run(*words)

    assert (status, output) == (1, "")
    assert messages.endswith(f"{question} Continue? [y/N]: \ntunix-rt: Nothing was changed.\n")


def test_ctrl_c_at_a_question_is_an_interruption(commands: Commands, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "stdin", Keyboard())
    status, _, messages = commands.run("trace", "delete", "--search", "number")

    assert status == 130
    assert messages.endswith("tunix-rt: Interrupted by Ctrl-C.\n")
