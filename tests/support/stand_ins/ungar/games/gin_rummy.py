"""Gin Rummy, as far as random play of it gets: it never ends."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..cards import Card, CardTensor
from ..game import GameSpec, Move


@dataclass(frozen=True)
class GinRummyState:
    """Ten cards each, and whose turn it is to draw and discard."""

    hands: tuple[tuple[Card, ...], ...]
    player_turn: int

    def current_player(self) -> int:
        return self.player_turn

    def legal_moves(self) -> list[Move]:
        return [Move(id=0, name="DRAW_STOCK"), Move(id=1, name="DRAW_DISCARD")]

    def is_terminal(self) -> bool:
        return False

    def apply_move(self, move: Move) -> GinRummyState:
        return replace(self, player_turn=1 - self.player_turn)

    def returns(self) -> tuple[float, ...]:
        return 0.0, 0.0

    def to_tensor(self, player: int) -> CardTensor:
        return CardTensor({"my_hand": self.hands[player]})


@dataclass(frozen=True, slots=True)
class GinRummySpec(GameSpec):
    """Deals ten cards each."""

    name: str = "gin_rummy"
    num_players: int = 2

    def initial_state(self, seed: int | None = None) -> GinRummyState:
        deck = [Card.from_index(index) for index in range(52)]
        return GinRummyState((tuple(deck[:10]), tuple(deck[10:20])), 0)


def make_gin_rummy_spec() -> GameSpec:
    return GinRummySpec()
