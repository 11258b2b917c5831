"""Playing at random, for as long as the game takes."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from .game import GameSpec, Move


@dataclass
class Episode:
    """A game as it was played."""

    states: list[Any]
    moves: list[Move]
    rewards: tuple[float, ...]


def play_random_episode(spec: GameSpec, seed: int | None = None) -> Episode:
    """An episode of random moves; it has no bound."""
    chance = Random(seed)  # noqa: S311 - a game
    states, moves = [spec.initial_state(seed=seed)], []
    while not states[-1].is_terminal():
        moves.append(chance.choice(states[-1].legal_moves()))
        states.append(states[-1].apply_move(moves[-1]))
    return Episode(states=states, moves=moves, rewards=states[-1].returns())
