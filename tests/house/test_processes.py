"""What the tests start ends with them."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys

from tests.support.processes import job_processes, kill
from tests.support.runs import is_alive
from tests.support.waiting import until_nothing

JOB = """
import subprocess, sys, time
print(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]).pid, flush=True)
time.sleep(600)
"""


def test_a_job_is_ended_with_what_it_has_started():
    command = [sys.executable, "-c", JOB, "tunix_rt.jobs.exports.process"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as job:
        assert job.stdout is not None
        started = int(job.stdout.readline())
        assert job_processes() == [job.pid, started]

        kill(job_processes())

    async def runs() -> bool:
        return is_alive(started)

    assert job.returncode == -signal.SIGKILL
    asyncio.run(until_nothing(runs))
    assert job_processes() == []
