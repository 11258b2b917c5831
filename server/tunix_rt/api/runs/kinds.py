"""The enums of runs in GraphQL, and the conditions on them."""

from __future__ import annotations

import strawberry
from strawberry import UNSET

from tunix_rt.api.filtering.operators import op
from tunix_rt.db.models.runs import ArtifactKind, LogStream, RunMethod, RunMode, ValueKind

MODE_DESCRIPTIONS = {
    RunMode.DRY_RUN: "Checks that it could train, and counts what training would see; trains nothing.",
    RunMode.LOCAL: "Trains, in a process on a machine of the server's.",
}
GraphQLRunMode = strawberry.enum(RunMode, name="TunixRunMode", description="Whether a run only checks, or trains.")
for member in GraphQLRunMode.__strawberry_definition__.values:  # type: ignore[attr-defined]
    member.description = MODE_DESCRIPTIONS[RunMode(member.value)]

METHOD_DESCRIPTIONS = {
    RunMethod.SFT: "Supervised fine-tuning of every weight.",
    RunMethod.LORA: "Supervised fine-tuning of low-rank adapters; the model's own weights stay as they are.",
}
GraphQLRunMethod = strawberry.enum(RunMethod, name="TunixRunMethod", description="What of a model is trained.")
for member in GraphQLRunMethod.__strawberry_definition__.values:  # type: ignore[attr-defined]
    member.description = METHOD_DESCRIPTIONS[RunMethod(member.value)]

STREAM_DESCRIPTIONS = {
    LogStream.STDOUT: "What the run says to people.",
    LogStream.STDERR: "What its libraries say, and what went wrong.",
}
GraphQLLogStream = strawberry.enum(LogStream, name="RunLogStream", description="Where a line of a run came from.")
for member in GraphQLLogStream.__strawberry_definition__.values:  # type: ignore[attr-defined]
    member.description = STREAM_DESCRIPTIONS[LogStream(member.value)]

VALUE_DESCRIPTIONS = {
    ValueKind.FINITE: "A number.",
    ValueKind.NAN: "Not a number: the computation has come to nothing, as 0/0 does.",
    ValueKind.POSITIVE_INFINITY: "Greater than every number.",
    ValueKind.NEGATIVE_INFINITY: "Less than every number.",
}
GraphQLValueKind = strawberry.enum(
    ValueKind, name="RunValueKind", description="What a metric's value is; JSON has no word for three of these."
)
for member in GraphQLValueKind.__strawberry_definition__.values:  # type: ignore[attr-defined]
    member.description = VALUE_DESCRIPTIONS[ValueKind(member.value)]

ARTIFACT_DESCRIPTIONS = {
    ArtifactKind.MANIFEST: "The manifest that it was started with.",
    ArtifactKind.LOG: "What it said, whole.",
    ArtifactKind.EVENTS: "What the trainer told, event by event.",
    ArtifactKind.WEIGHTS: "Weights of the trained model, in safetensors.",
    ArtifactKind.ADAPTER: "Low-rank adapters, in safetensors.",
    ArtifactKind.TOKENIZER: "The model's tokenizer.",
    ArtifactKind.CONFIG: "The model's configuration.",
    ArtifactKind.CARD: "The model's card: what it is and what it was made of.",
    ArtifactKind.CHECKPOINT: "A folder from which training can go on.",
    ArtifactKind.OTHER: "Anything else.",
}
GraphQLArtifactKind = strawberry.enum(ArtifactKind, name="RunArtifactKind", description="What a file of a run is for.")
for member in GraphQLArtifactKind.__strawberry_definition__.values:  # type: ignore[attr-defined]
    member.description = ARTIFACT_DESCRIPTIONS[ArtifactKind(member.value)]


@strawberry.input(description="Conditions on the mode of a run.")
class TunixRunModeFilter:
    eq: GraphQLRunMode | None = op("Is this.")  # type: ignore[valid-type]
    ne: GraphQLRunMode | None = op("Is not this.")  # type: ignore[valid-type]
    in_: list[GraphQLRunMode] | None = strawberry.field(  # type: ignore[valid-type]
        name="in", default=UNSET, description="Is one of these; of none, nothing matches."
    )


@strawberry.input(description="Conditions on the method of a run.")
class TunixRunMethodFilter:
    eq: GraphQLRunMethod | None = op("Is this.")  # type: ignore[valid-type]
    ne: GraphQLRunMethod | None = op("Is not this.")  # type: ignore[valid-type]
    in_: list[GraphQLRunMethod] | None = strawberry.field(  # type: ignore[valid-type]
        name="in", default=UNSET, description="Is one of these; of none, nothing matches."
    )


@strawberry.input(description="Conditions on the stream of a line.")
class RunLogStreamFilter:
    eq: GraphQLLogStream | None = op("Is this.")  # type: ignore[valid-type]
    ne: GraphQLLogStream | None = op("Is not this.")  # type: ignore[valid-type]


@strawberry.input(description="Conditions on what a file of a run is for.")
class RunArtifactKindFilter:
    eq: GraphQLArtifactKind | None = op("Is this.")  # type: ignore[valid-type]
    ne: GraphQLArtifactKind | None = op("Is not this.")  # type: ignore[valid-type]
    in_: list[GraphQLArtifactKind] | None = strawberry.field(  # type: ignore[valid-type]
        name="in", default=UNSET, description="Is one of these; of none, nothing matches."
    )
