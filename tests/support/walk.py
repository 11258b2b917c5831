"""One user's way through the documentation: every page in the order of the README's list, in one data folder.

GraphQL is sent to a server that runs there. Shell blocks are run in that folder, line for line, but for lines that
begin with ``make``; Python blocks of a page one after the other in one namespace, with a client of that server.
"""

from __future__ import annotations

import gzip
import io
import json
import shlex
import subprocess
import sys
import time
from contextlib import ExitStack, chdir, redirect_stdout
from pathlib import Path
from typing import Any

import httpx

from tests.support.blocks import Command, check_output, commands_in
from tests.support.documentation import LINK, Example, Seen, check, examples_of
from tests.support.import_rows import MODEL_SOLUTIONS
from tests.support.repository import ROOT
from tests.support.servers import RunningServer, clean_environment

SHOWN_URL = "http://127.0.0.1:8000"
BLOCK_SECONDS = 120
ENDLESS_SECONDS = 2
BROKEN_OFF = 124
SETTLED = """{
  evaluations(where: {status: {in: [PENDING, RUNNING]}}) { totalCount }
  exports(where: {status: {in: [PENDING, RUNNING]}}) { totalCount }
  runs(where: {status: {in: [PENDING, RUNNING]}}) { totalCount }
  generations(where: {status: {in: [PENDING, RUNNING]}}) { totalCount }
}"""

GSM8K_LINES = 7473
WORDS = "an even number of doors, an odd number of hosts, odd-number, a proof, a puzzle, CAFÉ: how many are there?"
"""What the pages search for: other traces have these words, too."""


def pages_in_order() -> list[Path]:
    """The README, then the pages in the order in which its last list links to them."""
    listed = (ROOT / "README.md").read_text().partition("## Read on")[2]
    targets = [ROOT / found["target"].partition("#")[0] for found in LINK.finditer(listed)]
    return [ROOT / "README.md", *dict.fromkeys(target for target in targets if target.suffix == ".md")]


def steps_of(page: Path) -> list[Example | Command]:
    """All that is to be done on a page, in order."""
    return sorted([*examples_of(page), *commands_in(page)], key=lambda step: step.line)


def without_make(text: str) -> str:
    """Returns the lines of a shell block without those that begin with ``make``."""
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("make "))


class Walk:
    """The data folder, the server on it, and the shell beside it."""

    def __init__(self, server: RunningServer, client: httpx.Client, folder: Path, variables: dict[str, str]) -> None:
        self.server = server
        self.folder = folder
        self.variables = clean_environment() | variables
        self.client = client

    def go(self, page: Path) -> None:
        """Runs the examples of a page, and compares the responses with those shown."""
        seen = Seen()
        names: dict[str, Any] = {}
        with ExitStack() as ends:
            ends.callback(lambda: "client" in names and names["client"].close())
            for step in steps_of(page):
                if isinstance(step, Command):
                    self.wait_for_work()
                    self.run(step, names)
                elif not step.subscribes:
                    answer = self.ask(step.query, seen.variables_of(step))
                    check(step, answer)
                    seen.see(answer)

    def ask(self, query: str, variables: dict[str, Any] | None = None) -> Any:
        """The server's answer."""
        return self.client.post("/graphql", json={"query": query, "variables": variables}).json()

    def wait_for_work(self) -> None:
        """Waits until all started jobs have ended, as a reader does who follows them."""
        deadline = time.monotonic() + BLOCK_SECONDS
        left = self.ask(SETTLED)["data"]
        while any(found["totalCount"] for found in left.values()):
            assert time.monotonic() < deadline, f"jobs of a page do not end: {left}"
            left = self.ask(SETTLED)["data"]

    def run(self, command: Command, names: dict[str, Any]) -> None:
        """Runs a block, which has to succeed.

        Args:
            names: the namespace of the page's Python blocks.
        """
        if command.mark == "python":
            self.run_python(command, names)
        else:
            self.run_shell(command)

    def run_shell(self, command: Command) -> None:
        """Runs a shell block."""
        text = without_make(command.text).replace(SHOWN_URL, self.server.url)
        is_endless = command.mark == "sh endless"
        limit = ["timeout", str(ENDLESS_SECONDS)] if is_endless else []
        done = subprocess.run(
            [*limit, "bash", "-euo", "pipefail", "-c", text],
            cwd=self.folder,
            env=self.variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=BLOCK_SECONDS,
            check=False,
        )
        assert done.returncode == (BROKEN_OFF if is_endless else 0), f"{command}: {done.stdout}{done.stderr}"
        check_output(command, done.stdout)

    def run_python(self, command: Command, names: dict[str, Any]) -> None:
        """Runs a Python block after those of its page before it, with a client of this server."""
        printed = io.StringIO()
        text = command.text.replace("Client()", f"Client({self.server.url!r})")
        with chdir(self.folder), redirect_stdout(printed):
            exec(compile(text, str(command), "exec"), names)  # noqa: S102
        check_output(command, printed.getvalue())


def furnish(folder: Path) -> dict[str, str]:
    """Puts a reader's prerequisites into the folder: the command, and example files.

    Returns:
        What a shell there has in its environment.
    """
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name, module in (("tunix-rt", "-m tunix_rt"), ("python", ""), ("python3", "")):
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {module} "$@"\n')
        program.chmod(0o755)
    (programs / "activate").write_text(f"export PATH={shlex.quote(str(programs))}:$PATH\n")
    write_files(folder)
    return {"PATH": f"{programs}:{clean_environment()['PATH']}", "HF_HUB_OFFLINE": "1"}


def write_files(folder: Path) -> None:
    """The files that the pages import."""
    lines = [gsm8k(number) for number in range(GSM8K_LINES)]
    (folder / "train.jsonl").write_text("".join(lines))
    (folder / "test.jsonl").write_text("".join(lines[:20]))
    native = "".join(json.dumps(trace(number)) + "\n" for number in range(3))
    (folder / "traces.jsonl").write_text(native)
    (folder / "traces.jsonl.gz").write_bytes(gzip.compress(native.encode()))
    (folder / "model_solutions.jsonl").write_text(json.dumps(MODEL_SOLUTIONS))
    score = {"source": "gsm8k", "external_id": "7", "scorer": "ada", "kind": "HUMAN", "score": 1}
    (folder / "scores.jsonl").write_text(json.dumps(score) + "\n")
    (folder / "problems.csv").write_text("id,question,rationale,answer\n1,What is 3 + 4?,Count on from 3.,7\n")


def gsm8k(number: int) -> str:
    """A line of GSM8K."""
    return json.dumps({"question": f"{number}: {WORDS}", "answer": f"There are {number}.\n#### {number}"}) + "\n"


def trace(number: int) -> dict[str, Any]:
    """Returns a reader's trace."""
    return {
        "trace_version": "1.0",
        "prompt": f"What is {number} + {number}?",
        "final_answer": str(2 * number),
        "steps": [{"i": 0, "type": "calculation", "content": f"{number} + {number} = {2 * number}"}],
        "meta": {"source": "mine"},
    }
