"""Mini Spades, in short: five cards each, played in turns; who plays the higher card of the last two takes five."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from ..cards import Card, CardTensor
from ..game import GameSpec, Move


@dataclass(frozen=True)
class SpadesMiniState:
    """The hands, and the cards played."""

    hands: tuple[tuple[Card, ...], ...]
    history: tuple[Card, ...]
    player_turn: int

    def current_player(self) -> int:
        return self.player_turn

    def legal_moves(self) -> list[Move]:
        return [Move(id=card.to_index(), name=str(card)) for card in self.hands[self.player_turn]]

    def is_terminal(self) -> bool:
        return not any(self.hands)

    def apply_move(self, move: Move) -> SpadesMiniState:
        card = Card.from_index(move.id)
        hands = tuple(tuple(found for found in hand if found != card) for hand in self.hands)
        return replace(self, hands=hands, history=(*self.history, card), player_turn=1 - self.player_turn)

    def returns(self) -> tuple[float, ...]:
        mine, other = (card.rank.value for card in self.history[-2:])
        return (5.0, 1.0) if mine > other else (1.0, 5.0) if mine < other else (3.0, 3.0)

    def to_tensor(self, player: int) -> CardTensor:
        return CardTensor({"my_hand": self.hands[player], "history": self.history})


@dataclass(frozen=True, slots=True)
class SpadesMiniSpec(GameSpec):
    """Deals five cards each; jokers are among them."""

    name: str = "spades_mini"
    num_players: int = 2

    def initial_state(self, seed: int | None = None) -> SpadesMiniState:
        deck = [Card.from_index(index) for index in range(52)]
        Random(seed).shuffle(deck)  # noqa: S311 - a game
        return SpadesMiniState((tuple(deck[:5]), tuple(deck[5:10])), (), 0)


def make_spades_mini_spec() -> GameSpec:
    return SpadesMiniSpec()
