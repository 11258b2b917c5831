"""What the tests start ends with them."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tests.support import processes
from tests.support.processes import end, is_alive, job_processes

JOB = """
import subprocess, sys, time
print(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]).pid, flush=True)
time.sleep(600)
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(flush=True)
time.sleep(600)
"""


def test_a_job_is_ended_with_what_it_has_started():
    command = [sys.executable, "-c", JOB, "tunix_rt.jobs.exports.process"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as job:
        assert job.stdout is not None
        started = int(job.stdout.readline())
        assert job_processes() == [job.pid, started]

        end(job_processes())
        assert job_processes() == []

    assert job.returncode == -signal.SIGTERM
    assert not is_alive(started)


def test_a_process_that_ignores_the_request_is_killed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(processes, "GRACE_SECONDS", 0.1)
    with subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()

        end([process.pid])

    assert process.returncode == -signal.SIGKILL
