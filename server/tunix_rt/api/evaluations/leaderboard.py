"""The leaderboard of a dataset in GraphQL."""

from __future__ import annotations

import uuid
from typing import Annotated

import strawberry

from tunix_rt.api.context import Context
from tunix_rt.api.evaluations.candidates import EVALUATION_CANDIDATE_LIST, EvaluationCandidate
from tunix_rt.api.execution.selection import current_selection
from tunix_rt.api.lists.reading import objects_by_id
from tunix_rt.api.naming import row_id, ways_to_name
from tunix_rt.api.scores.scorer_names import require_scorer
from tunix_rt.domain.datasets.lookup import completed_dataset_key
from tunix_rt.domain.evaluations.leaderboard import Ranking
from tunix_rt.domain.evaluations.leaderboard import leaderboard as find_ranking

Info = strawberry.Info[Context, None]
DatasetArgument = Annotated[strawberry.ID, strawberry.argument(description=f"The dataset: {ways_to_name('Dataset')}.")]
ScorerArgument = Annotated[str, strawberry.argument(description="Name of the scorer of the evaluations.")]


@strawberry.type(description="A candidate on a leaderboard.")
class LeaderboardEntry:
    candidate: EvaluationCandidate = strawberry.field(
        description="The candidate, as in the latest evaluation with a candidate of that name."
    )
    best_rank: int = strawberry.field(description="1 plus the number of candidates that are significantly better.")
    worst_rank: int = strawberry.field(
        description="The number of candidates that are not significantly worse, itself included."
    )
    groups: list[int] = strawberry.field(
        description="Indexes, from 0, of the leaderboard's `groups` that contain the candidate."
    )


@strawberry.type(description="Candidates that do not differ significantly from each other.")
class LeaderboardGroup:
    candidate_uuids: list[uuid.UUID] = strawberry.field(description="UUIDs of the candidates, the highest mean first.")


@strawberry.type(
    description="The candidates of all completed evaluations of a dataset by one scorer: up to 30, the most recently "
    "evaluated. Two candidates share a group if and only if they were not found to differ significantly; p-values are "
    "adjusted by Holm's method for all pairs of the leaderboard. Candidates are compared when an evaluation is "
    "completed, with those then on the leaderboard: one that returns to it, since a newer evaluation was deleted, "
    "was not compared with those that came meanwhile."
)
class Leaderboard:
    entries: list[LeaderboardEntry] = strawberry.field(
        description="The candidates, the highest mean first. The order within a group is not a ranking."
    )
    groups: list[LeaderboardGroup] = strawberry.field(
        description="The largest groups of candidates that do not differ significantly; they may overlap."
    )


async def leaderboard(info: Info, dataset_id: DatasetArgument, scorer: ScorerArgument) -> Leaderboard:
    """Returns the leaderboard of a dataset.

    Raises:
        BadUserInput: there is no such scorer.
    """
    context, names = info.context, current_selection(info).names(("entries", "candidate"))
    identity = await row_id(context, dataset_id, "Dataset", ["datasetId"])
    await require_scorer(context, scorer, "scorer")
    async with context.database.read() as session:
        await completed_dataset_key(session, identity)
        found = await find_ranking(session, identity, scorer)
    ids = [entry.candidate_id for entry in found.entries]
    return leaderboard_of(found, await objects_by_id(EVALUATION_CANDIDATE_LIST, context, ids, names))


def leaderboard_of(found: Ranking, candidates: dict[uuid.UUID, EvaluationCandidate]) -> Leaderboard:
    """Converts a ranking."""
    return Leaderboard(
        entries=[
            LeaderboardEntry(
                candidate=candidates[entry.candidate_id],
                best_rank=entry.best_rank,
                worst_rank=entry.worst_rank,
                groups=list(entry.groups),
            )
            for entry in found.entries
            if entry.candidate_id in candidates
        ],
        groups=[LeaderboardGroup(candidate_uuids=list(group)) for group in found.groups],
    )
