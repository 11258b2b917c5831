"""Programs of the trainer as forks of one process that has imported their libraries, which takes seconds each time.

A fork is a separate process, with its own environment, standard files and exit code. The trainer's own modules are
imported in it, so that coverage is measured. JAX has no device before the fork.
"""

from __future__ import annotations

import gc
import importlib
import os
import runpy
import subprocess
import sys
from collections.abc import Mapping
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

from tests.support.measuring import HANDED_ON
from tunix_rt.trainer.attempt.signals import QUIET

PRELOADED = "tests.support.trainer.libraries"
CONTEXT = get_context("forkserver")


class Fork:
    """A program that runs in a fork, with the methods of ``Popen`` that the tests use."""

    def __init__(self, process: BaseProcess, command: list[str]) -> None:
        self._process = process
        self.args = command

    @property
    def pid(self) -> int:
        """The number of the process."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit code, negative if a signal ended the process; None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """Returns the exit code; None while the process runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Returns the exit code once the process has ended.

        Raises:
            TimeoutExpired: it has not ended in time.
        """
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Sends a signal to the process, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Sends SIGTERM."""
        self._process.terminate()

    def kill(self) -> None:
        """Sends SIGKILL."""
        self._process.kill()


def start(module: str, path: Path, stdout: Path, stderr: Path, environment: Mapping[str, str]) -> Fork:
    """Starts ``python -m MODULE PATH``.

    Args:
        environment: the whole environment of the program. What JAX reads of it when it is imported is that of the first
            program that a process of the tests starts.
    """
    CONTEXT.set_forkserver_preload([PRELOADED])
    command = [module, str(path)]
    process = CONTEXT.Process(target=run, args=(command, stdout, stderr, dict(environment)), daemon=True)
    before = dict(os.environ)
    os.environ.update({**QUIET, **environment})
    os.environ.pop(HANDED_ON, None)
    try:
        process.start()
    finally:
        os.environ.clear()
        os.environ.update(before)
    return Fork(process, command)


def run(command: list[str], stdout: Path, stderr: Path, environment: dict[str, str]) -> None:
    """Runs a module in this process as ``python -m`` does."""
    for number, file in ((1, stdout), (2, stderr)):
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(opened, number)
        os.close(opened)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = command
    if HANDED_ON in environment:
        importlib.import_module("coverage").process_startup()
    gc.unfreeze()
    runpy.run_module(command[0], run_name="__main__", alter_sys=True)
