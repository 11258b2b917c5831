"""Names of scorers in arguments that read scores: a name that no scorer has, and no score, is misspelt."""

from __future__ import annotations

import math

from tunix_rt.api.context import Context
from tunix_rt.domain.scorers import scorers
from tunix_rt.domain.scores.draft import SCORER_MAX_CHARS
from tunix_rt.domain.scores.storage import has_scores_of, scorers_in_use
from tunix_rt.domain.text import require_text
from tunix_rt.errors import BadUserInput
from tunix_rt.suggestions import did_you_mean


async def require_scorer(context: Context, name: str, argument: str) -> str:
    """Returns the name of a scorer of the server, or of one that has stored scores.

    Raises:
        BadUserInput: there is neither; the message has the names that may be meant.
    """
    require_text(name, 1, SCORER_MAX_CHARS, [argument])
    if name in scorers():
        return name
    async with context.database.read() as session:
        if await has_scores_of(session, name):
            return name
        used = [scorer for scorer, *_ in await scorers_in_use(session)]
    known = await context.services.scoring.scorers()
    if name in known:
        return name
    advice = did_you_mean(name, {**dict.fromkeys(known), **dict.fromkeys(used)})
    raise BadUserInput(f"There is no scorer {name!r}, and no score by it.{advice}", [argument])


def require_threshold(value: float, argument: str) -> float:
    """Returns a threshold.

    Raises:
        BadUserInput: it is not a finite number, such as ``1e400``.
    """
    if not math.isfinite(value):
        raise BadUserInput(f"{argument} must be a finite number; it is {value}.", [argument])
    return value
