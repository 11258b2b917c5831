"""Made-up traces: the same ones in every run, in words as varied as those of a real text."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

import orjson

VOCABULARY = 20_000
SENTENCES = 20_000
SENTENCE_WORDS = 12
SOURCES = ("algebra", "geometry", "arithmetic", "logic", None)
SYLLABLES = [first + vowel for first in "bcdfghjklmnprstvwz" for vowel in "aeiou"]


def traces(number: int, mean_bytes: int = 2000) -> Iterator[dict[str, Any]]:
    """Traces in the native format, of ``mean_bytes`` as JSON on average; ``meta.n`` counts them from 0."""
    chance = random.Random(7)  # noqa: S311 - the same ones in every run are what is wanted
    pool = sentences(chance)
    for n in range(number):
        yield trace(n, chance, pool, mean_bytes)


def lines(number: int, mean_bytes: int = 2000) -> list[bytes]:
    """The same traces as lines of NDJSON, without their ends."""
    return [orjson.dumps(value) for value in traces(number, mean_bytes)]


def trace(n: int, chance: random.Random, pool: list[str], mean_bytes: int) -> dict[str, Any]:
    """One trace; a fifth of them have no source."""
    most_steps = max(1, mean_bytes * 2 // 225 - 2)
    steps = [
        {"i": i, "type": "reasoning", "content": " ".join(chance.choices(pool, k=2))}
        for i in range(chance.randint(1, most_steps))
    ]
    source = SOURCES[n % len(SOURCES)]
    return {
        "trace_version": "1.0",
        "prompt": f"{chance.choice(pool)} {chance.choice(pool)} Item {n}?",
        "steps": steps,
        "final_answer": f"{n * 7 % 1000}",
        "meta": {"n": n, "split": "train"} | ({"source": source} if source else {}),
    }


def sentences(chance: random.Random) -> list[str]:
    """A pool of sentences whose words are as unevenly common as in a natural language (Zipf's law)."""
    words = sorted({"".join(chance.choices(SYLLABLES, k=chance.randint(1, 4))) for _ in range(VOCABULARY)})
    chance.shuffle(words)
    weights = list(accumulate(1 / rank for rank in range(1, len(words) + 1)))
    sampled = chance.choices(words, cum_weights=weights, k=SENTENCES * SENTENCE_WORDS)
    return [
        " ".join(sampled[start : start + SENTENCE_WORDS]).capitalize() + "."
        for start in range(0, len(sampled), SENTENCE_WORDS)
    ]
