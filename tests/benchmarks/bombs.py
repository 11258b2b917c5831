"""Bombs: single requests that are small or legal and ask for a great deal of work, and what others notice of each."""

from __future__ import annotations

import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.bomb_kinds import answers, databases_away, documents, filters, mutations, sockets, tables
from tests.benchmarks.bomb_kinds.base import Bomb, Target
from tests.benchmarks.databases import KINDS, Databases
from tests.benchmarks.machine import CORES
from tests.benchmarks.memory import Memory, cpu_of_all, megabytes
from tests.benchmarks.options import Options
from tests.benchmarks.report import heading, note, table
from tests.benchmarks.servers import OURS, running
from tests.benchmarks.stall import Stall

GOAL_MS = 100
GOAL_MB = 256
OPEN_FILES = 8192
SETTLE_SECONDS = 0.5
SAMPLE_SECONDS = 0.02

BOMBS: tuple[Bomb, ...] = (
    *filters.BOMBS,
    *tables.BOMBS,
    *mutations.BOMBS,
    *documents.BOMBS,
    *answers.BOMBS,
    *sockets.BOMBS,
    *databases_away.BOMBS,
)


@dataclass(frozen=True)
class Effect:
    """The effect of one bomb: seconds without a response, seconds of CPU and of waiting, bytes of memory above rest.

    ``resting`` is the stall of another server at the same time, which has nothing to do: that of the machine.
    """

    stall: float
    resting: float
    cpu: float
    took: float
    memory: int
    children: int
    outcome: str


def run(databases: Databases, options: Options) -> None:
    """Prints the table, a line for each bomb as soon as it is known."""
    heading("Bombs")
    note("Stall: the longest time for which another client's /healthz got no answer. Memory: the server's peak above")
    note(f"rest; children: the largest process that it started. Goal: at most {GOAL_MS} ms and {GOAL_MB} MB. Resting:")
    note("the stall of a server with nothing to do, meanwhile; no stall up to that one counts.")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(OPEN_FILES, most), most))
    rows: list[list[str]] = []
    idle = databases.fresh("sqlite")
    with running(OURS, idle, databases.folder, set(CORES)) as resting:
        for bomb in chosen(options.bombs):
            for kind in bomb.databases:
                effect = measure(bomb, kind, databases, resting.url)
                rows.append([f"{bomb.name}, {KINDS[kind]}", *cells(effect)])
                note(f"  {rows[-1][0]}: " + ", ".join(rows[-1][1:]))
    databases.remove(idle)
    note("")
    table(["", "stall ms", "resting ms", "CPU s", "took s", "memory MB", "children MB", "goal", "outcome"], rows)


def chosen(word: str) -> Sequence[Bomb]:
    """The bombs whose names hold a word."""
    return [bomb for bomb in BOMBS if word in bomb.name]


def cells(effect: Effect) -> list[str]:
    """An effect as the table shows it."""
    held = (
        effect.stall <= max(GOAL_MS / 1000, effect.resting)
        and max(effect.memory, effect.children) <= GOAL_MB * 1_000_000
    )
    return [
        f"{effect.stall * 1000:.0f}",
        f"{effect.resting * 1000:.0f}",
        f"{effect.cpu:.1f}",
        f"{effect.took:.1f}",
        f"{megabytes(effect.memory):+.0f}",
        f"{megabytes(effect.children):.0f}",
        "held" if held else "missed",
        effect.outcome,
    ]


def measure(bomb: Bomb, kind: str, databases: Databases, resting: str) -> Effect:
    """Sends one bomb to a separate server, while another one at the URL ``resting`` has nothing to do."""
    url = databases.fresh(kind)
    with running(OURS, url, databases.folder, set(CORES), bomb.settings) as server:
        target = Target(server, databases)
        drop = bomb.prepare(target)
        time.sleep(SETTLE_SECONDS)
        process = server.process.pid
        reset_peak(process)
        rest, cpu = peak(process), cpu_of_all(process)
        start = time.perf_counter()
        with Stall(server.url) as stall, Stall(resting) as machine, Memory(process, SAMPLE_SECONDS) as memory:
            try:
                outcome = drop()
            except (OSError, RuntimeError) as error:
                outcome = f"{type(error).__name__}: {error}"[:60]
            took = time.perf_counter() - start
        used, above = cpu_of_all(process) - cpu, peak(process) - rest
        effect = Effect(stall.longest, machine.longest, used, took, above, memory.children, outcome)
        bomb.clear(target)
    databases.remove(url)
    return effect


def reset_peak(process_id: int) -> None:
    """Lets the system count a process's peak from now on."""
    Path(f"/proc/{process_id}/clear_refs").write_text("5")


def peak(process_id: int) -> int:
    """The most resident bytes that a process has had."""
    lines = Path(f"/proc/{process_id}/status").read_text().splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
