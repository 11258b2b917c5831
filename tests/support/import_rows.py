"""Rows of public data sets and logs, a little shorter than they are found."""

from __future__ import annotations

from typing import Any

OPENR1: dict[str, Any] = {
    "problem": "What is the sum of the first three primes?",
    "solution": "They are 2, 3 and 5, so the sum is $\\boxed{10}$.",
    "answer": "10",
    "problem_type": "Number Theory",
    "question_type": "math-word-problem",
    "source": "olympiads",
    "uuid": "586fd646-76d6-5070-8c81-9993ab9d8559",
    "is_reasoning_complete": [True, True],
    "generations": [
        "<think>\nThe primes are 2, 3, 5.\n\nTheir sum is 10.\n</think>\n\nThe sum is \\boxed{10}.",
        "<think>\n1 + 2 + 3 is 6.\n</think>\n\nIt is $\\boxed{6}$.",
    ],
    "correctness_math_verify": [True, False],
    "correctness_llama": [True, None],
    "finish_reasons": ["stop", "stop"],
    "correctness_count": 1,
    "messages": [
        {"role": "user", "content": "What is the sum of the first three primes?"},
        {"role": "assistant", "content": "<think>…</think>10"},
    ],
}

MODEL_SOLUTIONS: dict[str, Any] = {
    "question": "A robe takes 4 bolts of blue fiber and half that much white fiber. How many bolts is that?",
    "ground_truth": "It takes 4/2=<<4/2=2>>2 bolts of white fiber\nSo it takes 4+2=<<4+2=6>>6 bolts\nA: 6",
    "6b_finetuning": {"is_correct": True, "solution": "It takes 4/2=2 bolts of white\nSo it takes 6 bolts\nA: 6"},
    "175b_verification": {
        "is_correct": False,
        "solution": "It takes 8 bolts of white\nSo it takes 12 bolts\nA: 12",
    },
}
"""A row in the shape of GSM8K's ``example_model_solutions``."""

ROWS: dict[str, Any] = {"prompt": "2 + 2?", "completions": ["Add them.\n\n4", "Guess.\n\n5"], "level": 1}
