"""What a run is asked to do, in GraphQL: its parameters, and how those of several runs differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import strawberry

from tunix_rt.api.execution.wording import graphql_name
from tunix_rt.domain.runs.config import config_of
from tunix_rt.domain.runs.manifest import Schedule

CHOICE = "null leaves it to the trainer."


@strawberry.type(description="The adapters of a LORA run.")
class TunixRunLora:
    rank: int | None = strawberry.field(description=f"The adapters' rank; {CHOICE}")
    alpha: float | None = strawberry.field(description=f"What the adapters are scaled by, over the rank; {CHOICE}")
    module_path: str | None = strawberry.field(
        description=f"The pattern (a regular expression) of the layers that get an adapter; {CHOICE}"
    )


@strawberry.type(description="How a run is spread over devices.")
class TunixRunMesh:
    fsdp: int | None = strawberry.field(
        description=f"How many devices the weights and each batch are spread over; {CHOICE}"
    )
    tp: int | None = strawberry.field(description=f"How many devices each layer is spread over; {CHOICE}")


@strawberry.type(description="The parameters of a run. Steps are updates of the weights.")
class TunixRunConfig:
    learning_rate: float = strawberry.field(description="The learning rate at its highest.")
    num_epochs: int = strawberry.field(description="Passes over the dataset.")
    batch_size: int = strawberry.field(description="Records in a batch.")
    max_seq_length: int = strawberry.field(description="Tokens of a record; longer ones are left out.")
    max_steps: int | None = strawberry.field(description="After how many steps it ends; null: after its epochs.")
    seed: int | None = strawberry.field(description=f"What makes the run repeatable; {CHOICE}")
    gradient_accumulation_steps: int | None = strawberry.field(description=f"Batches in a step; {CHOICE}")
    warmup_steps: int | None = strawberry.field(
        description=f"Steps in which the learning rate rises from nothing; {CHOICE}"
    )
    schedule: Schedule | None = strawberry.field(description=f"How the learning rate goes on then; {CHOICE}")
    weight_decay: float | None = strawberry.field(description=f"How fast weights fade; {CHOICE}")
    max_grad_norm: float | None = strawberry.field(description=f"What longer gradients are cut to; {CHOICE}")
    save_every_steps: int | None = strawberry.field(description=f"Steps between two checkpoints; {CHOICE}")
    eval_every_steps: int | None = strawberry.field(description=f"Steps between two evaluations; {CHOICE}")
    lora: TunixRunLora | None = strawberry.field(description="The adapters; null if nothing was said of them.")
    mesh: TunixRunMesh | None = strawberry.field(description="The devices; null if nothing was said of them.")
    timeout_seconds: int | None = strawberry.field(
        description="How long one attempt may take, in seconds; null: as long as the server lets it."
    )

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> TunixRunConfig:
        """The parameters as they are stored."""
        config = config_of(stored)
        return cls(
            **vars(config.training),
            lora=None if config.lora is None else TunixRunLora(**vars(config.lora)),
            mesh=None if config.mesh is None else TunixRunMesh(**vars(config.mesh)),
            timeout_seconds=config.timeout_seconds,
        )


@strawberry.type(description="A parameter in which some runs differ.")
class TunixRunDifference:
    field: str = strawberry.field(description="Its name, as the input of `startTunixRun` spells it: `lora.rank`.")
    values: list[str | None] = strawberry.field(
        description="Its value in each run, in the order of the runs, as JSON writes it but texts plain; null where "
        "none is given."
    )


def parameters_of(stored: Mapping[str, Any], *path: str) -> Iterator[tuple[str, Any]]:
    """Every parameter of a stored configuration, with its name as the schema spells it."""
    for name, value in stored.items():
        if isinstance(value, Mapping):
            inner = path if name == "training" else (*path, graphql_name(name))
            yield from parameters_of(value, *inner)
        else:
            yield ".".join((*path, graphql_name(name))), value


def differences_of(configs: Sequence[Mapping[str, Any]]) -> list[TunixRunDifference]:
    """The parameters that are not the same in all of some configurations, in the order of the first that has them."""
    given = [dict(parameters_of(config)) for config in configs]
    names = dict.fromkeys(name for parameters in given for name in parameters)
    found = []
    for name in names:
        values = [parameters.get(name) for parameters in given]
        if any(value != values[0] for value in values):
            found.append(TunixRunDifference(field=name, values=[worded(value) for value in values]))
    return found


def worded(value: Any) -> str | None:
    """A parameter's value as a text."""
    return None if value is None else value if isinstance(value, str) else f"{value:.15g}"
