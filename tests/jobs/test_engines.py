"""The local engine: finds and stops what remains of an attempt, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.support.waiting import until
from tunix_rt.domain.jobs.queue import Hold
from tunix_rt.jobs.engines.local import LocalEngine
from tunix_rt.jobs.supervision.folder import processes_marked
from tunix_rt.jobs.supervision.trainer import RUN_VARIABLE
from tunix_rt.settings import Settings
from tunix_rt.trainer.contract import ATTEMPT_VARIABLE


@contextmanager
def orphan(run_id: uuid.UUID, attempt: int) -> Iterator[subprocess.Popen[bytes]]:
    """A process of an attempt's trainer that has outlived its supervisor."""
    marks = {RUN_VARIABLE: str(run_id), ATTEMPT_VARIABLE: str(attempt)}
    program = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    with subprocess.Popen(program, env=os.environ | marks, stdin=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


async def test_stop_kills_the_processes_of_the_attempt_only(tmp_path: Path):
    engine, run_id = LocalEngine(Settings(data_dir=tmp_path)), uuid.uuid4()
    with ExitStack() as stack:
        first, second, other = (
            stack.enter_context(orphan(*owner)) for owner in ((run_id, 1), (run_id, 2), (uuid.uuid4(), 1))
        )

        async def started() -> bool:
            return {first.pid, second.pid} <= set(processes_marked(f"{RUN_VARIABLE}={run_id}"))

        await until(started)
        await engine.stop(Hold(run_id, "owner", 1))

        assert first.wait(10) == -9
        assert (second.poll(), other.poll()) == (None, None)
