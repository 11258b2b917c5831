"""Cards: four suits, fourteen ranks of which the last is the joker, and an index over all of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

Suit = Enum("Suit", "SPADES HEARTS DIAMONDS CLUBS")
Rank = Enum("Rank", "ACE TWO THREE FOUR FIVE SIX SEVEN EIGHT NINE TEN JACK QUEEN KING JOKER")


@dataclass(frozen=True, slots=True)
class Card:
    """A suit and a rank."""

    suit: Suit
    rank: Rank

    def to_index(self) -> int:
        """Its place among all 56."""
        return (self.suit.value - 1) * len(Rank) + self.rank.value - 1

    @staticmethod
    def from_index(index: int) -> Card:
        """The card at a place."""
        suit, rank = divmod(index, len(Rank))
        return Card(Suit(suit + 1), Rank(rank + 1))


@dataclass(frozen=True)
class CardTensor:
    """Named planes of cards."""

    planes: dict[str, tuple[Card, ...]]

    def cards_in_plane(self, name: str) -> tuple[Card, ...]:
        """The cards of one."""
        return self.planes[name]
