"""The words of a trace in the form for an index: a text for SQLite's FTS5, a binary ``tsvector`` for PostgreSQL.

PostgreSQL stores positions only up to 16,383, and 255 of each word, and finds phrases by positions. So on both
databases, a word beyond these limits is indexed without a position: it is found, but not in a phrase.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain
from typing import Any, Protocol, TypeAlias

from tunix_rt.domain.search_words import SEARCHED_CHARS, words_of

POSITIONS = 16_382
OCCURRENCES = 255
GAP = "\u00b7"
"""The placeholder in SQLite's index for a word without a position. It is not a letter, so that no search matches it."""

UINT16 = [chr(number >> 8) + chr(number & 0xFF) for number in range(POSITIONS + 1)]
"""Each number as the two bytes of its binary form, in Latin-1."""

LEXEME_HEADS = ["\0" + UINT16[count] for count in range(OCCURRENCES + 1)]
"""What follows a lexeme in a binary ``tsvector``: its end, and its number of positions."""

FIRST_POSITIONS = [LEXEME_HEADS[1] + position for position in UINT16]


class Searched(Protocol):
    """The texts of a trace that are searched."""

    prompt: str
    final_answer: str
    steps: list[Any]


Body: TypeAlias = str | bytes
"""A trace's words in the form for an index: a text for FTS5, a binary ``tsvector`` for PostgreSQL."""


def body_of(trace: Searched, kind: str) -> Body:
    """Returns a trace's words in the form for the index of a kind of database."""
    return (sqlite_body if kind == "sqlite" else postgresql_body)(words_of(searched_text(trace)))


def searched_text(trace: Searched) -> str:
    """Returns the searchable text of a trace: prompt, steps and final answer, up to a maximum length."""
    return " ".join([trace.prompt, *(step.content for step in trace.steps), trace.final_answer])[:SEARCHED_CHARS]


def sqlite_body(words: Sequence[str]) -> str:
    """Returns words as a text for FTS5, which numbers their positions by order."""
    if all_placed(words):
        return " ".join(words)
    placed, unplaced = placed_words(words)
    text_ = " ".join(word or GAP for word in placed)
    return f"{text_} {GAP} {f' {GAP} '.join(unplaced)}" if unplaced else text_


def postgresql_body(words: Sequence[str]) -> bytes:
    """Returns words as a binary ``tsvector``, which PostgreSQL reads in a third of the time of a text.

    The format: the number of lexemes in 4 bytes; for each lexeme its text in UTF-8, a zero byte, the number of its
    positions, and the positions in ascending order, in 2 bytes each.
    """
    placed, unplaced = placed_words(words)
    lexemes = dict.fromkeys(unplaced, LEXEME_HEADS[0])
    more: dict[str, str] = {}
    for number, word in enumerate(placed, 1):
        if word in lexemes:
            more[word] = more.get(word, "") + UINT16[number]
        elif word is not None:
            lexemes[word] = FIRST_POSITIONS[number]
    for word, positions in more.items():
        lexemes[word] = LEXEME_HEADS[1 + len(positions) // 2] + lexemes[word][-2:] + positions
    if not "".join(lexemes).isascii():
        lexemes = {word.encode().decode("latin-1"): found for word, found in lexemes.items()}
    body = "".join(chain.from_iterable(lexemes.items()))
    return len(lexemes).to_bytes(4, "big") + body.encode("latin-1")


def all_placed(words: Sequence[str]) -> bool:
    """Returns whether every word can have a position, decided by their number."""
    return len(words) <= OCCURRENCES or (len(words) <= POSITIONS and len(words) - len(set(words)) < OCCURRENCES)


def placed_words(words: Sequence[str]) -> tuple[Sequence[str | None], list[str]]:
    """Returns the words by position, with None for each without one, and the distinct words without a position."""
    if all_placed(words):
        return words, []
    placed: list[str | None] = list(words[:POSITIONS])
    seen = {word: 0 for word, count in Counter(placed).items() if count > OCCURRENCES}
    for position, word in enumerate(placed if seen else ()):
        if word in seen:
            seen[word] += 1
            placed[position] = word if seen[word] <= OCCURRENCES else None
    there = set(placed)
    return placed, [word for word in dict.fromkeys(words[POSITIONS:]) if word not in there]
