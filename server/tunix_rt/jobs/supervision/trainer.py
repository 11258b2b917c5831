"""The trainer's process: in a new session and process group, tied to its supervisor, with a reduced environment."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import tunix_rt
from tunix_rt.domain.runs.files import MANIFEST_FILE, STDERR_FILE, STDOUT_FILE
from tunix_rt.jobs.process import NICENESS
from tunix_rt.jobs.supervision import die_with_parent
from tunix_rt.jobs.supervision.folder import processes_marked, start_time
from tunix_rt.setting_values import PREFIX
from tunix_rt.settings import Settings
from tunix_rt.trainer.contract import ATTEMPT_VARIABLE, CACHE_VARIABLE

LAUNCHER = Path(tunix_rt.__file__).parent / "trainer" / "launch.py"
RUN_VARIABLE = f"{PREFIX}RUN"
"""The environment variable that marks every process of a run, even after its parent has exited."""

NOT_PASSED_ON = (PREFIX, "PG", "PYTHON", "T_")
"""Prefixes of variables that the trainer does not get.

They are the settings with the database's password, another interpreter's, and those that Tunix reads as overrides.
"""

LEFTOVER_SECONDS = 10.0


@dataclass(frozen=True)
class TrainerProcess:
    """A trainer that was started."""

    process: asyncio.subprocess.Process
    started: int | None

    @property
    def pid(self) -> int:
        """The id of its process and of its process group."""
        return self.process.pid

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal to its process group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    async def wait(self) -> int:
        """Waits for its exit, kills the rest of its process group and returns its exit code."""
        code = await self.process.wait()
        self.signal(signal.SIGKILL)
        return code


def program_of(settings: Settings, *arguments: str) -> list[str]:
    """Returns the command line of one of the trainer's programs, with the trainer's interpreter."""
    python = settings.trainer_python or sys.executable
    if os.sep in python:
        python = os.path.abspath(python)  # noqa: PTH100 - a link of a virtual environment must stay the link
    return [python, str(LAUNCHER), *arguments]


def environment_of(settings: Settings, base: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Returns the environment of the trainer's programs."""
    kept = {name: value for name, value in base.items() if not name.startswith(NOT_PASSED_ON)}
    kept.pop("VIRTUAL_ENV", None)
    kept.setdefault(CACHE_VARIABLE, str(settings.data_dir.absolute() / "cache" / "jax"))
    return kept


async def start_trainer(
    settings: Settings,
    folder: Path,
    run_id: uuid.UUID,
    attempt: int,
    program: Sequence[str] = ("train", MANIFEST_FILE),
) -> TrainerProcess:
    """Starts one of the trainer's programs in the folder of a run or of a generation.

    Call it from the main thread: the trainer is killed when the thread that started it exits.

    Raises:
        OSError: its output cannot be written, or the process cannot be started.
    """
    marks = {ATTEMPT_VARIABLE: str(attempt), RUN_VARIABLE: str(run_id)}
    with (folder / STDOUT_FILE).open("ab") as stdout, (folder / STDERR_FILE).open("ab") as stderr:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", die_with_parent.__file__, str(os.getpid()), str(NICENESS)),
            *program_of(settings, *program),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            cwd=folder,
            env=environment_of(settings) | marks,
            start_new_session=True,
        )
    return TrainerProcess(process, start_time(process.pid))


async def kill_run(run_id: uuid.UUID) -> int:
    """Kills all processes of earlier attempts at a run; returns their number once they are gone."""
    return await kill_marked(f"{RUN_VARIABLE}={run_id}")


async def kill_attempt(run_id: uuid.UUID, attempt: int) -> int:
    """Kills the trainer's processes of one attempt; returns their number once they are gone."""
    return await kill_marked(f"{RUN_VARIABLE}={run_id}", f"{ATTEMPT_VARIABLE}={attempt}")


async def kill_marked(*marks: str) -> int:
    """Kills all other processes with these environment variables; returns their number once they are gone."""
    found = await asyncio.to_thread(processes_marked, *marks)
    left = [pid for pid in found if pid != os.getpid()]
    deadline = asyncio.get_running_loop().time() + LEFTOVER_SECONDS
    while left and asyncio.get_running_loop().time() < deadline:
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(0.02)
        left = [pid for pid in await asyncio.to_thread(processes_marked, *marks) if pid != os.getpid()]
    return len(found)
