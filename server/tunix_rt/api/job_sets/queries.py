"""`runJobSet`: the JobSet of a run."""

from __future__ import annotations

from typing import Annotated

import strawberry

from tunix_rt.api.context import Context
from tunix_rt.api.job_sets.inputs import JobSetInput
from tunix_rt.api.naming import find_row_id, ways_to_name
from tunix_rt.domain.job_sets.finding import find_run
from tunix_rt.domain.job_sets.manifest import job_set_yaml, secret_command
from tunix_rt.domain.job_sets.options import device_errors, option_errors
from tunix_rt.errors import ValidationErrors, within

Info = strawberry.Info[Context, None]


@strawberry.type(description="The JobSet of a run, for `kubectl apply`. It has no secrets.")
class RunJobSet:
    name: str = strawberry.field(description="Name of the JobSet: `tunix-rt-` and the run's `uuid`.")
    yaml: str = strawberry.field(
        description="Manifest of the API `jobset.x-k8s.io/v1alpha2`: one pod, whose worker claims the run, trains "
        "it and exits."
    )
    secret_command: str = strawberry.field(
        description="Command that creates the Secret that the pod needs. It reads the API key from its standard input."
    )


async def run_job_set(
    info: Info,
    id: Annotated[strawberry.ID, strawberry.argument(description=f"The run: {ways_to_name('Run')}.")],
    input: Annotated[JobSetInput, strawberry.argument(description="The host and the image.")],
) -> RunJobSet | None:
    """Returns the JobSet of a run; None if the run does not exist."""
    context, options = info.context, input.options(info.context.base_url)
    if errors := list(option_errors(options)):
        raise within(["input"], ValidationErrors(errors))
    run_id = await find_row_id(context, id, "Run")
    if run_id is None:
        return None
    async with context.database.read() as session:
        run = await find_run(session, run_id, context.settings)
    if run is None:
        return None
    for error in device_errors(options, run.devices):
        raise within(["input"], error)
    return RunJobSet(name=run.name, yaml=job_set_yaml(run, options), secret_command=secret_command(options))
