"""The engines that training runs can be executed by, as the server finds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tunix_rt.db.models.runs import RunEngine


@dataclass(frozen=True)
class EngineResource:
    """An amount of something that an engine has in total.

    Args:
        name: ``CPU``, ``GPU``, ``TPU`` or ``memory``.
        total: a number of them; of memory, of bytes.
    """

    name: str
    total: float


@dataclass(frozen=True)
class EngineStatus:
    """A configured engine.

    Args:
        reason: why it is not reachable; None if it is.
        address: its URL, without credentials; None if it has none.
    """

    kind: RunEngine
    reason: str | None
    resources: Sequence[EngineResource] = ()
    address: str | None = None
