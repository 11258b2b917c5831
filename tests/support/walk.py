"""One user's way through the documentation: every page in the order of the README's list, in one data folder.

GraphQL is sent to a server that runs there. A block marked ``sh`` is run by a shell in that folder, line for line, but
for lines that begin with ``make``; what the block after it shows, if it is marked ``text output``, is its
standard output. ``sh elsewhere`` is for another machine, and is not run; ``sh endless`` goes on until it is broken off;
what is marked ``sh postgresql`` is run by one shell for all blocks of a page, beside a PostgreSQL server. ``…`` in an
output matches anything.
"""

from __future__ import annotations

import gzip
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.support.documentation import BLOCK, LINK, Example, Seen, check, examples_of, name_of
from tests.support.import_rows import MODEL_SOLUTIONS
from tests.support.postgres import SUPERUSER, PostgresServer, find_programs
from tests.support.repository import ROOT
from tests.support.servers import RunningServer, clean_environment

SHOWN_URL = "http://127.0.0.1:8000"
SHOWN_LOGIN = "user:password@127.0.0.1"
NEXT_BLOCK = "--- next block ---"
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


@dataclass(frozen=True)
class Command:
    """A shell block of a page, and what it prints, if that is shown."""

    page: Path
    line: int
    text: str
    endless: bool
    output: str | None

    def __str__(self) -> str:
        return f"{name_of(self.page)}:{self.line}"


def check_output(command: Command, printed: str) -> None:
    """Makes sure that a shell block has printed what is shown; ``…`` matches anything."""
    if command.output is not None:
        shown = ".*".join(map(re.escape, command.output.strip().split("…")))
        assert re.fullmatch(shown, printed.strip(), re.DOTALL), f"{command}: {printed}"


def commands_in(page: Path, marks: Container[str] = ("sh", "sh endless")) -> Iterator[Command]:
    """The shell blocks of a page with one of the marks."""
    text = page.read_text()
    blocks = list(BLOCK.finditer(text))
    for place, block in enumerate(blocks):
        if block["info"] not in marks:
            continue
        lines = [line for line in block["text"].splitlines() if not line.startswith("make ")]
        following = blocks[place + 1] if place + 1 < len(blocks) else None
        output = following["text"] if following and following["info"] == "text output" else None
        if any(line.strip() for line in lines):
            number = text[: block.start()].count("\n") + 1
            yield Command(page, number, "\n".join(lines), block["info"] == "sh endless", output)


def steps_of(page: Path) -> list[Example | Command]:
    """All that is to be done on a page, in order."""
    return sorted([*examples_of(page), *commands_in(page)], key=lambda step: step.line)


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
        for step in steps_of(page):
            if isinstance(step, Command):
                self.wait_for_work()
                self.run(step)
            elif not step.subscribes:
                answer = self.ask(step.query, seen.variables_of(step))
                check(step, answer)
                seen.see(answer)

    def ask(self, query: str, variables: dict[str, Any] | None = None) -> Any:
        """The server's answer."""
        return self.client.post("/graphql", json={"query": query, "variables": variables}).json()

    def wait_for_work(self) -> None:
        """Waits until all started jobs have ended, as a reader does who follows them."""
        while any(found["totalCount"] for found in self.ask(SETTLED)["data"].values()):
            pass

    def run(self, command: Command) -> None:
        """Runs a shell block, which has to succeed."""
        text = command.text.replace(SHOWN_URL, self.server.url)
        limit = ["timeout", str(ENDLESS_SECONDS)] if command.endless else []
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
        assert done.returncode == (BROKEN_OFF if command.endless else 0), f"{command}: {done.stdout}{done.stderr}"
        check_output(command, done.stdout)


def run_with_postgresql(page: Path, folder: Path, server: PostgresServer) -> None:
    """Runs the blocks of a page for PostgreSQL in one shell, so that each has the environment of those before it."""
    commands = list(commands_in(page, {"sh postgresql"}))
    script = f"\necho {NEXT_BLOCK}\n".join(command.text for command in commands)
    url = f"{SUPERUSER}@127.0.0.1:{server.port}"
    variables = furnish(folder)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script.replace(SHOWN_LOGIN, url)],
        cwd=folder,
        env=clean_environment()
        | {"PATH": f"{variables['PATH']}:{find_programs()}", "PGHOST": "127.0.0.1", "PGPORT": str(server.port)}
        | {"PGUSER": SUPERUSER, "PGDATABASE": "postgres"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=BLOCK_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for command, printed in zip(commands, done.stdout.split(NEXT_BLOCK), strict=True):
        check_output(command, printed)


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
