"""Accelerators of a JobSet's host, with the names that GKE gives their nodes.

The labels of nodes, the topologies of slices and the chips of a host are from "Plan TPUs in GKE",
https://cloud.google.com/kubernetes-engine/docs/concepts/plan-tpus.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

ACCELERATOR_LABEL = "cloud.google.com/gke-tpu-accelerator"
TOPOLOGY_LABEL = "cloud.google.com/gke-tpu-topology"
TPU_RESOURCE = "google.com/tpu"
GPU_RESOURCE = "nvidia.com/gpu"


class Accelerator(Enum):
    """An accelerator that a run trains on; CPU for none."""

    CPU = "CPU"
    GPU = "GPU"
    TPU_V5E = "TPU_V5E"
    TPU_V6E = "TPU_V6E"


NODES_OF_TPU: Mapping[Accelerator, str] = {
    Accelerator.TPU_V5E: "tpu-v5-lite-podslice",
    Accelerator.TPU_V6E: "tpu-v6e-slice",
}
"""The label of the nodes of each TPU."""

CHIPS: Mapping[str, int] = {"1x1": 1, "2x2": 4, "2x4": 8}
"""The chips of each topology that one host of TPU v5e or v6e has."""

HOSTS: Mapping[str, int] = {"4x4": 4, "4x8": 8, "8x8": 16, "8x16": 32, "16x16": 64}
"""The hosts of the larger topologies of TPU v5e and v6e, each with four chips."""
