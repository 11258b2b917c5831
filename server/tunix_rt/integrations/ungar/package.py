"""UNGAR: card games (https://github.com/m-cahill/ungar), played at random.

The package is optional, and imported only when it is asked for. What is used of it is what it publishes: a spec's
``initial_state``, a state's ``current_player``, ``legal_moves``, ``is_terminal``, ``apply_move``, ``returns`` and
``to_tensor(player)``, and ``ungar.runner.play_random_episode(spec, seed=)``.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from random import Random
from typing import Any, Protocol

from tunix_rt.errors import BadUserInput, NotInstalled, TooCostly

INSTALL = "pip install numpy && pip install --no-deps git+https://github.com/m-cahill/ungar"
"""Without its dependencies but NumPy: it names PyTorch too, which its games do not use."""

MOVES_MAX = 490
"""Moves of one episode: each makes two steps at most, and a trace has at most 1,000."""


class Game(Enum):
    """The games, by the names of their modules."""

    HIGH_CARD_DUEL = "high_card_duel"
    SPADES_MINI = "spades_mini"
    GIN_RUMMY = "gin_rummy"


class State(Protocol):
    """A state of a game."""

    def current_player(self) -> int: ...
    def legal_moves(self) -> Sequence[Any]: ...
    def is_terminal(self) -> bool: ...
    def apply_move(self, move: Any) -> State: ...
    def returns(self) -> tuple[float, ...]: ...
    def to_tensor(self, player: int) -> Any: ...


class Episode(Protocol):
    """A game from its first state to its last: one state more than moves."""

    states: list[Any]
    moves: list[Any]
    rewards: tuple[float, ...]


@dataclass
class PlayedGame:
    """An episode that was played here."""

    states: list[State]
    moves: list[Any] = field(default_factory=list)
    rewards: tuple[float, ...] = ()


@dataclass(frozen=True)
class UngarInstallation:
    """Whether games can be played.

    Args:
        version: of the package; None if it is not there.
        install_command: the line that makes it available.
    """

    available: bool
    version: str | None
    message: str
    install_command: str = INSTALL


class Deadline:
    """The end of the time for generating games.

    Args:
        seconds: from now on.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    def check(self) -> None:
        """Raises an error if the time is over.

        Raises:
            TooCostly: the time is over.
        """
        if time.monotonic() > self._end:
            raise TooCostly(
                f"The games did not end within {self._seconds:g} seconds; nothing was stored. Request fewer games.",
                ["count"],
            )


def package_status() -> UngarInstallation:
    """Returns whether the package is there and can be imported; imports it, so this is work for a thread."""
    try:
        spec_of(Game.HIGH_CARD_DUEL)
        version = str(getattr(importlib.import_module("ungar"), "__version__", "unknown"))
    except NotInstalled as error:
        return UngarInstallation(available=False, version=None, message=error.message)
    return UngarInstallation(
        available=True, version=version, message=f"UNGAR {version} is installed; its games can be played."
    )


def spec_of(game: Game) -> Any:
    """Returns a game's spec.

    Raises:
        NotInstalled: the package is missing, or lacks what it needs itself.
    """
    try:
        importlib.import_module("ungar.runner")
        module = importlib.import_module(f"ungar.games.{game.value}")
    except ImportError as error:
        missing = (error.name or "").partition(".")[0]
        reason = (
            "is not installed" if missing == "ungar" else f"cannot be imported without {missing or 'what it needs'}"
        )
        raise NotInstalled(f"UNGAR {reason}. Install it: {INSTALL}") from None
    return getattr(module, f"make_{game.value}_spec")()


def play(game: Game, seed: int, deadline: Deadline) -> Episode:
    """Returns one episode of random moves; equal seeds give equal episodes.

    Raises:
        NotInstalled: as ``spec_of``.
        BadUserInput: the game does not come to an end.
        TooCostly: the time is over.
    """
    deadline.check()
    spec = spec_of(game)
    if game is Game.HIGH_CARD_DUEL:
        episode: Episode = importlib.import_module("ungar.runner").play_random_episode(spec, seed=seed)
        return episode
    return play_bounded(game, spec, seed, deadline)


def play_bounded(game: Game, spec: Any, seed: int, deadline: Deadline) -> Episode:
    """Returns the episode that ``play_random_episode`` would give, which itself goes on for ever where a game does.

    Raises:
        BadUserInput, TooCostly: as ``play``.
    """
    chance = Random(seed)  # noqa: S311 - a game
    state: State = spec.initial_state(seed=seed)
    played = PlayedGame([state])
    while not state.is_terminal():
        deadline.check()
        legal = state.legal_moves()
        if not legal or len(played.moves) == MOVES_MAX:
            raise BadUserInput(
                f"A random episode of {game.name} with the seed {seed} did not end within {MOVES_MAX} moves; "
                "nothing was stored.",
                ["game"],
            )
        move = chance.choice(legal)
        state = state.apply_move(move)
        played.moves.append(move)
        played.states.append(state)
    played.rewards = tuple(state.returns())
    return played
