"""Moves and specs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Move:
    """A move: its number in the game, and its name."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class GameSpec:
    """A game."""

    name: str
    num_players: int

    def initial_state(self, seed: int | None = None) -> Any:
        """A fresh state, the same for the same seed."""
        raise NotImplementedError
