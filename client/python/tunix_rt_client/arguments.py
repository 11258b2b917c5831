"""Clear errors for arguments that a method does not have."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from difflib import get_close_matches
from functools import wraps
from typing import Any, TypeVar

from tunix_rt_client.errors import UnknownArgument

Owner = TypeVar("Owner", bound=type)


def checks_arguments(owner: Owner) -> Owner:
    """Makes the public methods of a class raise ``UnknownArgument`` for the name of an argument that they lack."""
    for name, method in list(vars(owner).items()):
        if inspect.isfunction(method) and not name.startswith("_"):
            parameters = inspect.signature(method).parameters.values()
            if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
                setattr(owner, name, check_names(method, [parameter.name for parameter in parameters][1:]))
    return owner


def check_names(method: Callable[..., Any], names: list[str]) -> Callable[..., Any]:
    """Returns a method that compares the arguments it is called with to the names of those that it has."""
    if inspect.iscoroutinefunction(method):

        @wraps(method)
        async def answer(*positional: Any, **given: Any) -> Any:
            require_known(f"{type(positional[0]).__name__}.{method.__name__}", names, given)
            return await method(*positional, **given)

        return answer

    @wraps(method)
    def call(*positional: Any, **given: Any) -> Any:
        require_known(f"{type(positional[0]).__name__}.{method.__name__}", names, given)
        return method(*positional, **given)

    return call


def require_known(method: str, names: list[str], given: dict[str, Any]) -> None:
    """Checks the names of arguments.

    Args:
        method: the method's name, after that of its object's class.

    Raises:
        UnknownArgument: the method has no argument of one of these names.
    """
    for name in given:
        if name not in names:
            meant = get_close_matches(name, names, n=1)
            hint = f" Did you mean {meant[0]!r}?" if meant else ""
            taken = f" It takes {', '.join(names)}." if names else " It takes none."
            message = f"{method} has no argument {name!r}.{hint}{taken}"
            raise UnknownArgument(message, code="BAD_USER_INPUT", path=[name])
