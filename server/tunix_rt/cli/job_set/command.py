"""``tunix-rt run jobset``."""

from __future__ import annotations

from typing import Any

import click

from tunix_rt.cli.choices import WordChoice
from tunix_rt.cli.client.base import OperationClient, call
from tunix_rt.cli.client.naming import not_found
from tunix_rt.cli.client.running import run_operations
from tunix_rt.cli.options import shared_options, wants_json
from tunix_rt.cli.output.tables import print_json

ACCELERATORS = ("cpu", "gpu", "tpu-v5e", "tpu-v6e")
JOB_SET = """
query ($id: ID!, $input: JobSetInput!) {
  runJobSet(id: $id, input: $input) { name yaml secretCommand }
}
"""


@click.command(name="jobset")
@click.argument("run")
@click.option("--image", required=True, help="Container image with tunix-rt and JAX for the accelerator.")
@click.option("--server-url", help="URL at which the cluster reaches the server.  [default: --server]")
@click.option(
    "--accelerator", type=WordChoice(ACCELERATORS), default="cpu", show_default=True, help="Accelerator of the host."
)
@click.option("--topology", help="Topology of the TPU slice: 1x1, 2x2 or 2x4.")
@click.option("--gpus", type=int, help="Number of GPUs.  [default: 1 with --accelerator gpu]")
@click.option("--cpus", type=float, help="CPUs to request.")
@click.option("--memory-gib", type=int, help="Memory to request, and its limit, in GiB.")
@click.option("--namespace", help="Kubernetes namespace.  [default: the namespace of kubectl's context]")
@click.option("--queue", help="Local queue of Kueue.")
@click.option("--secret-name", help="Secret whose entry `key` is an API key.  [default: tunix-rt]")
@shared_options
def jobset(run: str, **options: Any) -> None:
    """Print the Kubernetes JobSet that trains RUN, a UUID or an output name, as YAML for `kubectl apply -f -`.

    Its pod takes an API key with scope `run` from a Secret, which standard error has a command for.

    \b
    Example: tunix-rt run jobset first --image registry.example/tunix-rt:1 --server-url https://traces.example
    """
    values = input_of(options)

    async def fetch(client: OperationClient) -> dict[str, Any]:
        found: dict[str, Any] | None = await call(client, JOB_SET, id=run, input=values)
        if found is None:
            raise not_found("run", run)
        return found

    found = run_operations(fetch)
    if wants_json():
        print_json(found)
        return
    click.echo(found["yaml"], nl=False)
    create = f"tunix-rt key create NAME --scopes run | tr -d '\\n' | {found['secretCommand']}"
    click.echo(f"The pod needs a Secret with an API key. To create both on the server's machine: {create}", err=True)


def input_of(options: dict[str, Any]) -> dict[str, Any]:
    """Returns the ``JobSetInput`` of the command's options."""
    names = {
        "image": "image",
        "server_url": "serverUrl",
        "topology": "topology",
        "gpus": "gpus",
        "cpus": "cpus",
        "memory_gib": "memoryGib",
        "namespace": "namespace",
        "queue": "queue",
        "secret_name": "secretName",
    }
    given = {field: options[name] for name, field in names.items() if options[name] is not None}
    return given | {"accelerator": options["accelerator"].replace("-", "_").upper()}
