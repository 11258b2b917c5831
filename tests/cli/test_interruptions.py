"""Ctrl-C and questions: what a command prints when it is given up, and its exit status."""

from __future__ import annotations

import asyncio
import io
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.commands import Commands
from tests.support.program import Program, as_lines, stored
from tests.support.traces import native_trace
from tests.support.waiting import until
from tunix_rt.domain.imports.importing import BATCH_LINES


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


def test_a_question_without_a_yes_changes_nothing(commands: Commands, monkeypatch: pytest.MonkeyPatch):
    for answer in ("n\n", ""):
        monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
        status, _, messages = commands.run("trace", "delete", "--search", "number")

        assert status == 1
        assert messages.endswith("tunix-rt: Nothing was changed.\n")
    assert len(commands.json("trace", "search", "number")) == 12


def test_ctrl_c_at_a_question_is_an_interruption(commands: Commands, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "stdin", Keyboard())
    status, _, messages = commands.run("trace", "delete", "--search", "number")

    assert status == 130
    assert messages.endswith("tunix-rt: Interrupted by Ctrl-C.\n")
