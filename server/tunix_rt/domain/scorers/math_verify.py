"""Grades the final answer by the reference answer: with ``answer_match``, then with Hugging Face's Math-Verify.

Math-Verify compares expressions by SymPy, which may take any time and memory; so it runs in a process. Its own timeouts
are signals, which reach the main thread of that process.
"""

from __future__ import annotations

import re
from importlib.util import find_spec

from tunix_rt.domain.answers.comparison import AnswerVerdict, compare_answers
from tunix_rt.domain.answers.spelling import marked_part, normalize
from tunix_rt.domain.answers.values import AnswerNumber, read_value
from tunix_rt.domain.scorers.answer_match import SCORES
from tunix_rt.domain.scorers.base import ScoredTrace, Scorer, ScorerExecution, ScorerProgram, ScorerSource, Verdict

PARSE_SECONDS = 1
COMPARE_SECONDS = 3
"""The time limits of Math-Verify for one text and for one comparison, together less than the process's."""
PREPARE_SECONDS = 60
"""More than the time for a process to load its scorer."""
EXACT = {"float_rounding": 40, "numeric_precision": 60}
"""Digits at which 1/2^98 and 1/2^99 differ; by default, Math-Verify compares rounded to six places."""
PLACES_MIN, PLACES = 2, 6
"""The fewest and the most decimal places at which expressions are compared when rounded."""
MATH_MAX_CHARS = 2_000
MARKED = re.compile(r"\$|\\\(|\\\[|\\boxed")
WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{3,}")
UNAVAILABLE = "Math-Verify is not installed here. Install it with: pip install 'tunix-rt[answers]'"


def score(trace: ScoredTrace) -> Verdict | None:
    """Returns 1 for a correct answer, 0 for a wrong one and 0.5 if undecided; None without a reference."""
    if trace.reference_answer is None:
        return None
    first = compare_answers(trace.final_answer, trace.reference_answer)
    if first.verdict is not AnswerVerdict.UNDECIDED:
        return score_verdict(first.verdict, first.rule, "answer_match")
    if len(trace.final_answer) + len(trace.reference_answer) > MATH_MAX_CHARS:
        return score_verdict(AnswerVerdict.UNDECIDED, "too long", "math_verify")
    return score_verdict(*verify_answer(trace.reference_answer, trace.final_answer), "math_verify")


def score_verdict(verdict: AnswerVerdict, rule: str, decided_by: str) -> Verdict:
    """Returns the score of a verdict on an answer."""
    return Verdict(SCORES[verdict], {"verdict": verdict.value, "rule": rule, "decided_by": decided_by})


def verify_answer(reference: str, answer: str) -> tuple[AnswerVerdict, str]:
    """Returns Math-Verify's verdict and the reason."""
    from math_verify import parse, verify
    from math_verify.errors import TimeoutException

    try:
        expected, given = (
            parse(as_math(text), parsing_timeout=PARSE_SECONDS, raise_on_error=True) for text in (reference, answer)
        )
        if not expected or not given:
            return AnswerVerdict.UNDECIDED, "not an expression"
        if verify(expected, given, **EXACT, timeout_seconds=COMPARE_SECONDS, raise_on_error=True):
            return AnswerVerdict.CORRECT, "equal"
        places = rounded_places(answer, reference)
        if verify(expected, given, float_rounding=places, timeout_seconds=COMPARE_SECONDS, raise_on_error=True):
            return AnswerVerdict.UNDECIDED, "rounded"
    except TimeoutException:
        return AnswerVerdict.UNDECIDED, "timeout"
    except Exception as error:
        return AnswerVerdict.UNDECIDED, type(error).__name__
    return AnswerVerdict.WRONG, "different"


def prepare() -> None:
    """Loads Math-Verify and parses an expression: on a busy machine both take longer than the time for one trace."""
    from math_verify import parse

    parse(r"$\frac{1}{2} < x$", parsing_timeout=PREPARE_SECONDS)


def rounded_places(*texts: str) -> int:
    """Returns the decimal places at which expressions are equal when rounded: a decimal's own, at least two."""
    values = [read_value(normalize(marked_part(text))) for text in texts]
    places = [value.decimals for value in values if isinstance(value, AnswerNumber) and value.decimals]
    return min((count for count in places if PLACES_MIN <= count <= PLACES), default=PLACES)


def as_math(text: str) -> str:
    """Returns a text that Math-Verify reads as LaTeX, unless it consists of words or is marked up already."""
    return text if MARKED.search(text) or WORD.search(text) else f"${text}$"


SCORER = Scorer(
    name="math_verify",
    version="2",
    description="Compares the final answer with the reference answer as `answer_match` does, and as expressions by "
    "Math-Verify where that is undecided: 1 correct, 0 wrong, 0.5 undecided. Needs the extra `answers`.",
    low=0.0,
    high=1.0,
    score=score,
    execution=ScorerExecution.PROCESS,
    program=ScorerProgram(ScorerSource.BUILT_IN, __name__),
    unavailable=None if find_spec("math_verify") else UNAVAILABLE,
)
