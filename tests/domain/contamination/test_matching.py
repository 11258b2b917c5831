"""Similar prompts are found by equal words, shared 8-grams and MinHash; common phrases are not contamination."""

from __future__ import annotations

import random
import uuid

import pytest

from tunix_rt.domain.contamination.fingerprints import bands_of, jaccard, ngrams_of, shingles_of, words_of
from tunix_rt.domain.contamination.matching import COMMON_PROMPTS, ContaminationKind, PromptIndex

TRAIN = "A train travels 270 miles in 3 hours. At the same rate, how many additional hours would it take for 180?"
PLANE = "A plane travels 1200 miles in 3 hours. At the same rate, how many additional hours would it take for 2000?"
BELLA = (
    "Bella bought stamps at the post office. Some of the stamps had a snowflake design, some had a truck design, and "
    "some had a rose design. Bella bought 11 snowflake stamps."
)


def found(train: str, *evaluated: str) -> list[tuple[str, float]]:
    """The kind and the overlap of each match of a training prompt."""
    index = PromptIndex()
    for prompt in evaluated:
        index.add(uuid.uuid4(), prompt)
    index.finish()
    return [(match.kind.value, match.overlap) for match in index.matches(uuid.uuid4(), train)]


@pytest.mark.parametrize(
    ("train", "equal", "others"),
    [
        ("What is 2 + 2?", "what is 2+2", ["What is 2 + 3?", "What is 2 2?"]),
        (
            "What is 12 \u00d7 5?",
            "what is 12*5",
            ["What is 12 + 5?", "What is 12 - 5?", "What is 12 ** 5?"],
        ),
        ("(2 + 3) * 4", "(2+3)*4 =", ["(2 + 3) + 4", "2 + 3 * 4 + 1"]),
        ("Is -3 odd?", "is \u22123 odd", ["Is 3 odd?"]),
        ("Is 12.5 < 13?", "is 12.5<13", ["Is 12 5 < 13?", "Is 12.5 > 13?", "Is 12.5 <= 13?"]),
        ("A well-known, odd *fact*: 3 - or more.", "a well known odd fact 3 or more", []),
    ],
)
def test_equal_words_and_operators_are_equal_prompts(train: str, equal: str, others: list[str]):
    assert found(train, equal, *others) == [("EQUAL_PROMPT", 1.0)]


def test_other_operators_in_a_long_prompt_are_shared_words():
    prompt = "Explain step by step and without a calculator what 12 + 5 is"

    assert found(prompt, prompt.replace("+", "*")) == [("SHARED_NGRAMS", 1.0)]


def test_shared_8_grams_are_graded_by_their_jaccard_index():
    train, plane = ngrams_of(words_of(TRAIN)), ngrams_of(words_of(PLANE))
    expected = round(len(train & plane) / len(train | plane), 4)

    assert expected > 0.3
    assert found(TRAIN, PLANE, BELLA) == [("SHARED_NGRAMS", expected)]


def test_one_shared_8_gram_of_long_prompts_is_no_contamination():
    phrase = "how many apples does she have left over in total"
    filler = [f"word{n}" for n in range(200)]

    assert found(" ".join(filler[:100]) + phrase, " ".join(filler[100:]) + phrase) == []


@pytest.mark.parametrize(("words", "matches"), [(18, [("SHARED_NGRAMS", 0.1)]), (19, [])])
def test_a_tenth_of_the_8_grams_in_common_is_a_match(words: int, matches: list[tuple[str, float]]):
    phrase = [f"shared{n}" for n in range(9)]  # two 8-grams
    train, evaluated = ([*phrase, *(f"{name}{n}" for n in range(words - 9))] for name in ("train", "evaluated"))

    assert found(" ".join(train), " ".join(evaluated)) == matches


def test_changed_words_in_every_8_gram_are_a_near_duplicate():
    words = [f"w{n}" for n in range(60)]
    changed = [f"x{n}" if n % 8 == 0 else word for n, word in enumerate(words)]

    ((kind, overlap),) = found(" ".join(words), " ".join(changed))

    assert kind == "NEAR_DUPLICATE"
    assert overlap == round(jaccard(shingles_of(words), shingles_of(changed)), 4)


def test_8_grams_of_many_prompts_are_boilerplate():
    intro = "Solve the following problem step by step and give the answer in a box:"
    prompts = [f"{intro} {n} alpha{n} beta{n} gamma{n}" for n in range(COMMON_PROMPTS + 1)]

    other = intro + " ".join(f"other{n}" for n in range(20))
    assert found(other, *prompts) == []
    assert [kind for kind, _ in found(other, *prompts[:5])] == ["SHARED_NGRAMS"] * 5


@pytest.mark.parametrize("prompt", ["", "?!", "one", "two words"])
def test_a_short_prompt_matches_itself_alone(prompt: str):
    assert found(prompt, prompt or "!", "an entirely different prompt of many words") == [("EQUAL_PROMPT", 1.0)]


def test_min_hash_finds_most_pairs_above_the_limit_and_verifies_each():
    chance = random.Random(5)  # noqa: S311 - a sample of words
    vocabulary = [f"v{n}" for n in range(500)]
    hits = pairs = 0
    for _ in range(150):
        words = chance.choices(vocabulary, k=50)
        other = [chance.choice(vocabulary) if chance.random() < 0.15 else word for word in words]
        if jaccard(shingles_of(words), shingles_of(other)) >= 0.5:
            pairs += 1
            hits += bool(set(bands_of(shingles_of(words))) & set(bands_of(shingles_of(other))))

    assert pairs > 50
    assert hits / pairs > 0.9


def test_every_kind_has_a_rank():
    assert [kind.value for kind in ContaminationKind] == ["EQUAL_PROMPT", "SHARED_NGRAMS", "NEAR_DUPLICATE"]
