"""A command that is forked is a separate process, and nothing that it needs is there but libraries."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.factories import trace
from tests.support.fork_server import LIBRARIES, ForkServer
from tests.support.program import as_lines
from tests.support.servers import clean_environment

LOADED = f"""
import importlib, os, sys
for name in {LIBRARIES!r}:
    importlib.import_module(name)
print([name for name in sys.modules if name.startswith("tunix_rt")], len(os.listdir("/proc/self/task")))
"""


@pytest.fixture
def fork_server() -> Iterator[ForkServer]:
    """A separate server."""
    server = ForkServer()
    yield server
    server.stop()


def test_the_libraries_import_no_module_of_the_program_and_start_no_thread():
    command = [sys.executable, "-c", LOADED]
    done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=True)
    assert done.stdout == "[] 1\n"


def test_commands_have_their_own_folder_environment_input_and_status(fork_server: ForkServer, tmp_path: Path):
    environment = clean_environment() | {"TUNIX_RT_DATA_DIR": "data"}
    line = as_lines([trace(prompt="One and one?")])

    added = fork_server.run(["import", "jsonl", "-"], tmp_path, environment, given=line)
    assert added[:2] == (0, b"1 trace added (1 line read).\n"), added
    assert (tmp_path / "data").is_dir()
    listed = fork_server.run(["trace", "list", "--json"], tmp_path, environment)
    assert listed[0] == 0
    assert b'"One and one?"' in listed[1]
    refused = fork_server.run(["trace", "list", "--fist", "1"], tmp_path, environment)
    assert refused[0] == 2
    assert b"--fist" in refused[2]


def test_a_command_that_takes_too_long_is_killed(fork_server: ForkServer, tmp_path: Path):
    environment = clean_environment() | {"TUNIX_RT_DATA_DIR": "data"}
    waiting, forever = os.pipe()
    with os.fdopen(waiting, "rb") as piped, os.fdopen(forever, "wb"), pytest.raises(TimeoutError):
        fork_server.run(["import", "jsonl", "-"], tmp_path, environment, piped=piped, seconds=0.1)
    assert fork_server.run(["--version"], tmp_path, clean_environment())[0] == 0
