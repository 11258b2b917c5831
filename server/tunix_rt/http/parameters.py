"""Query parameters of plain HTTP routes."""

from __future__ import annotations

from collections.abc import Collection

from starlette.datastructures import QueryParams

from tunix_rt.domain.text import clip
from tunix_rt.errors import BadUserInput


def require_known(query: QueryParams, known: Collection[str], listed: Collection[str] = ()) -> None:
    """Checks for unknown parameters, so that a misspelt one is not ignored, and for repeated ones.

    Args:
        listed: the known parameters that may be repeated.

    Raises:
        BadUserInput: a parameter is unknown or repeated; the message names it.
    """
    for name in query:
        if name not in known:
            there = ", ".join(sorted(known))
            raise BadUserInput(
                f"There is no parameter {clip(name, 40)!r}; the parameters are {there}.", [clip(name, 40)]
            )
        if name not in listed and len(query.getlist(name)) > 1:
            raise BadUserInput(f"{name} is given more than once.", [name])
