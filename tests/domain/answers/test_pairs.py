"""Pairs of an answer and a reference answer with the verdict that a careful person gives."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunix_rt.domain.answers.comparison import READ_MAX_CHARS, AnswerVerdict, compare_answers

PAIRS = [
    line.split(" | ")
    for line in Path(__file__).with_name("pairs.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
]
SIGNS = st.text(st.sampled_from("0123456789.,:/%$()[]{}-+^e \\\\BbxX½"), max_size=30)


def verdict(answer: str, reference: str) -> str:
    """The verdict on an answer."""
    return compare_answers(answer, reference).verdict.value


def test_there_are_hundreds_of_pairs_of_every_verdict():
    verdicts = [wanted for wanted, _, _ in PAIRS]
    assert len(PAIRS) >= 300
    assert min(verdicts.count(each.value) for each in AnswerVerdict) >= 50


def test_every_pair_gets_its_verdict():
    wrong = [pair for pair in PAIRS if verdict(*pair[1:]) != pair[0]]
    assert wrong == []


@pytest.mark.parametrize(
    ("answer", "reference", "rule"),
    [
        ("18", "18.", "text"),
        ("18.0", "18", "number"),
        ("0.33", "1/3", "rounded"),
        ("50%", "0.5", "percent"),
        ("5 m", "5 km", "units"),
        ("(B)", "A", "choice"),
        ("6:8", "3:4", "ratio"),
        ("{2, 1}", "{1, 2}", "items"),
        ("2^3", "8", "no value"),
    ],
)
def test_the_rule_that_decided_is_named(answer: str, reference: str, rule: str):
    assert compare_answers(answer, reference).rule == rule


def test_a_long_answer_counts_by_what_it_marks_and_else_by_its_text():
    thought = "Let us see. " * (READ_MAX_CHARS // 10)
    assert verdict(thought + r"\boxed{18}", "18") == "CORRECT"
    assert verdict(thought + "<answer>19</answer>", "18") == "WRONG"
    assert compare_answers(thought + "18", "18").rule == "length"
    assert verdict(thought, f" {thought.upper()}") == "CORRECT"


@given(SIGNS, SIGNS)
def test_no_text_is_an_error_and_an_answer_is_its_own_reference(answer: str, reference: str):
    assert verdict(answer, answer) == "CORRECT"
    assert verdict(answer, reference) == verdict(reference, answer)
