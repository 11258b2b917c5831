"""The job of an attempt, as it is submitted to a Ray cluster."""

from __future__ import annotations

import json
import math
import shlex
from pathlib import Path
from typing import Any

from tunix_rt.domain.jobs.resources import Resources
from tunix_rt.errors import SettingsError
from tunix_rt.jobs.engines.clusters.submission import GIB, MODULE, SAVING_SECONDS, Submission
from tunix_rt.settings import Settings


def submission_of(settings: Settings, submission: Submission) -> dict[str, Any]:
    """Returns the request that submits an attempt.

    Raises:
        SettingsError: the file of the runtime environment cannot be read.
    """
    environment = runtime_environment(settings.ray_runtime_env_file)
    variables = {
        **submission.variables(settings),
        # Ray kills a job that it stops after 3 seconds otherwise.
        "RAY_JOB_STOP_WAIT_TIME_S": str(math.ceil(settings.run_grace_seconds) + SAVING_SECONDS),
    }
    return {
        "submission_id": submission.name,
        # Without a shell in between, so that signals reach the process, and its exit status Ray.
        "entrypoint": f"exec {shlex.quote(settings.ray_python)} -m {MODULE}",
        "runtime_env": environment | {"env_vars": environment.get("env_vars", {}) | variables},
        "metadata": {"tunix-rt-run": str(submission.hold.id), "tunix-rt-attempt": str(submission.hold.attempt)},
        **resources_of(submission.resources),
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
        SettingsError: it cannot be read, or is not a JSON object whose ``env_vars`` are texts.
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
