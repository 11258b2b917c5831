"""What verifying and comparing datasets finds, in GraphQL."""

from __future__ import annotations

import uuid

import strawberry

from tunix_rt.api.scalars import BigInt
from tunix_rt.domain.datasets.verification import ChangeKind
from tunix_rt.domain.datasets.verification import Verification as DomainVerification


@strawberry.type(description="One difference between a dataset and what is stored now.")
class DatasetChange:
    kind: ChangeKind = strawberry.field(description="What became of the trace.")
    trace_uuid: uuid.UUID = strawberry.field(description="The trace's UUID; it may be deleted.")
    position: int | None = strawberry.field(description="The member's place, from 0; null for a trace that is none.")
    reason: str = strawberry.field(description="Why, in a sentence.")


@strawberry.type(description="How many differences of a kind there are.")
class DatasetChangeCount:
    kind: ChangeKind = strawberry.field(description="The kind.")
    count: BigInt = strawberry.field(description="How many.")


@strawberry.type(description="Whether a dataset still is what it was, and whether its recipe would give it again.")
class DatasetVerification:
    intact: bool = strawberry.field(description="Whether every member is still stored, unchanged.")
    reproducible: bool = strawberry.field(
        description="Whether the recipe selects the same members in the same order again."
    )
    sha256: str | None = strawberry.field(
        description="The sha256 computed afresh from the members' stored content; null if any is gone."
    )
    derived_sha256: str | None = strawberry.field(
        description="The sha256 of what the recipe selects now, below its bound; null if it cannot be derived."
    )
    obstacle: str | None = strawberry.field(description="Why the recipe cannot be derived again; null if it can.")
    newer_count: BigInt | None = strawberry.field(
        description="How many traces stored since satisfy the filter: a new dataset would look at them; null for a "
        "part of a split."
    )
    counts: list[DatasetChangeCount] = strawberry.field(description="How many differences there are, by kind.")
    changes: list[DatasetChange] = strawberry.field(description="The differences, the first 1,000 of them.")

    @classmethod
    def of(cls, found: DomainVerification) -> DatasetVerification:
        """What the domain found."""
        return cls(
            intact=found.intact,
            reproducible=found.reproducible,
            sha256=found.sha256,
            derived_sha256=found.derived_sha256,
            obstacle=found.obstacle,
            newer_count=None if found.newer_count is None else BigInt(found.newer_count),
            counts=[DatasetChangeCount(kind=kind, count=BigInt(found.counts[kind])) for kind in found.counts],
            changes=[
                DatasetChange(
                    kind=change.kind, trace_uuid=change.trace_id, position=change.position, reason=change.reason
                )
                for change in found.changes
            ],
        )


@strawberry.type(description="How much two datasets share, told by the prompts: what one leaks into the other.")
class DatasetOverlap:
    prompts: BigInt = strawberry.field(name="sharedPrompts", description="Distinct prompts that both have.")
    of_a: BigInt = strawberry.field(name="promptsInA", description="Distinct prompts of the first.")
    of_b: BigInt = strawberry.field(name="promptsInB", description="Distinct prompts of the second.")
    in_a: BigInt = strawberry.field(
        name="sharedTracesInA", description="Members of the first whose prompt the second has too."
    )
    in_b: BigInt = strawberry.field(
        name="sharedTracesInB", description="Members of the second whose prompt the first has too."
    )
