"""The shell blocks of a page that need a separate folder, a database on PostgreSQL, or a server that they start.

All blocks of a page marked ``sh apart`` are run by one shell, word for word, so that each has the environment of those
before it. A server that they start is stopped once it is ready.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support import original
from tests.support.blocks import APART, check_output, commands_in
from tests.support.documentation import BLOCK
from tests.support.postgres import SUPERUSER, PostgresServer, find_programs, free_port
from tests.support.servers import clean_environment
from tests.support.walk import furnish

NEXT_BLOCK = "--- next block ---"
PAGE_SECONDS = 300
DATABASES = ("tunix_rt", "tunix_rt_restored", "original")
"""The databases that blocks make or read."""
FILE = "yaml "
"""The beginning of the mark of a block with a file's contents; the rest is its name."""

SERVERS = """
tunix-rt() {
    if [ "$1" != serve ]; then command tunix-rt "$@"; return; fi
    (exec tunix-rt "$@") > server.log 2>&1 &
    local server=$!
    until curl --silent --fail "http://127.0.0.1:$TUNIX_RT_PORT/readyz" > /dev/null; do
        kill -0 $server || { cat server.log >&2; return 1; }
        sleep 0.05
    done
    kill -TERM $server
    wait $server
}
make() {
    local options=${2-}
    eval "tunix-rt $1 ${options#ARGS=}"
}
tunix-rt migrate up 2> /dev/null
"""
"""Shell functions: a server runs until it is ready, and ``make serve`` is the command, which is installed already."""


def run_apart(page: Path, folder: Path, server: PostgresServer) -> None:
    """Runs the blocks of a page that are marked ``sh apart``.

    Args:
        folder: an empty folder, in which they run.
        server: a PostgreSQL server without the databases of ``DATABASES``.
    """
    commands = list(commands_in(page, APART))
    script = f"\necho '{NEXT_BLOCK}'\n".join([SERVERS, *(command.text for command in commands)])
    port = str(free_port())
    variables = clean_environment() | furnish(folder)
    variables |= {"PATH": f"{variables['PATH']}:{find_programs()}", "TUNIX_RT_PORT": port}
    variables |= {"PGHOST": "127.0.0.1", "PGPORT": str(server.port), "PGUSER": SUPERUSER, "PGDATABASE": "postgres"}
    write_files(page, folder)
    for name in DATABASES:
        server.drop_database(name)
    if "import tunix-rt" in script:
        write_original(folder, server)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", put_in(script, f"{SUPERUSER}@127.0.0.1:{server.port}", port)],
        cwd=folder,
        env=variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PAGE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for command, printed in zip(commands, done.stdout.split(NEXT_BLOCK)[1:], strict=True):
        check_output(command, printed)


def put_in(script: str, login: str, port: str) -> str:
    """Returns a script with the places of this machine for those that the pages show."""
    shown = {
        "user:password@127.0.0.1": login,
        "--owner user ": f"--owner {SUPERUSER} ",
        "--port 8080": f"--port {port}",
        "--host 192.0.2.1": "--host 0.0.0.0",
        "/path/to/environment/bin/python": sys.executable,
    }
    for text, value in shown.items():
        script = script.replace(text, value)
    return script


def write_files(page: Path, folder: Path) -> None:
    """Writes the files that the page shows."""
    for block in BLOCK.finditer(page.read_text()):
        if block["info"].startswith(FILE):
            (folder / block["info"].removeprefix(FILE)).write_text(block["text"])


def write_original(folder: Path, server: PostgresServer) -> None:
    """Writes the database of an original tunix-rt, as a file and to PostgreSQL, and its empty folder of datasets."""
    (folder / "backend" / "datasets").mkdir(parents=True)
    server.create_database("original")
    for url in (f"sqlite+aiosqlite:///{folder / 'backend' / 'tunix.db'}", server.url("original")):
        trace = original.trace_row(url)
        original.build(url, {original.traces: [trace], original.scores: [original.score_row(trace)]})
