"""The root fields of evaluations."""

from __future__ import annotations

import strawberry

from tunix_rt.api.access.scopes import READ
from tunix_rt.api.evaluations.leaderboard import Leaderboard, leaderboard
from tunix_rt.api.evaluations.types import EVALUATION_LIST, Evaluation
from tunix_rt.api.lists.fields import lookup, root_connection
from tunix_rt.api.relay.connection import Connection


@strawberry.type
class EvaluationQueries:
    evaluation: Evaluation | None = lookup(EVALUATION_LIST, READ, "Looks up an evaluation; null if it does not exist.")
    evaluations: Connection[Evaluation] = root_connection(
        EVALUATION_LIST, READ, "All evaluations, newest first by default."
    )
    leaderboard: Leaderboard = strawberry.field(
        directives=[READ],
        resolver=leaderboard,
        description="Compares the candidates of all completed evaluations of a dataset by one scorer.",
    )
