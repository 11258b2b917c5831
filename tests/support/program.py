"""The command line as users have it: processes, files, and what they leave in the database."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any

from tests.support.fork_server import ForkServer
from tests.support.servers import clean_environment

END_SECONDS = 180
"""The time for a command on a busy machine."""

MEASURED = """
import atexit, pathlib, re, sys
from tunix_rt.__main__ import main
status = pathlib.Path("/proc/self/status")
atexit.register(lambda: print(re.search("VmHWM:\\\\s+(\\\\d+) kB", status.read_text())[1], file=sys.stderr))
main()
"""
"""The program, which prints its peak memory at the end. The system's figure for a child includes the parent's."""


class Program:
    """The command line on a separate data folder.

    Args:
        database_url: of a migrated database.
        fork_server: starts its commands; each starts by itself if None.

    Attributes:
        environment: of its processes.
    """

    def __init__(self, database_url: str, folder: Path, fork_server: ForkServer | None = None) -> None:
        self.environment = clean_environment() | {
            "TUNIX_RT_DATABASE_URL": database_url,
            "TUNIX_RT_DATA_DIR": str(folder / "data"),
        }
        self.folder = folder
        self._fork_server = fork_server

    def run(
        self, *arguments: str | Path, given: bytes | None = None, piped: IO[bytes] | None = None, **settings: str
    ) -> tuple[int, str, str]:
        """The exit status, the output and the messages of a command, without the line that names the database."""
        if self._fork_server is not None:
            words = [str(argument) for argument in arguments]
            done = self._fork_server.run(words, self.folder, self.environment | settings, given, piped)
            return done[0], done[1].decode(), without_place(done[2].decode())
        return self.run_alone(*arguments, given=given, piped=piped, **settings)

    def run_alone(
        self, *arguments: str | Path, given: bytes | None = None, piped: IO[bytes] | None = None, **settings: str
    ) -> tuple[int, str, str]:
        """Like ``run``, in a process that imports everything itself."""
        source: dict[str, Any] = {"input": given} if piped is None else {"stdin": piped}
        done = subprocess.run(
            [sys.executable, "-m", "tunix_rt", *map(str, arguments)],
            cwd=self.folder,
            env=self.environment | settings,
            capture_output=True,
            check=False,
            timeout=END_SECONDS,
            **source,
        )
        return done.returncode, done.stdout.decode(), without_place(done.stderr.decode())

    @contextmanager
    def running(self, *words: str, stdin: int | None = None, **settings: str) -> Iterator[subprocess.Popen[str]]:
        """A command as it runs, where nothing can train; it is killed at the end of the block."""
        with subprocess.Popen(
            [sys.executable, "-m", "tunix_rt", *words],
            env=self.environment | {"TUNIX_RT_TRAINER_PYTHON": "nowhere"} | settings,
            cwd=self.folder,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def peak(self, *arguments: str | Path) -> int:
        """The most memory that a command, which has to succeed, has held at once, in kilobytes."""
        done = subprocess.run(
            [sys.executable, "-c", MEASURED, *map(str, arguments)],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            check=True,
            timeout=END_SECONDS,
        )
        return int(done.stderr.split()[-1])

    def file(self, name: str, lines: list[Any]) -> Path:
        """Writes a file with a JSON value a line; strings are written unchanged."""
        path = self.folder / name
        path.write_bytes(as_lines(lines))
        return path


def without_place(messages: str) -> str:
    """Returns the messages of a command without the line that names the database."""
    return "".join(line for line in messages.splitlines(keepends=True) if not line.startswith("tunix-rt: using "))


def as_lines(lines: list[Any]) -> bytes:
    """Returns JSON values, one a line; strings are kept unchanged."""
    return "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines).encode()


def stored(program: Program) -> list[tuple[Any, ...]]:
    """Returns the traces of an SQLite database: external id, source, steps, prompt."""
    with closing(sqlite3.connect(program.folder / "tunix_rt.db")) as connection:
        rows = connection.execute("SELECT external_id, source, step_count, prompt_preview FROM traces ORDER BY seq")
        return rows.fetchall()
