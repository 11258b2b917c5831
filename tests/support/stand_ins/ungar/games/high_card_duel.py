"""High Card Duel: one card each, out of 52; each is revealed in turn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from ..cards import Card, CardTensor, Rank
from ..game import GameSpec, Move


@dataclass(frozen=True, slots=True)
class HighCardDuelState:
    """The hands, and which of them are revealed."""

    hands: tuple[Card, Card]
    revealed: tuple[bool, bool]
    _current_player: int

    def current_player(self) -> int:
        return self._current_player

    def legal_moves(self) -> tuple[Move, ...]:
        return () if self.is_terminal() else (Move(id=0, name="reveal"),)

    def is_terminal(self) -> bool:
        return all(self.revealed)

    def apply_move(self, move: Move) -> HighCardDuelState:
        first = self._current_player == 0
        return replace(self, revealed=(True, not first), _current_player=1 if first else -1)

    def returns(self) -> tuple[float, float]:
        mine, other = (99 if card.rank is Rank.ACE else card.rank.value for card in self.hands)
        sign = float((mine > other) - (mine < other))
        return sign, 0.0 - sign

    def to_tensor(self, player: int) -> CardTensor:
        other = (self.hands[1 - player],) if self.revealed[1 - player] else ()
        return CardTensor({"my_hand": (self.hands[player],), "opponent_hand": other})


@dataclass(frozen=True, slots=True)
class HighCardDuelSpec(GameSpec):
    """Deals the first two cards of a shuffled deck."""

    def initial_state(self, seed: int | None = None) -> HighCardDuelState:
        deck = [card for card in map(Card.from_index, range(56)) if card.rank is not Rank.JOKER]
        Random(seed).shuffle(deck)  # noqa: S311 - a game
        return HighCardDuelState((deck[0], deck[1]), (False, False), 0)


def make_high_card_duel_spec() -> HighCardDuelSpec:
    return HighCardDuelSpec(name="high_card_duel", num_players=2)
