"""Pairs of a group: which answers are chosen and rejected, by rule, margin and number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from tunix_rt.domain.preferences import pairs as preferences
from tunix_rt.domain.preferences.pairs import (
    PairRecipe,
    PairRule,
    PreferencePair,
    PromptAnswer,
    ScoredAnswer,
    by_margin,
    pairs_in_group,
    pairs_of,
    require_pair_recipe,
)
from tunix_rt.errors import BadUserInput

GROUP = [ScoredAnswer(name, score) for name, score in [("a", 0.5), ("b", 1.0), ("c", 0.0), ("d", 1.0), ("e", 0.75)]]


def named(recipe: PairRecipe) -> list[str]:
    """The pairs of the group, as chosen and rejected."""
    return [pair.chosen.answer + pair.rejected.answer for pair in pairs_of(GROUP, recipe)]


@pytest.mark.parametrize(
    ("recipe", "pairs"),
    [
        (PairRecipe("s"), ["bc"]),
        (PairRecipe("s", per_group=5), ["bc", "da"]),
        (PairRecipe("s", margin=0.6, per_group=5), ["bc"]),
        (PairRecipe("s", margin=1.1), []),
        (PairRecipe("s", PairRule.ALL, 0.5, 10), ["bc", "dc", "ec", "ba", "da", "ac"]),
        (PairRecipe("s", PairRule.ALL, 0.0, 2), ["bc", "dc"]),
    ],
)
def test_a_group_is_paired_by_its_scores(recipe: PairRecipe, pairs: list[str]):
    assert named(recipe) == pairs
    assert pairs_of(GROUP[:1], recipe) == pairs_of([], recipe) == []


def test_prompts_of_a_group_share_its_number_of_pairs():
    scores = [("near", 0.5), ("wide", 1.0), ("near", 0.25), ("wide", None), ("wide", 0.0), ("mid", 0.0), ("mid", 0.5)]
    group = [PromptAnswer(prompt, f"{prompt} {place}", score) for place, (prompt, score) in enumerate(scores)]

    def chosen(per_group: int) -> list[str]:
        return [pair.chosen.answer for pair in pairs_in_group(group, PairRecipe("s", per_group=per_group))]

    assert (chosen(1), chosen(2)) == (["wide 1"], ["wide 1", "mid 6"])
    assert chosen(9) == ["wide 1", "mid 6", "near 0"]


def test_no_pair_is_made_after_the_first_that_is_too_close(monkeypatch: pytest.MonkeyPatch):
    made: list[PreferencePair[int]] = []

    def counted(ranked: Sequence[ScoredAnswer[int]]) -> Iterator[PreferencePair[int]]:
        for pair in by_margin(ranked):
            made.append(pair)
            yield pair

    monkeypatch.setattr(preferences, "by_margin", counted)
    answers = [ScoredAnswer(place, float(place < 2)) for place in range(100)]
    found = pairs_of(answers, PairRecipe("s", PairRule.ALL, 0.5, 1_000))

    assert (len(found), len(made)) == (2 * 98, 2 * 98 + 1)


@given(
    scores=st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]) | st.floats(-5, 5), max_size=9),
    recipe=st.builds(
        PairRecipe, st.just("s"), st.sampled_from(PairRule), st.sampled_from([0.0, 0.25, 1.0]), st.integers(1, 40)
    ),
)
def test_pairs_are_the_widest_of_those_that_the_rule_allows(scores: list[float], recipe: PairRecipe):
    pairs = pairs_of([ScoredAnswer(place, score) for place, score in enumerate(scores)], recipe)

    differences = [abs(one - other) for one, other in combinations(scores, 2)]
    wide = sorted((value for value in differences if value > 0 and value >= recipe.margin), reverse=True)
    event(f"pairs: {min(len(pairs), 3)}, capped: {len(pairs) == recipe.per_group}")
    margins = [pair.margin for pair in pairs]
    assert margins == sorted(margins, reverse=True)
    if recipe.rule is PairRule.ALL:
        assert margins == wide[: recipe.per_group]
    else:
        assert len({place for pair in pairs for place in (pair.chosen.answer, pair.rejected.answer)}) == 2 * len(pairs)
        assert margins[:1] == wide[:1]


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        (PairRecipe(""), "scorer must have 1 to 64 characters; it has 0."),
        (PairRecipe("s", margin=-0.5), "margin must be a number of at least 0; it is -0.5."),
        (PairRecipe("s", margin=float("nan")), "margin must be a number of at least 0; it is nan."),
        (PairRecipe("s", per_group=0), "pairsPerGroup must be between 1 and 1000; it is 0."),
    ],
)
def test_a_recipe_out_of_range_is_refused(recipe: PairRecipe, message: str):
    with pytest.raises(BadUserInput) as refused:
        require_pair_recipe(recipe)

    assert refused.value.message == message
