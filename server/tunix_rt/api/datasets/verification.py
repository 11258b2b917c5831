"""GraphQL types for the results of verifying and comparing datasets."""

from __future__ import annotations

import uuid

import strawberry

from tunix_rt.api.scalars import BigInt
from tunix_rt.domain.datasets.verification import ChangeKind
from tunix_rt.domain.datasets.verification import Verification as DomainVerification


@strawberry.type(description="A difference between a dataset and the stored traces.")
class DatasetChange:
    kind: ChangeKind = strawberry.field(description="Kind of difference.")
    trace_uuid: uuid.UUID = strawberry.field(description="UUID of the trace, which may have been deleted.")
    position: int | None = strawberry.field(
        description="Position of the trace in the dataset, from 0; null if it is not a member."
    )
    reason: str = strawberry.field(description="Explanation in one sentence.")


@strawberry.type(description="Number of differences of one kind.")
class DatasetChangeCount:
    kind: ChangeKind = strawberry.field(description="Kind of difference.")
    count: BigInt = strawberry.field(description="Number of differences.")


@strawberry.type(description="Result of checking a dataset against the stored traces and deriving its recipe again.")
class DatasetVerification:
    intact: bool = strawberry.field(description="Whether every member is still stored, unchanged.")
    reproducible: bool = strawberry.field(
        description="Whether the recipe derives the same members in the same order again."
    )
    sha256: str | None = strawberry.field(
        description="`sha256` recomputed from the stored content of the members; null if a member was deleted."
    )
    derived_sha256: str | None = strawberry.field(
        description="`sha256` of the selection that the recipe derives now, up to its snapshot; null if it cannot be "
        "derived."
    )
    derivation_error: str | None = strawberry.field(
        description="Why the recipe cannot be derived again; null if it can."
    )
    newer_count: BigInt | None = strawberry.field(
        description="Number of matching traces stored after the snapshot, which a new dataset would consider. Null "
        "for a part of a split, and for an imported list of members."
    )
    counts: list[DatasetChangeCount] = strawberry.field(description="Number of differences of each kind.")
    changes: list[DatasetChange] = strawberry.field(description="The differences, up to 1,000.")

    @classmethod
    def of(cls, found: DomainVerification) -> DatasetVerification:
        """Converts the domain's result."""
        return cls(
            intact=found.intact,
            reproducible=found.reproducible,
            sha256=found.sha256,
            derived_sha256=found.derived_sha256,
            derivation_error=found.derivation_error,
            newer_count=None if found.newer_count is None else BigInt(found.newer_count),
            counts=[DatasetChangeCount(kind=kind, count=BigInt(found.counts[kind])) for kind in found.counts],
            changes=[
                DatasetChange(
                    kind=change.kind, trace_uuid=change.trace_id, position=change.position, reason=change.reason
                )
                for change in found.changes
            ],
        )


@strawberry.type(
    description="Overlap of two datasets by prompt. Any overlap between training and evaluation data is leakage."
)
class DatasetOverlap:
    prompts: BigInt = strawberry.field(name="sharedPrompts", description="Number of distinct prompts in both datasets.")
    of_a: BigInt = strawberry.field(name="promptsInA", description="Number of distinct prompts in `a`.")
    of_b: BigInt = strawberry.field(name="promptsInB", description="Number of distinct prompts in `b`.")
    in_a: BigInt = strawberry.field(
        name="sharedTracesInA", description="Number of members of `a` whose prompt occurs in `b`."
    )
    in_b: BigInt = strawberry.field(
        name="sharedTracesInB", description="Number of members of `b` whose prompt occurs in `a`."
    )
