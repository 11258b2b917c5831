"""The input of `runJobSet`."""

from __future__ import annotations

import strawberry
from strawberry import UNSET

from tunix_rt.api.inputs import given_or_none
from tunix_rt.domain.job_sets.accelerators import CHIPS, Accelerator
from tunix_rt.domain.job_sets.options import (
    CPUS_MAX,
    CPUS_MIN,
    FORMS,
    GPUS_MAX,
    MEMORY_MAX_GIB,
    SECRET_NAME,
    TEXT_MAX_CHARS,
    JobSetOptions,
)


@strawberry.input(description="Options of `runJobSet`: the host, and how its pod reaches this server.")
class JobSetInput:
    image: str = strawberry.field(
        description="Container image that has tunix-rt with its extra `tunix`, and JAX for the accelerator: "
        f"1 to {TEXT_MAX_CHARS} characters."
    )
    server_url: str | None = strawberry.field(
        default=UNSET,
        description="URL at which the cluster reaches this server: `http` or `https`, not a loopback address. Defaults "
        "to the URL of this request.",
    )
    accelerator: Accelerator = strawberry.field(default=Accelerator.CPU, description="Accelerator of the host.")
    topology: str | None = strawberry.field(
        default=UNSET,
        description=f"Topology of the TPU slice: {', '.join(CHIPS)}, with {', '.join(map(str, CHIPS.values()))} chips. "
        "Required for TPUs, not allowed otherwise. Training runs on one host, so larger slices are refused.",
    )
    gpus: int | None = strawberry.field(
        default=UNSET,
        description=f"Number of GPUs of the host: 1 to {GPUS_MAX}. For the accelerator GPU only. Defaults to 1.",
    )
    cpus: float | None = strawberry.field(
        default=UNSET,
        description=f"CPUs to request: {CPUS_MIN:g} to {CPUS_MAX:,g}. Defaults to no request.",
    )
    memory_gib: int | None = strawberry.field(
        default=UNSET,
        description="Memory request and memory limit of the container, in GiB: 1 to "
        f"{MEMORY_MAX_GIB:,}. Defaults to no limit.",
    )
    namespace: str | None = strawberry.field(
        default=UNSET,
        description=f"Kubernetes namespace: {FORMS['namespace'][1]}. Defaults to the namespace of kubectl's context.",
    )
    queue: str | None = strawberry.field(
        default=UNSET,
        description=f"Local queue of Kueue, which starts the JobSet once its resources are free: {FORMS['queue'][1]}. "
        "Defaults to none.",
    )
    secret_name: str = strawberry.field(
        default=SECRET_NAME,
        description=f"Name of the Secret whose entry `key` is an API key with scope RUN: {FORMS['secret_name'][1]}.",
    )

    def options(self, base_url: str) -> JobSetOptions:
        """Returns the options, not validated yet.

        Args:
            base_url: the server's URL for this client.
        """
        return JobSetOptions(
            image=self.image,
            server_url=given_or_none(self.server_url) or base_url,
            accelerator=self.accelerator,
            topology=given_or_none(self.topology),
            gpus=given_or_none(self.gpus),
            cpus=given_or_none(self.cpus),
            memory_gib=given_or_none(self.memory_gib),
            namespace=given_or_none(self.namespace),
            queue=given_or_none(self.queue),
            secret_name=self.secret_name,
        )
