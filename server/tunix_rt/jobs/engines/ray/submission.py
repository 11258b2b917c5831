"""The job of an attempt, as it is submitted to a Ray cluster.

The cluster's users can read the environment of its jobs, so that it has no secret but the token of this one attempt.
"""

from __future__ import annotations

import json
import math
import shlex
from pathlib import Path
from typing import Any

from tunix_rt.domain.jobs.queue import Hold
from tunix_rt.domain.jobs.resources import Resources
from tunix_rt.errors import SettingsError
from tunix_rt.settings import Settings

MODULE = "tunix_rt.jobs.remote.process"
SAVING_SECONDS = 30
"""The time after the trainer's grace period in which the process uploads the last checkpoint."""

GIB = 1 << 30


def submission_id(hold: Hold) -> str:
    """Returns our id of an attempt's job, by which it is found again."""
    return f"tunix-rt-{hold.id}-{hold.attempt}"


def submission_of(settings: Settings, hold: Hold, resources: Resources, token: str) -> dict[str, Any]:
    """Returns the request that submits an attempt.

    Args:
        token: the token of the attempt.

    Raises:
        SettingsError: the file of the runtime environment cannot be read.
    """
    environment = runtime_environment(settings.ray_runtime_env_file)
    variables = {
        "TUNIX_RT_SERVER": settings.public_url,
        "TUNIX_RT_ATTEMPT_TOKEN": token,
        # Ray kills a job that it stops after 3 seconds otherwise.
        "RAY_JOB_STOP_WAIT_TIME_S": str(math.ceil(settings.run_grace_seconds) + SAVING_SECONDS),
    }
    return {
        "submission_id": submission_id(hold),
        # Without a shell in between, so that signals reach the process, and its exit status Ray.
        "entrypoint": f"exec {shlex.quote(settings.ray_python)} -m {MODULE}",
        "runtime_env": environment | {"env_vars": environment.get("env_vars", {}) | variables},
        "metadata": {"tunix-rt-run": str(hold.id), "tunix-rt-attempt": str(hold.attempt)},
        **resources_of(resources),
    }


def resources_of(resources: Resources) -> dict[str, Any]:
    """Returns the resources of a job, as Ray's API names them; one CPU unless others are asked for."""
    found: dict[str, Any] = {"entrypoint_num_cpus": 1.0 if resources.cpus is None else resources.cpus}
    if resources.gpus is not None:
        found["entrypoint_num_gpus"] = float(resources.gpus)
    if resources.tpus is not None:
        found["entrypoint_resources"] = {"TPU": float(resources.tpus)}
    if resources.memory_gib is not None:
        found["entrypoint_memory"] = resources.memory_gib * GIB
    return found


def runtime_environment(file: str) -> dict[str, Any]:
    """Returns the runtime environment in a JSON file; empty if no file is named.

    Raises:
        SettingsError: it cannot be read, or is no JSON object whose ``env_vars`` are texts.
    """
    if not file:
        return {}
    try:
        found = json.loads(Path(file).read_text())
    except (OSError, ValueError):
        found = None
    variables = found.get("env_vars", {}) if isinstance(found, dict) else None
    if not isinstance(variables, dict) or not all(isinstance(value, str) for value in variables.values()):
        raise SettingsError(
            "TUNIX_RT_RAY_RUNTIME_ENV_FILE must be a readable JSON object, and its env_vars an object of strings."
        )
    return dict(found)
