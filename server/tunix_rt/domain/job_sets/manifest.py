"""The JobSet of a run, as YAML for ``kubectl apply``: one pod on one host, whose worker trains this run and exits.

The fields follow the API jobset.x-k8s.io/v1alpha2. The pod has a key in a Secret rather than the token of one
attempt: an attempt's lease runs from the moment at which it is claimed, and a JobSet may wait for its host, or in
Kueue's queue, for days. So the pod claims the run when it starts, and again after a node was lost.
"""

from __future__ import annotations

import math
import uuid
from dataclasses import dataclass
from typing import Any

from tunix_rt.domain.job_sets.accelerators import (
    ACCELERATOR_LABEL,
    GPU_RESOURCE,
    NODES_OF_TPU,
    TOPOLOGY_LABEL,
    TPU_RESOURCE,
    Accelerator,
)
from tunix_rt.domain.job_sets.options import JobSetOptions
from tunix_rt.domain.runs.manifest import yaml_text

KEY_ENTRY = "key"
"""The entry of the Secret that has the API key."""

QUEUE_LABEL = "kueue.x-k8s.io/queue-name"
DATA_FOLDER = "/data"
ENDED_STATUS = 1
"""The exit status of the worker if the run has ended without completing: another pod could not go on."""
SAVING_SECONDS = 30
"""The time after the trainer's grace period in which the worker uploads the last checkpoint."""


@dataclass(frozen=True)
class RunOfJobSet:
    """The part of a run that its JobSet needs.

    Args:
        devices: the number of devices of its mesh.
        restarts: the number of times that its pod may be restarted.
        grace_seconds: the time to save a checkpoint after training is asked to stop.
    """

    id: uuid.UUID
    devices: int
    restarts: int
    grace_seconds: float

    @property
    def name(self) -> str:
        """The JobSet's name, which another JobSet of this run in the same namespace cannot have."""
        return f"tunix-rt-{self.id}"


def job_set_yaml(run: RunOfJobSet, options: JobSetOptions) -> str:
    """Returns the JobSet of a run as YAML; the options are valid."""
    metadata: dict[str, Any] = {"name": run.name}
    if options.namespace is not None:
        metadata["namespace"] = options.namespace
    if options.queue is not None:
        metadata["labels"] = {QUEUE_LABEL: options.queue}
    ended = {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [ENDED_STATUS]}}
    job = {
        "parallelism": 1,
        "completions": 1,
        "backoffLimit": 0,
        "podFailurePolicy": {"rules": [ended]},
        "template": {"spec": pod_of(run, options)},
    }
    stays = {"name": "ended", "action": "FailJobSet", "onJobFailureReasons": ["PodFailurePolicy"]}
    return yaml_text(
        {
            "apiVersion": "jobset.x-k8s.io/v1alpha2",
            "kind": "JobSet",
            "metadata": metadata,
            "spec": {
                "failurePolicy": {"maxRestarts": run.restarts, "rules": [stays]},
                "replicatedJobs": [{"name": "run", "replicas": 1, "template": {"spec": job}}],
            },
        }
    )


def pod_of(run: RunOfJobSet, options: JobSetOptions) -> dict[str, Any]:
    """Returns the specification of the pod."""
    pod: dict[str, Any] = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": math.ceil(run.grace_seconds) + SAVING_SECONDS,
    }
    if options.is_tpu:
        pod["nodeSelector"] = {
            ACCELERATOR_LABEL: NODES_OF_TPU[options.accelerator],
            TOPOLOGY_LABEL: options.topology,
        }
    return pod | {"containers": [container_of(run, options)], "volumes": [{"name": "data", "emptyDir": {}}]}


def container_of(run: RunOfJobSet, options: JobSetOptions) -> dict[str, Any]:
    """Returns the container, whose worker has the server's URL from its arguments and the key from the Secret."""
    key = {"secretKeyRef": {"name": options.secret_name, "key": KEY_ENTRY}}
    container = {
        "name": "worker",
        "image": options.image,
        "command": ["tunix-rt", "worker", "--server", options.server_url, "--run", str(run.id)],
        "env": [
            {"name": "TUNIX_RT_KEY", "valueFrom": key},
            {"name": "TUNIX_RT_DATA_DIR", "value": DATA_FOLDER},
        ],
        "securityContext": {"allowPrivilegeEscalation": False},
        "volumeMounts": [{"name": "data", "mountPath": DATA_FOLDER}],
    }
    resources = resources_of(options)
    return container | ({"resources": resources} if resources else {})


def resources_of(options: JobSetOptions) -> dict[str, dict[str, Any]]:
    """Returns the resources of the container: devices and memory are limits, too, and CPUs are requested only."""
    limits: dict[str, Any] = {}
    if options.is_tpu:
        limits[TPU_RESOURCE] = options.devices
    elif options.accelerator is Accelerator.GPU:
        limits[GPU_RESOURCE] = options.devices
    if options.memory_gib is not None:
        limits["memory"] = f"{options.memory_gib}Gi"
    requests = limits if options.cpus is None else {"cpu": f"{options.cpus:.3f}".rstrip("0").rstrip("."), **limits}
    return {name: dict(values) for name, values in (("requests", requests), ("limits", limits)) if values}


def secret_command(options: JobSetOptions) -> str:
    """Returns the command that creates the Secret, which reads the key from its standard input."""
    namespace = "" if options.namespace is None else f" --namespace {options.namespace}"
    return f"kubectl create secret generic {options.secret_name}{namespace} --from-file={KEY_ENTRY}=/dev/stdin"
