"""A Slurm cluster of one node for the tests: the system's munged, slurmctld, slurmd and slurmrestd, on loopback.

python -m tests.support.slurm_daemons    fails if one of these programs is missing
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

from tests.support.postgres import free_port
from tests.support.processes import processes_about
from tests.support.servers import clean_environment
from tunix_rt.jobs.supervision import die_with_parent

PROGRAMS = ("munged", "slurmctld", "slurmd", "slurmrestd")
SEARCHED = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
START_SECONDS = 90
STOP_SECONDS = 5
TOKEN_SECONDS = 86_400
CPUS = 16
GPUS = 2
MEMORY_MIB = 65_536
CLOSED = "closed"
"""The partition whose jobs wait for ever."""

VARIABLES = {"slurmrestd": {"SLURM_JWT": "daemon", "SLURMRESTD_SECURITY": "disable_user_check"}}

CONFIGURATION = """
ClusterName=tests
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={slurmctld}
SlurmdPort={slurmd}
SlurmUser={user}
SlurmdUser={user}
CommunicationParameters=NoInAddrAny
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
AuthAltTypes=auth/jwt
AuthAltParameters=jwt_key={folder}/jwt.key
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
DefMemPerCPU=100
SlurmdParameters=config_overrides
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0
ReturnToService=2
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory} Gres=gpu:{gpus}
PartitionName=open Nodes={host} Default=YES State=UP
PartitionName={closed} Nodes={host} State=DOWN
"""


def path_of(name: str) -> str:
    """Returns the path of a program.

    Raises:
        RuntimeError: it is not installed.
    """
    found = shutil.which(name, path=SEARCHED)
    if found is None:
        raise RuntimeError(f"{name} is needed: see provide_slurm in tests/tools/provide.sh.")
    return found


def json_web_token(key: bytes, **claims: Any) -> str:
    """Returns a token that is signed by HS256."""
    parts = [base64_url(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    signature = hmac.new(key, ".".join(parts).encode(), hashlib.sha256).digest()
    return ".".join([*parts, base64_url(signature)])


def base64_url(value: bytes) -> str:
    """Returns the text of bytes in a token."""
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


class SlurmDaemons:
    """A running cluster of one node, which ends with the process that has started it.

    Its folder is a short one: the paths of sockets have at most 107 bytes.

    Raises:
        RuntimeError: it did not start; the message has the ends of its logs.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="slurm-"))
        self.folder.chmod(0o755)  # every user reaches the socket of munged
        self.user = pwd.getpwuid(os.getuid()).pw_name
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._key = secrets.token_bytes(32)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        try:
            self._configure()
            self._start()
        except BaseException:
            self.stop()
            raise

    def token(self, seconds: float = TOKEN_SECONDS, key: bytes | None = None) -> str:
        """Returns a token of this user that is valid for some seconds, or was until some seconds ago.

        Args:
            key: the key that signs it; None for that of the cluster.
        """
        now = int(time.time())
        return json_web_token(key or self._key, iat=now - TOKEN_SECONDS, exp=now + int(seconds), sun=self.user)

    def _configure(self) -> None:
        secret(self.folder / "munge.key", secrets.token_bytes(64))
        secret(self.folder / "jwt.key", self._key)
        for name in ("state", "spool"):
            (self.folder / name).mkdir()
        values = {
            "host": socket.gethostname().partition(".")[0],
            "user": self.user,
            "folder": self.folder,
            "slurmctld": free_port(),
            "slurmd": free_port(),
            "cpus": CPUS,
            "memory": MEMORY_MIB,
            "gpus": GPUS,
            "closed": CLOSED,
        }
        (self.folder / "slurm.conf").write_text(CONFIGURATION.format(**values))
        devices = [self.folder / f"gpu{number}" for number in range(GPUS)]
        for device in devices:
            device.touch()
        (self.folder / "gres.conf").write_text("".join(f"Name=gpu File={device}\n" for device in devices))
        (self.folder / "cgroup.conf").write_text("CgroupPlugin=autodetect\n")

    def _start(self) -> None:
        folder = self.folder
        files = [f"--{name}-file={folder}/munge.{name}" for name in ("key", "pid", "seed", "log")]
        self._spawn("munged", "--foreground", "--force", f"--socket={folder}/munge.socket", *files)
        self._until((folder / "munge.socket").exists, "munged")
        self.start_controller()
        self._spawn("slurmd", "-D")
        self._spawn("slurmrestd", "-a", "rest_auth/jwt", "-s", "openapi/v0.0.38", f"127.0.0.1:{self.port}")
        self._until(self.is_ready, "slurmrestd")

    def start_controller(self) -> None:
        """Starts slurmctld."""
        self._spawn("slurmctld", "-D")

    def kill_controller(self) -> None:
        """Kills slurmctld at once."""
        process = self._processes.pop("slurmctld")
        process.kill()
        process.wait()

    def _spawn(self, name: str, *options: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", die_with_parent.__file__, str(os.getpid()), "0"),
                    *(path_of(name), *options),
                ],
                env=clean_environment() | {"SLURM_CONF": f"{self.folder}/slurm.conf"} | VARIABLES.get(name, {}),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _until(self, condition: Any, name: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not condition():
            ended = [name for name, process in self._processes.items() if process.poll() is not None]
            if ended or time.monotonic() >= deadline:
                raise RuntimeError(f"{' '.join(ended) or name} is not ready; the logs:\n{self.logs()}")
            time.sleep(0.05)

    def logs(self) -> str:
        """Returns the ends of the logs."""
        return "\n".join(f"{log.name}:\n{log.read_text()[-3000:]}" for log in sorted(self.folder.glob("*.log")))

    def is_ready(self) -> bool:
        """Returns whether the node can start jobs."""
        headers = {"X-SLURM-USER-NAME": self.user, "X-SLURM-USER-TOKEN": self.token()}
        try:
            answer = httpx.get(f"{self.url}/slurm/v0.0.38/nodes", headers=headers, trust_env=False, timeout=5)
        except httpx.TransportError:
            return False
        return answer.status_code == 200 and any(node["state"] == "idle" for node in answer.json()["nodes"])

    def stop(self) -> None:
        """Stops the cluster with its jobs, and removes its folder."""
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for pid in processes_about(self.folder):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)


def secret(path: Path, content: bytes) -> None:
    """Writes a file that only its owner can read."""
    path.touch(0o600)
    path.write_bytes(content)


@contextmanager
def slurm_daemons() -> Iterator[SlurmDaemons]:
    """A cluster within the block."""
    daemons = SlurmDaemons()
    try:
        yield daemons
    finally:
        daemons.stop()


if __name__ == "__main__":
    for wanted in PROGRAMS:
        path_of(wanted)
