"""UNGAR: card games (https://github.com/m-cahill/ungar), played at random.

The package is optional and imported on demand. Only its public interface is used: a spec's ``initial_state``, a state's
``current_player``, ``legal_moves``, ``is_terminal``, ``apply_move``, ``returns`` and ``to_tensor(player)``, and
``ungar.runner.play_random_episode(spec, seed=)``.
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
"""Installs only NumPy of its dependencies: it also requires PyTorch, which its games do not use."""

MOVES_MAX = 490
"""The maximum number of moves of an episode: a move gives at most two steps, and a trace has at most 1,000 steps."""


class Game(Enum):
    """A game, by the name of its module."""

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
    """A game from its first to its last state; it has one more state than moves."""

    states: list[Any]
    moves: list[Any]
    rewards: tuple[float, ...]


@dataclass
class PlayedGame:
    """An episode from ``play_bounded``."""

    states: list[State]
    moves: list[Any] = field(default_factory=list)
    rewards: tuple[float, ...] = ()


@dataclass(frozen=True)
class UngarInstallation:
    """The status of the package.

    Args:
        version: the package's version; None if it is not installed.
        install_command: the command that installs it.
    """

    available: bool
    version: str | None
    message: str
    install_command: str = INSTALL


class Deadline:
    """The deadline for generating games.

    Args:
        seconds: the time from now.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    def check(self) -> None:
        """Raises an error after the deadline.

        Raises:
            TooCostly: the deadline has passed.
        """
        if time.monotonic() > self._end:
            raise TooCostly(
                f"The games did not end within {self._seconds:g} seconds; nothing was stored. Request fewer games.",
                ["count"],
            )


def package_status() -> UngarInstallation:
    """Returns the status of the package; imports it, so call it in a thread."""
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
        NotInstalled: the package or one of its dependencies is missing.
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
    """Returns an episode of random moves; equal seeds give equal episodes.

    Raises:
        NotInstalled: as ``spec_of`` does.
        BadUserInput: the game does not end within the maximum number of moves.
        TooCostly: the deadline has passed.
    """
    deadline.check()
    spec = spec_of(game)
    if game is Game.HIGH_CARD_DUEL:
        episode: Episode = importlib.import_module("ungar.runner").play_random_episode(spec, seed=seed)
        return episode
    return play_bounded(game, spec, seed, deadline)


def play_bounded(game: Game, spec: Any, seed: int, deadline: Deadline) -> Episode:
    """Returns the episode of ``play_random_episode``, which itself does not return if a game does not end.

    Raises:
        BadUserInput, TooCostly: as ``play`` does.
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
