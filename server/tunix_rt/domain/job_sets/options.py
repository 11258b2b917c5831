"""The options of a JobSet, and their validation, which reports all errors together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from tunix_rt.domain.job_sets.accelerators import CHIPS, HOSTS, NODES_OF_TPU, Accelerator
from tunix_rt.domain.text import clip
from tunix_rt.errors import BadUserInput
from tunix_rt.setting_values import is_http_url, is_loopback

SECRET_NAME = "tunix-rt"  # noqa: S105 - the name of a Secret
TEXT_MAX_CHARS = 512
GPUS_MAX = 16
CPUS_MAX = 1024.0
CPUS_MIN = 0.1
MEMORY_MAX_GIB = 65_536

LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
LABEL_RULE = "1 to 63 lower-case letters, digits and hyphens, without a hyphen at either end"
FORMS: Mapping[str, tuple[re.Pattern[str], str]] = {
    "image": (
        re.compile(rf"[A-Za-z0-9][A-Za-z0-9._:/@-]{{0,{TEXT_MAX_CHARS - 1}}}"),
        f"the name of a container image: 1 to {TEXT_MAX_CHARS} letters, digits and characters of . _ : / @ -",
    ),
    "namespace": (LABEL, LABEL_RULE),
    "queue": (LABEL, LABEL_RULE),
    "secret_name": (LABEL, LABEL_RULE),
}
"""The form of each name, and its description for messages."""


@dataclass(frozen=True, kw_only=True)
class JobSetOptions:
    """The options of a JobSet.

    Args:
        image: the container image, which has tunix-rt with its trainer.
        server_url: the URL at which the cluster reaches this server.
        topology: the slice of a TPU; None for any other accelerator.
        gpus: the number of GPUs; None for one, or for any other accelerator.
        cpus: the CPUs to request; None to request none.
        memory_gib: the memory to request and the most that the container may use, in GiB; None for no limit.
        namespace: None for the namespace of kubectl's context.
        queue: Kueue's local queue; None to start at once.
        secret_name: the Secret that has the API key.
    """

    image: str
    server_url: str
    accelerator: Accelerator = Accelerator.CPU
    topology: str | None = None
    gpus: int | None = None
    cpus: float | None = None
    memory_gib: int | None = None
    namespace: str | None = None
    queue: str | None = None
    secret_name: str = SECRET_NAME

    @property
    def is_tpu(self) -> bool:
        """Returns whether the accelerator is a TPU."""
        return self.accelerator in NODES_OF_TPU

    @property
    def devices(self) -> int:
        """The number of devices that JAX finds on the host."""
        if self.is_tpu:
            return CHIPS[self.topology or ""]
        return (self.gpus or 1) if self.accelerator is Accelerator.GPU else 1


def option_errors(options: JobSetOptions) -> Iterator[BadUserInput]:
    """Yields all errors of the options, each on its own field."""
    for name, (form, rule) in FORMS.items():
        value = getattr(options, name)
        if value is not None and not form.fullmatch(value):
            yield BadUserInput(f"{name} must be {rule}; it is {clip(value)!r}.", [name])
    yield from url_errors(options.server_url)
    yield from topology_errors(options)
    yield from amount_errors(options)


def url_errors(url: str) -> Iterator[BadUserInput]:
    """Yields an error if the cluster cannot reach the server at a URL."""
    if len(url) > TEXT_MAX_CHARS or not is_http_url(url):
        yield BadUserInput(
            f"server_url must be an http or https URL of at most {TEXT_MAX_CHARS} characters, with a host and nothing "
            "after '?'.",
            ["server_url"],
        )
    elif is_local(urlsplit(url).hostname or ""):
        yield BadUserInput(
            f"server_url must be an address that the cluster reaches; {clip(url)} is valid on one machine only.",
            ["server_url"],
        )


def is_local(host: str) -> bool:
    """Returns whether a host's name or address is valid on one machine only."""
    try:
        return is_loopback(host) or host == "local" or ip_address(host).is_unspecified
    except ValueError:
        return False


def topology_errors(options: JobSetOptions) -> Iterator[BadUserInput]:
    """Yields an error unless the topology is a slice of one host of the chosen TPU."""
    found, name = options.topology, options.accelerator.value
    if not options.is_tpu:
        if found is not None:
            yield BadUserInput(f"topology is for TPUs; leave it out for the accelerator {name}.", ["topology"])
    elif found is None:
        yield BadUserInput(f"topology is required by the accelerator {name}: {choices()}.", ["topology"])
    elif found in HOSTS:
        yield BadUserInput(
            f"topology must be a slice of one host, {choices()}: training runs on one host, and {found} has "
            f"{HOSTS[found]}.",
            ["topology"],
        )
    elif found not in CHIPS:
        yield BadUserInput(
            f"topology must be {choices()} for the accelerator {name}; it is {clip(found)!r}.", ["topology"]
        )


def choices() -> str:
    """Returns the topologies of one host for a message."""
    *others, last = CHIPS
    return f"{', '.join(others)} or {last}"


def amount_errors(options: JobSetOptions) -> Iterator[BadUserInput]:
    """Yields an error for each amount that is out of its range or does not fit the accelerator."""
    if options.gpus is not None and options.accelerator is not Accelerator.GPU:
        yield BadUserInput(f"gpus is for the accelerator GPU; leave it out for {options.accelerator.value}.", ["gpus"])
    elif options.gpus is not None and not 1 <= options.gpus <= GPUS_MAX:
        yield BadUserInput(f"gpus must be between 1 and {GPUS_MAX}; it is {options.gpus}.", ["gpus"])
    if options.cpus is not None and not CPUS_MIN <= options.cpus <= CPUS_MAX:
        yield BadUserInput(f"cpus must be between {CPUS_MIN:g} and {CPUS_MAX:,g}; it is {options.cpus:g}.", ["cpus"])
    if options.memory_gib is not None and not 1 <= options.memory_gib <= MEMORY_MAX_GIB:
        yield BadUserInput(
            f"memory_gib must be between 1 and {MEMORY_MAX_GIB:,}; it is {options.memory_gib}.", ["memory_gib"]
        )


def device_errors(options: JobSetOptions, needed: int) -> Iterator[BadUserInput]:
    """Yields an error if a run's device mesh needs more devices than the host has.

    Args:
        options: valid options.
        needed: the number of devices of the mesh.
    """
    if needed <= options.devices:
        return
    name = "topology" if options.is_tpu else "gpus" if options.accelerator is Accelerator.GPU else "accelerator"
    have = f"{options.devices} device{'' if options.devices == 1 else 's'}"
    yield BadUserInput(f"{name} must have the {needed} devices of the run's mesh; it has {have}.", [name])
