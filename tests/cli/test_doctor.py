"""``tunix-rt doctor`` finds what is wrong, and what to do; ``tunix-rt completion`` completes."""

from __future__ import annotations

import json
import os
import re
import shlex
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.background import background_server
from tests.support.commands import Commands
from tests.support.servers import clean_environment
from tunix_rt import __version__
from tunix_rt.cli.doctor.database import clock_finding, revision_finding
from tunix_rt.cli.doctor.findings import Finding, Severity
from tunix_rt.cli.doctor.machine import disk_finding, folder_finding, port_finding
from tunix_rt.cli.doctor.service import part_finding, queue_findings, version_finding, workers_findings
from tunix_rt.settings import Settings

WORKER = {
    "host": "node-1",
    "processId": 7,
    "version": __version__,
    "kinds": ["DRY_RUN", "EXPORT"],
    "startedAt": "2026-01-31T12:00:00Z",
}


def severities(found: list[dict[str, Any]]) -> dict[str, str]:
    """Returns the severity of each finding by its name."""
    return {one["name"]: one["severity"] for one in found}


def test_a_database_in_order_has_no_problem(database_url: str, tmp_path: Path):
    (tmp_path / "data").mkdir()
    status, output, messages = Commands.on(database_url, tmp_path / "data").run("doctor", "--json")

    assert status == 0, output
    found = severities(json.loads(output))
    assert "problem" not in found.values()
    assert {
        "python",
        "data folder",
        "disk",
        "port",
        "revision",
        "clock",
        "database",
        "models",
        "worker",
        "jobs",
    } <= found.keys()
    assert messages.startswith("tunix-rt: using the database ")
    (answering,) = [finding["text"] for finding in json.loads(output) if finding["name"] == "database"]
    assert re.fullmatch(r"answers in \d+ ms", answering)


def test_a_missing_database_is_noted_and_not_made(tmp_path: Path):
    status, output, _ = Commands({"TUNIX_RT_DATA_DIR": str(tmp_path / "data")}).run("doctor", "--json")

    assert status == 0
    assert severities(json.loads(output))["database"] == "note"
    assert "tunix" in severities(json.loads(output))
    assert not list(tmp_path.iterdir())


def test_an_old_database_is_a_problem_with_advice(empty_database_url: str, tmp_path: Path):
    commands = Commands.on(empty_database_url, tmp_path)
    commands.succeed("migrate", "up", "0001")

    status, output, _ = commands.run("doctor")

    assert status == 1
    assert "0001; this version needs" in output
    assert "-> Run: tunix-rt migrate up" in output


def test_a_misspelt_setting_is_a_problem(tmp_path: Path):
    status, output, _ = Commands({"TUNIX_RT_PROT": "1", "TUNIX_RT_DATA_DIR": str(tmp_path)}).run("doctor")

    assert status == 1
    assert "There is no setting TUNIX_RT_PROT. Did you mean TUNIX_RT_PORT?" in output


def test_a_server_is_checked_and_one_that_is_away_is_a_problem(sqlite_url: str, tmp_path: Path):
    settings = Settings(data_dir=tmp_path / "data", database_url=sqlite_url, worker=False)
    settings.data_dir.mkdir()
    with background_server(settings) as url:
        status, output, _ = Commands().run("doctor", "--server", url, "--json")
    assert status == 0, output
    found = {one["name"]: one for one in json.loads(output)}
    assert {"python", "version", "database", "server's disk", "models", "tunix", "worker"} <= found.keys()
    assert found["worker"]["advice"] == "Start one there: tunix-rt worker."

    status, output, _ = Commands().run("doctor", "--server", url)
    assert status == 1
    assert f"{url} cannot be reached" in output
    assert "-> Check the URL" in output


def test_a_database_that_is_away_is_a_problem_with_advice(tmp_path: Path):
    status, output, _ = Commands.on("postgresql://u@127.0.0.1:1/d", tmp_path).run("doctor")

    assert status == 1
    assert "cannot be reached" in output
    assert "-> Check the data folder, TUNIX_RT_DATABASE_URL" in output


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (clock_finding(-90.0), "The database's clock is 90 s behind this machine's"),
        (revision_finding("9999", ["0001", "0002"]), "9999 is of a newer version"),
        (revision_finding("ae1027a6acf", ["0001", "0002"]), "ae1027a6acf is of another program"),
        (revision_finding(None, ["0001", "0002"]), "none; this version needs 0002"),
        (folder_finding("data folder", Path("/dev/null/data")), "cannot be created"),
        (folder_finding("data folder", Path("/dev/null")), "/dev/null is not a folder"),
        (disk_finding(Settings(disk_free_min_bytes=1_099_511_627_776)), "free, less than 1.1 TB"),
        (part_finding("database", {"status": "DOWN", "message": "away"}, ""), "away"),
        *(
            (found, "No worker is alive; jobs pending: 2")
            for found in workers_findings([], {"pending": 2, "running": 0, "oldestPendingSeconds": 1.0})
        ),
        *(
            (found, "The worker starts none: 2 pending, 0 running, the oldest pending for 70 s")
            for found in queue_findings([WORKER], {"pending": 2, "running": 0, "oldestPendingSeconds": 70.0})
        ),
        *((found, "The queue cannot be read") for found in queue_findings([], None)),
    ],
)
def test_a_problem_has_its_words_and_an_advice(found: Finding, text: str):
    assert found.severity is Severity.PROBLEM
    assert text in found.text
    assert found.advice


def test_what_only_limits_is_a_note():
    taken = socket.create_server(("127.0.0.1", 0))
    with taken:
        port = port_finding(Settings(port=taken.getsockname()[1]))
    (waiting,) = queue_findings([WORKER], {"pending": 1, "running": 1, "oldestPendingSeconds": 70.0})
    (older,) = workers_findings([WORKER | {"version": "0.0.1"}], None)
    (missing,) = workers_findings([], {"pending": 0, "running": 0, "oldestPendingSeconds": None})
    (left,) = workers_findings([], {"pending": 0, "running": 2, "oldestPendingSeconds": None})

    assert (port.severity, "Address already in use" in port.text) == (Severity.NOTE, True)
    assert {waiting.severity, older.severity, missing.severity, left.severity} == {Severity.NOTE}
    assert left.text == "No worker is alive; jobs running: 2"
    assert left.advice.endswith("waits for a worker. Start one: tunix-rt serve, or tunix-rt worker.")
    assert missing.advice == "Start one: tunix-rt serve, or tunix-rt worker."
    assert version_finding({"version": "0.0.1", "database": {"kind": "SQLITE"}}).severity is Severity.NOTE


def test_each_live_worker_is_shown_with_its_place_and_its_kinds():
    queue = {"pending": 3, "running": 0, "oldestPendingSeconds": 5.0}
    (first, second) = workers_findings([WORKER, WORKER | {"host": "node-2", "kinds": ["RUN"]}], queue)
    (jobs,) = queue_findings([WORKER], queue)

    assert {first.severity, second.severity, jobs.severity} == {Severity.OK}
    assert first.text == "node-1, process 7, since 2026-01-31 12:00:00Z, takes dry runs, exports"
    assert second.text == "node-2, process 7, since 2026-01-31 12:00:00Z, takes runs"
    assert jobs.text == "3 pending, 0 running"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_names_the_program(shell: str):
    assert "_TUNIX_RT_COMPLETE" in Commands().succeed("completion", shell)


@pytest.mark.parametrize(
    ("words", "completed"),
    [("tr", "trace"), ("run sta", "start"), ("dataset cr", "create"), ("run list --sta", "--status")],
)
def test_commands_and_options_are_completed(words: str, completed: str):
    line = f"tunix-rt {words}"
    asked = {"COMP_WORDS": line, "COMP_CWORD": str(line.count(" ")), "_TUNIX_RT_COMPLETE": "bash_complete"}
    program = "from tunix_rt.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program], env=clean_environment() | asked, capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == [f"plain,{completed}"]


@pytest.mark.parametrize(
    ("words", "completed"),
    [(["run", "sta"], "start"), (["run", "list", "--status", "CO"], "completed"), (["import", "gs"], "gsm8k")],
)
def test_bash_completes_by_the_script(tmp_path: Path, words: list[str], completed: str):
    program = tmp_path / "tunix-rt"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m tunix_rt "$@"\n')
    program.chmod(0o755)
    line = shlex.join(["tunix-rt", *words])
    script = f'eval "$(tunix-rt completion bash)"; COMP_WORDS=({line}); COMP_CWORD={len(words)}'
    environment = clean_environment() | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    command = ["bash", "-c", f'{script}; _tunix_rt_completion tunix-rt; echo "${{COMPREPLY[@]}}"']
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)

    assert done.stdout.split() == [completed]
