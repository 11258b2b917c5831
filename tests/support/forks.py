"""Programs of ours as forks of one process that has imported them, which takes seconds each time.

A fork is a separate process, as a user's is: with its own arguments, environment, folder, standard files and exit
status. What the program's own modules do when they are imported, they have done before.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.forkserver import ensure_running, set_forkserver_preload
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Event, Lock

import pytest

from tests.support.measuring import HANDED_ON
from tests.support.processes import is_alive

CONTEXT = get_context("forkserver")
STARTING = Lock()
STARTED = Event()
"""Set once the parent of all forks of this process runs."""

STOPPING = Event()
"""Set while new forks stop before they do anything."""

JOBS = "tests.support.job_modules"
"""The module that imports the programs of jobs."""

ARGUMENTS, ENVIRONMENT = 45, 47
"""The field of a process's ``stat``, after its name, with the start of a part of its memory; the next is the end."""

SPACE = {"SPACE_FOR_SETTINGS": " " * 16_384}
"""Makes the parent's environment longer than that of any fork, which is shown in its place."""


class Fork:
    """A program that runs in a fork, with what ``Popen`` has for it.

    Attributes:
        returncode: the exit status, negative if a signal ended the process; None until it is asked for.
    """

    def __init__(self, process: BaseProcess, command: Sequence[str]) -> None:
        self._process = process
        self.args = list(command)
        self.returncode: int | None = None

    @property
    def pid(self) -> int:
        """The number of the process."""
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """Returns the exit status; None while the process runs."""
        if self.returncode is None and not is_alive(self.pid):
            self._process.join()  # its parent has yet to send the status
        self.returncode = self._process.exitcode
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Returns the exit status once the process has ended.

        Raises:
            TimeoutExpired: it has not ended in time.
        """
        self._process.join(timeout)
        status = self.poll()
        if status is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return status

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


def start(
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    stdout: Path | None = None,
    stderr: Path | None = None,
    libraries: Sequence[str] = (),
    at_import: Mapping[str, str] | None = None,
) -> Fork:
    """Starts ``python -m MODULE ARGUMENT...`` in a new session, without input.

    Args:
        command: with the interpreter, which is this one.
        environment: all of its environment.
        stdout: the file that receives its output; None for none.
        stderr: the file that receives its messages; None for those of this process.
        libraries: the modules that are imported before the programs of jobs, if this is the first fork of a process.
        at_import: the environment for their import.
    """
    assert list(command[:2]) == [sys.executable, "-m"], command
    start_parent([*libraries, JOBS], at_import or {})
    arguments = (list(command), dict(environment), stdout, stderr, STOPPING.is_set())
    process = CONTEXT.Process(target=run, args=arguments, daemon=True)
    process.start()
    return Fork(process, command)


@contextmanager
def stopping() -> Iterator[None]:
    """Stops the forks that are started within the block, each before its program begins, until it is continued."""
    STOPPING.set()
    try:
        yield
    finally:
        STOPPING.clear()


def start_parent(modules: Sequence[str], environment: Mapping[str, str]) -> None:
    """Starts the parent of all forks, unless it runs.

    Args:
        modules: what it imports.
        environment: variables in addition to those of this process, for the imports.
    """
    with STARTING, pytest.MonkeyPatch.context() as patch:
        if STARTED.is_set():
            return
        for name, value in {**SPACE, **environment}.items():
            patch.setenv(name, value)
        patch.delenv(HANDED_ON, raising=False)
        set_forkserver_preload(list(modules))
        ensure_running()
        STARTED.set()


def run(command: list[str], environment: dict[str, str], stdout: Path | None, stderr: Path | None, stops: bool) -> None:
    """Runs a module in this process as ``python -m`` does.

    Args:
        stops: whether this process first stops until it is continued.
    """
    os.setsid()
    redirect(1, stdout or Path(os.devnull))
    if stderr is not None:
        redirect(2, stderr)
    os.environ.clear()
    os.environ.update(environment)
    show(ARGUMENTS, command)
    show(ENVIRONMENT, (f"{name}={value}" for name, value in environment.items()))
    if stops:
        os.kill(os.getpid(), signal.SIGSTOP)
    time.tzset()
    if HANDED_ON in environment:
        importlib.import_module("coverage").process_startup()
    sys.argv = command[2:]
    sys.modules.pop(command[2], None)
    runpy.run_module(command[2], run_name="__main__", alter_sys=True)


def redirect(number: int, file: Path) -> None:
    """Lets a standard file of this process be another one, which is emptied."""
    opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    os.dup2(opened, number)
    os.close(opened)


def show(part: int, words: Iterable[str]) -> None:
    """Shows this process's arguments or environment in the memory of those of its parent."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    start, end = map(int, fields[part : part + 2])
    shown = b"".join(os.fsencode(word) + b"\0" for word in words)
    assert len(shown) <= end - start, f"{len(shown)} bytes, and space for {end - start}"
    ctypes.memmove(start, shown.ljust(end - start, b"\0"), end - start)
