"""Checks of a database or a server: version, health, models, Tunix, workers, jobs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from tunix_rt import __version__
from tunix_rt.cli.client.base import OperationClient
from tunix_rt.cli.client.waiting import starting_a_worker
from tunix_rt.cli.doctor.documents import CHECK
from tunix_rt.cli.doctor.findings import Finding, note, ok, problem
from tunix_rt.cli.output.values import bytes_of, time_of
from tunix_rt.settings import Settings

UP = "UP"
STUCK_SECONDS = 60.0
"""The waiting time of a job from which on it is reported."""
SEE_REVISION = "See the message; `tunix-rt migrate status` shows the database's revision."
FREE_SPACE = "Free space on the disk of its data folder, or move the folder."


async def service_findings(client: OperationClient) -> list[Finding]:
    """Returns the findings about the database or the server.

    Raises:
        TunixRtError: it cannot be reached.
    """
    found = await client.execute(CHECK, {})
    health = found["health"]
    return [
        version_finding(found["serverInfo"]),
        part_finding("database", health["database"], f"answers in {health['database']['latencyMs'] or 0:.0f} ms"),
        part_finding("server's disk", health["disk"], f"{bytes_of(health['disk']['freeBytes'])} free", FREE_SPACE),
        *models_findings(found),
        tunix_finding(found["tunixStatus"]),
        *workers_findings(found["workers"], health["queue"]),
        *queue_findings(found["workers"], health["queue"]),
    ]


def version_finding(info: Mapping[str, Any]) -> Finding:
    """Compares the server's version with this program's."""
    text = f"tunix-rt {info['version']} on {info['database']['kind']}"
    if info["version"] != __version__:
        return note("version", text, f"This program is {__version__}; use the same version.")
    return ok("version", text)


def part_finding(name: str, part: Mapping[str, Any], text: str, advice: str = SEE_REVISION) -> Finding:
    """Returns the finding of a part of the health."""
    return ok(name, text) if part["status"] == UP else problem(name, part["message"], advice)


def tunix_finding(status: Mapping[str, Any]) -> Finding:
    """Returns the finding about Tunix, without which nothing can be trained."""
    if status["available"]:
        return ok("tunix", f"google-tunix {status['version']}")
    return note("tunix", status["message"], f"To train: {status['installCommand']}")


async def local_tunix_finding(settings: Settings) -> Finding:
    """Returns the finding about Tunix on this machine, where there is no database yet."""
    from tunix_rt.integrations.tunix import TunixProbe

    status = await TunixProbe(settings.trainer_python).status()
    return tunix_finding(asdict(status) | {"installCommand": status.install_command})


def models_findings(found: Mapping[str, Any]) -> Iterator[Finding]:
    """Yields the findings about the base models."""
    models = found["baseModels"]
    usable = [model["modelId"] for model in models if model["problem"] is None]
    yield ok("models", ", ".join(usable[:5]) + (f" and {len(usable) - 5} more" if len(usable) > 5 else ""))
    for model in models:
        if model["problem"] is not None:
            yield note(f"model {model['modelId']}", model["problem"], "Repair or remove its folder.")


def workers_findings(workers: Sequence[Mapping[str, Any]], queue: Mapping[str, Any] | None) -> Iterator[Finding]:
    """Yields a finding for each worker that is alive, or the one that there is none."""
    for worker in workers:
        text = f"{worker['host']}, process {worker['processId']}, since {time_of(worker['startedAt'])}"
        if worker["version"] == __version__:
            yield ok("worker", f"{text}, takes {kinds_of(worker['kinds'])}")
        else:
            yield note("worker", f"{text}, is of version {worker['version']}", f"Run {__version__} there, too.")
    if not workers and queue is not None:
        advice = starting_a_worker()
        if queue["pending"]:
            yield problem("worker", f"No worker is alive; jobs pending: {queue['pending']:,}", advice)
        elif queue["running"]:
            text = f"No worker is alive; jobs running: {queue['running']:,}"
            yield note("worker", text, f"They continue, but one whose process was lost waits for a worker. {advice}")
        else:
            yield note("worker", "No worker is alive; no job is pending", advice)


def kinds_of(kinds: Sequence[str]) -> str:
    """Returns kinds of job as words, such as ``datasets, dry runs``."""
    return "no jobs" if not kinds else ", ".join(f"{kind.lower()}s".replace("_", " ") for kind in kinds)


def queue_findings(workers: Sequence[Mapping[str, Any]], queue: Mapping[str, Any] | None) -> Iterator[Finding]:
    """Yields the finding about jobs: how many there are, and whether one has been pending for long."""
    if queue is None:
        yield problem("jobs", "The queue cannot be read", "Check the database.")
        return
    counts = f"{queue['pending']:,} pending, {queue['running']:,} running"
    oldest = queue["oldestPendingSeconds"] or 0.0
    if not workers or oldest <= STUCK_SECONDS:
        yield ok("jobs", counts)
    elif queue["running"]:
        yield note("jobs", f"{counts}, the oldest pending for {oldest:.0f} s", "Add a worker, or wait.")
    else:
        advice = "See the log of the worker, and TUNIX_RT_RUN_SLOTS and TUNIX_RT_EXPORT_SLOTS of its settings."
        yield problem("jobs", f"The worker starts none: {counts}, the oldest pending for {oldest:.0f} s", advice)
