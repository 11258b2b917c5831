"""The job of an attempt, as it is submitted to slurmrestd."""

from __future__ import annotations

import math
import shlex
from pathlib import Path
from typing import Any

from tunix_rt.domain.jobs.resources import Resources
from tunix_rt.errors import SettingsError
from tunix_rt.jobs.engines.clusters.submission import MODULE, SAVING_SECONDS, Submission
from tunix_rt.settings import Settings

OLD_VERSION = "v0.0.38"
"""The last version of the API whose environment is an object, and whose generic resources have their own field."""

SHELL = "#!/bin/sh\n"
PATH = "/usr/local/bin:/usr/bin:/bin"
MIB_IN_GIB = 1024


def submission_of(settings: Settings, submission: Submission, version: str) -> dict[str, Any]:
    """Returns the request that submits an attempt.

    Args:
        version: the version of the API.

    Raises:
        SettingsError: the file with the start of the script cannot be read.
    """
    is_old = version == OLD_VERSION
    variables = {"PATH": PATH, **submission.variables(settings)}
    folder = settings.slurm_folder.rstrip("/") or "/"
    seconds = submission.timeout_seconds + settings.run_grace_seconds + SAVING_SECONDS
    job: dict[str, Any] = {
        "name": submission.name,
        "current_working_directory": folder,
        "standard_output": f"{folder.rstrip('/')}/{submission.name}.log",
        "environment": variables if is_old else [f"{name}={value}" for name, value in variables.items()],
        "tasks": 1,
        "nodes": "1",
        "time_limit": math.ceil(seconds / 60),
        # The process of a job that Slurm starts again would be refused: the server submits another attempt.
        **({"no_requeue": True} if is_old else {"requeue": False}),
        **resources_of(submission.resources, is_old=is_old),
    }
    for name in ("partition", "account", "qos"):
        if value := getattr(settings, f"slurm_{name}"):
            job[name] = value
    return {"script": script_of(settings), "job": job}


def script_of(settings: Settings) -> str:
    """Returns the script of a job.

    Raises:
        SettingsError: the file with its start cannot be read.
    """
    start = SHELL
    if settings.slurm_script_file:
        try:
            start = Path(settings.slurm_script_file).read_text()
        except (OSError, UnicodeError):
            raise SettingsError("TUNIX_RT_SLURM_SCRIPT_FILE must be a readable text file.") from None
        start = (start if start.startswith("#!") else SHELL + start).rstrip("\n") + "\n"
    # The shell is replaced, so that signals reach the process, and its exit status Slurm.
    return f"{start}exec {shlex.quote(settings.slurm_python)} -m {MODULE}\n"


def resources_of(resources: Resources, *, is_old: bool) -> dict[str, Any]:
    """Returns the resources of a job, as the API names them; one CPU unless others are asked for."""
    found: dict[str, Any] = {"cpus_per_task": math.ceil(resources.cpus or 1)}
    if resources.memory_gib is not None:
        found["memory_per_node"] = resources.memory_gib * MIB_IN_GIB
    counts = {"gpu": resources.gpus, "tpu": resources.tpus}
    wanted = {name: count for name, count in counts.items() if count is not None}
    if wanted and is_old:
        found["gres"] = ",".join(f"{name}:{count}" for name, count in wanted.items())
    elif wanted:
        found["tres_per_node"] = ",".join(f"gres/{name}:{count}" for name, count in wanted.items())
    return found
