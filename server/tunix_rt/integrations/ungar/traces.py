"""Traces of UNGAR's episodes from the view of player 0.

A trace of High Card Duel equals the original application's (7.3 of its behaviour) plus ``episode_seed``: the metadata
are ``source``, ``game``, ``episode_index``, ``my_card``, ``opponent_card``, ``result``, ``seed`` (of the batch, omitted
if none was given) and ``episode_seed``, which replays the single episode.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Iterator, Sequence
from typing import Any

from tunix_rt.domain.traces.trace import TraceDraft
from tunix_rt.domain.traces.validation import validate_trace
from tunix_rt.integrations.ungar.package import Deadline, Episode, Game, play

logger = logging.getLogger(__name__)

SOURCE = "ungar"
ME, OPPONENT = 0, 1
DECK = 52
RANKS = {
    "ACE": "A",
    "TWO": "2",
    "THREE": "3",
    "FOUR": "4",
    "FIVE": "5",
    "SIX": "6",
    "SEVEN": "7",
    "EIGHT": "8",
    "NINE": "9",
    "TEN": "T",
    "JACK": "J",
    "QUEEN": "Q",
    "KING": "K",
    "JOKER": "X",
}
SUITS = {"SPADES": "S", "HEARTS": "H", "DIAMONDS": "D", "CLUBS": "C"}
UNKNOWN = "??"
CARD = re.compile(r"Card\(suit=<Suit\.(\w+): \d+>, rank=<Rank\.(\w+): \d+>\)")
"""The pattern of a card in the name of a move."""

PROMPTS = {
    Game.SPADES_MINI: "Mini Spades: You have {hand}. Action: play a card in each trick.",
    Game.GIN_RUMMY: "Gin Rummy: You have {hand}. Action: draw and discard until you can knock.",
}


def generate(game: Game, count: int, seed: int | None, max_bytes: int, seconds: float) -> list[TraceDraft]:
    """Plays episodes and returns their traces; call it in a thread.

    Args:
        seed: episode k has the seed ``seed + k``; None for random seeds.
        max_bytes: the largest trace, in bytes of its canonical JSON.
        seconds: the time limit.

    Raises:
        NotInstalled, BadUserInput, TooCostly: as ``play`` does.
    """
    deadline = Deadline(seconds)
    start = secrets.randbelow(2**31) if seed is None else seed
    drafts = []
    for index in range(count):
        episode = play(game, start + index, deadline)
        labels = {} if seed is None else {"seed": seed}
        drafts.append(
            validate_trace(trace_of(game, episode, index, labels | {"episode_seed": start + index}), max_bytes)
        )
    return drafts


def trace_of(game: Game, episode: Episode, index: int, labels: dict[str, Any]) -> dict[str, Any]:
    """Returns the trace of an episode.

    Args:
        index: the episode's index in the batch.
        labels: further metadata.
    """
    head = {"source": SOURCE, "game": game.value, "episode_index": index}
    if game is Game.HIGH_CARD_DUEL:
        return duel_trace(episode, head, labels)
    steps = [{"i": position, "type": kind, "content": text} for position, (kind, text) in enumerate(moves_of(episode))]
    result = result_of(episode)
    return {
        "trace_version": "1.0",
        "prompt": PROMPTS[game].format(hand=" ".join(map(card_text, hand_of(episode.states[0], ME)))),
        "final_answer": result,
        "steps": steps,
        "meta": {**head, "result": result, "reward": episode.rewards[ME], **labels},
    }


def duel_trace(episode: Episode, head: dict[str, Any], labels: dict[str, Any]) -> dict[str, Any]:
    """Returns the trace of a High Card Duel: my card when dealt, the opponent's when revealed at the end."""
    mine = only_card(episode.states[0], ME)
    action = episode.moves[0].name
    legal = ", ".join(move.name for move in episode.states[0].legal_moves())
    texts = {
        "legal_moves": f"Legal moves: [{legal}]",
        "observation": f"My hand: {mine}",
        "unseen": f"Unseen cards: {DECK - 1}",
        "decision": f"Action chosen: {action}",
    }
    cards = {"my_card": mine, "opponent_card": only_card(episode.states[-1], OPPONENT)}
    return {
        "trace_version": "1.0",
        "prompt": f"High Card Duel: You have 1 hidden card. Action: {action}.",
        "final_answer": action,
        "steps": [
            {"i": position, "type": kind, "content": text} for position, (kind, text) in enumerate(texts.items())
        ],
        "meta": {**head, **cards, "result": result_of(episode), **labels},
    }


def moves_of(episode: Episode) -> Iterator[tuple[str, str]]:
    """Yields the steps of each move: my legal moves and my choice, and the opponents' moves."""
    for state, move in zip(episode.states, episode.moves, strict=False):
        if state.current_player() == ME:
            yield "legal_moves", f"Legal moves: [{', '.join(move_text(legal.name) for legal in state.legal_moves())}]"
            yield "decision", f"Action chosen: {move_text(move.name)}"
        else:
            yield "observation", f"Opponent: {move_text(move.name)}"


def move_text(name: str) -> str:
    """Returns a move's name with its card in short notation."""
    return CARD.sub(lambda found: short(found[1], found[2]), name).replace("_", " ")


def result_of(episode: Episode) -> str:
    """Returns player 0's result; it is a win if no opponent has as many points."""
    mine, best = episode.rewards[ME], max(episode.rewards[ME + 1 :])
    return "win" if mine > best else "loss" if mine < best else "tie"


def only_card(state: Any, player: int) -> str:
    """Returns the only card of a hand."""
    cards = hand_of(state, player)
    return card_text(cards[0] if len(cards) == 1 else None)


def hand_of(state: Any, player: int) -> Sequence[Any]:
    """Returns a player's cards.

    The published games have the attribute ``hands``; the cards of any other state come from its tensor, which costs
    more than the whole game.
    """
    hands = getattr(state, "hands", None)
    if hands is None:
        cards: Sequence[Any] = state.to_tensor(player).cards_in_plane("my_hand")
        return cards
    hand = hands[player]
    return hand if isinstance(hand, Sequence) else (hand,)


def card_text(card: Any) -> str:
    """Returns a card in two characters; logs a warning and returns ``??`` for an unknown card."""
    return short(getattr(getattr(card, "suit", None), "name", ""), getattr(getattr(card, "rank", None), "name", ""))


def short(suit: str, rank: str) -> str:
    """Returns the two characters of ``card_text`` for a suit and a rank."""
    if suit not in SUITS or rank not in RANKS:
        logger.warning("UNGAR returned an unknown card")
        return UNKNOWN
    return RANKS[rank] + SUITS[suit]
