"""Near duplicates are found by signatures of 63 bytes; edited prompts are found, unrelated ones are not."""

from __future__ import annotations

import random

import pytest

from tunix_rt.domain.contamination.fingerprints import BINS, jaccard, shingles_of, signature_of, words_of
from tunix_rt.domain.contamination.matching import COMMON_PROMPTS
from tunix_rt.domain.contamination.signatures import (
    SignatureIndex,
    estimated_jaccard,
    read_signature,
    stored_signature,
)

EGGS = (
    "Janet's ducks lay 16 eggs per day. She eats three for breakfast every morning and bakes muffins for her friends "
    "every day with four. She sells the remainder at the farmers' market daily for $2 per fresh duck egg. How much in "
    "dollars does she make every day at the farmers' market?"
)
BOLTS = "A robe takes 2 bolts of blue fiber and half that much white fiber. How many bolts in total does it take?"
HOUSE = (
    "Josh decides to try flipping a house. He buys a house for $80,000 and then puts in $50,000 in repairs. This "
    "increased the value of the house by 150%. How much profit did he make?"
)


def stored(prompt: str) -> bytes:
    """The stored signature of a prompt of at least eight words."""
    found = stored_signature(prompt)
    assert found is not None
    return found


def is_near(prompt: str, *protected: str) -> bool:
    """Whether a prompt is found to be a near duplicate of one of the protected prompts."""
    return SignatureIndex(map(stored, protected)).has_near(read_signature(stored(prompt)))


@pytest.mark.parametrize(
    "edited",
    [
        EGGS,
        EGGS.upper().replace(".", " "),
        EGGS.replace("Janet", "Maria"),
        EGGS.replace("16", "24").replace("$2", "$3"),
        EGGS.replace("every day with four", "daily with 4"),
        "Solve the problem. " + EGGS,
        EGGS.removesuffix(" at the farmers' market?"),
    ],
)
def test_an_edited_prompt_is_near(edited: str):
    assert is_near(edited, BOLTS, EGGS, HOUSE)


@pytest.mark.parametrize("prompt", [BOLTS, HOUSE, "How much in dollars does she make every day at the market?"])
def test_an_unrelated_prompt_is_not_near(prompt: str):
    assert not is_near(prompt, EGGS)


@pytest.mark.parametrize("prompt", ["", "?!", "one two three four five six seven"])
def test_a_prompt_of_fewer_than_eight_words_has_no_signature(prompt: str):
    assert stored_signature(prompt) is None


@pytest.mark.parametrize("words", [8, 45, 5000])
def test_a_signature_has_63_bytes_however_long_the_prompt(words: int):
    assert len(stored(" ".join(f"w{n}" for n in range(words)))) == BINS == 63


def test_a_signature_agrees_with_the_minhash_it_is_taken_from():
    """Filled signatures borrow as the unabridged ones do, so both find the same candidates."""
    whole = signature_of(shingles_of(words_of(BOLTS)))

    assert list(read_signature(stored(BOLTS)).filled) == [value % 255 + 1 for value in whole]


def test_the_estimate_is_close_to_the_jaccard_index():
    chance = random.Random(3)  # noqa: S311 - a sample of words
    vocabulary = [f"v{n}" for n in range(2000)]
    errors = []
    for share in (0.0, 0.05, 0.1, 0.2, 0.4, 1.0) * 40:
        words = chance.choices(vocabulary, k=45)
        other = [chance.choice(vocabulary) if chance.random() < share else word for word in words]
        truth = jaccard(shingles_of(words), shingles_of(other))
        errors.append(estimated_jaccard(stored(" ".join(words)), stored(" ".join(other))) - truth)

    assert abs(sum(errors) / len(errors)) < 0.02
    assert (sum(error**2 for error in errors) / len(errors)) ** 0.5 < 0.08


def test_signatures_that_many_prompts_share_are_boilerplate():
    assert is_near(EGGS, *[EGGS] * COMMON_PROMPTS)
    assert not is_near(EGGS, *[EGGS] * (COMMON_PROMPTS + 1))
