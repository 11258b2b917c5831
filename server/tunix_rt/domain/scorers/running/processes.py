"""Processes that score: started when needed, killed after a deadline, kept for the next traces, closed when idle."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections import defaultdict
from typing import Any, cast

import msgspec

from tunix_rt.domain.scorers.base import ScorerProgram, ScoringFailure, Verdict
from tunix_rt.domain.scorers.running.scored_traces import ScorableTrace
from tunix_rt.errors import ErrorCode
from tunix_rt.frames import encode_frame, receive_frame

WORKER = "tunix_rt.domain.scorers.running.worker"
START_SECONDS = 20
IDLE_SECONDS = 60
PROCESSES = max(1, min(4, os.cpu_count() or 1))
"""The maximum number of processes that score at once."""


class ScorerProcess:
    """A process that scores with one scorer, one trace at a time."""

    def __init__(self, program: ScorerProgram, process: Process) -> None:
        self.program = program
        self.expiry: asyncio.TimerHandle | None = None
        self._process = process

    async def send(self, frame: list[Any]) -> None:
        """Writes a frame.

        Raises:
            ConnectionError: the process has ended.
        """
        stream = cast("asyncio.StreamWriter", self._process.stdin)
        stream.write(encode_frame(frame))
        await stream.drain()

    async def receive(self) -> list[Any]:
        """Returns the next frame.

        Raises:
            asyncio.IncompleteReadError: the process has ended.
        """
        content = await receive_frame(cast("asyncio.StreamReader", self._process.stdout))
        frame: list[Any] = msgspec.msgpack.decode(content)
        return frame

    async def kill(self) -> None:
        """Kills the process."""
        if self.expiry is not None:
            self.expiry.cancel()
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()


class ScorerProcesses:
    """The processes that score for one server."""

    def __init__(self) -> None:
        self._idle: dict[ScorerProgram, list[ScorerProcess]] = defaultdict(list)
        self._slots = asyncio.Semaphore(PROCESSES)
        self._ending: set[asyncio.Task[None]] = set()

    async def describe(self, program: ScorerProgram) -> list[Any]:
        """Returns the first frame of a program's process: its scorer, or the error of loading it."""
        async with self._slots:
            process, frame = await self._start(program)
            await process.kill()
            return frame

    async def score(
        self, program: ScorerProgram, trace: ScorableTrace, seconds: float
    ) -> Verdict | ScoringFailure | None:
        """Returns a scorer's verdict on a trace, or why there is none.

        Args:
            seconds: the time limit; the process is killed when it is exceeded.
        """
        async with self._slots:
            process, frame = await self._take(program)
            if frame[0] != "ready":
                await process.kill()
                return outcome_of(frame)
            try:
                async with asyncio.timeout(seconds):
                    await process.send(list(trace))
                    frame = await process.receive()
            except TimeoutError:
                return ScoringFailure(ErrorCode.TIMEOUT, f"The scorer took longer than {seconds:g} s.")
            except (asyncio.IncompleteReadError, ConnectionError):
                return ScoringFailure(ErrorCode.SCORER_FAILED, "The scorer's process ended while it scored.")
            else:
                self._keep(process)
                return outcome_of(frame)
            finally:
                if process not in self._idle[program]:
                    await process.kill()

    async def close(self) -> None:
        """Kills all idle processes."""
        for processes in self._idle.values():
            for process in processes:
                await process.kill()
        self._idle.clear()
        await asyncio.gather(*self._ending)

    async def _take(self, program: ScorerProgram) -> tuple[ScorerProcess, list[Any]]:
        """Returns an idle process of a program, or a new one, with its first frame."""
        if idle := self._idle[program]:
            process = idle.pop()
            if process.expiry is not None:
                process.expiry.cancel()
            return process, ["ready"]
        return await self._start(program)

    async def _start(self, program: ScorerProgram) -> tuple[ScorerProcess, list[Any]]:
        """Starts a process and returns it with its first frame."""
        command = [sys.executable, "-m", WORKER, program.source.value, program.name]
        started = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, start_new_session=True)
        process = ScorerProcess(program, started)
        try:
            async with asyncio.timeout(START_SECONDS):
                return process, await process.receive()
        except TimeoutError:
            await process.kill()
            return process, ["error", f"Loading the scorer took longer than {START_SECONDS} s."]
        except asyncio.IncompleteReadError:
            return process, ["error", "The scorer's process ended while it was loaded."]
        except BaseException:
            await process.kill()
            raise

    def _keep(self, process: ScorerProcess) -> None:
        """Keeps a process for the next traces, for a limited time."""
        self._idle[process.program].append(process)
        process.expiry = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._expire, process)

    def _expire(self, process: ScorerProcess) -> None:
        """Ends a process that has been idle for too long."""
        self._idle[process.program].remove(process)
        task = asyncio.create_task(process.kill())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)


def outcome_of(frame: list[Any]) -> Verdict | ScoringFailure | None:
    """Returns the outcome that a frame of a process has."""
    if frame[0] == "verdict":
        return Verdict(*frame[1:])
    return ScoringFailure(ErrorCode.SCORER_FAILED, frame[1]) if frame[0] == "error" else None
