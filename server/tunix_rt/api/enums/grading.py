"""The enums of scores, contamination and evaluations in the schema."""

from __future__ import annotations

from tunix_rt.api.enums.describing import describe_enum
from tunix_rt.db.models.evaluations import CandidateKind, SignificanceTest
from tunix_rt.domain.contamination.matching import ContaminationKind
from tunix_rt.domain.contamination.policy import ContaminationPolicy
from tunix_rt.domain.preferences.pairs import PairRule
from tunix_rt.domain.scorers.base import ScorerSource
from tunix_rt.domain.scores.draft import ScoreKind

describe_enum(
    ScoreKind,
    "ScoreKind",
    "Kind of scorer.",
    {
        ScoreKind.CODE: "A program, such as a scorer of the server that calls no model. Deterministic: equal traces "
        "get equal scores.",
        ScoreKind.MODEL: "A language model, also by the scorer `judge`.",
        ScoreKind.HUMAN: "A person.",
    },
)

describe_enum(
    ScorerSource,
    "ScorerSource",
    "Origin of a scorer.",
    {
        ScorerSource.BUILT_IN: "Part of the server.",
        ScorerSource.FOLDER: "A Python file in the folder of scorers.",
        ScorerSource.PACKAGE: "An installed Python package, by the entry point group `tunix_rt.scorers`.",
    },
)

describe_enum(
    ContaminationKind,
    "ContaminationKind",
    "Kind of similarity between a training prompt and an evaluation prompt.",
    {
        ContaminationKind.EQUAL_PROMPT: "The prompts have the same words, and the same operators between numbers, "
        "ignoring case and punctuation.",
        ContaminationKind.SHARED_NGRAMS: "The prompts' word 8-grams have a Jaccard index of at least 0.1. An 8-gram of "
        "more than 50 evaluation prompts is boilerplate and does not count.",
        ContaminationKind.NEAR_DUPLICATE: "The prompts have at least eight words, and the Jaccard index of their "
        "adjacent word pairs is at least 0.5; found by MinHash.",
    },
)

describe_enum(
    ContaminationPolicy,
    "ContaminationPolicy",
    "Policy on training prompts that are equal or similar to evaluation prompts, or that are protected.",
    {
        ContaminationPolicy.REFUSE: "The request is refused with `CONFLICT`.",
        ContaminationPolicy.WARN: "The request succeeds with a warning. Datasets with more than 20,000 members in "
        "total, signatures of protected sets included, are not compared.",
        ContaminationPolicy.OFF: "No comparison is made.",
    },
)

describe_enum(
    PairRule,
    "PairRule",
    "Rule by which the answers to one prompt are paired.",
    {
        PairRule.BEST_WORST: "The best with the worst, the second best with the second worst, and so on: no answer is "
        "in two pairs.",
        PairRule.ALL: "Each answer with each worse one.",
    },
)

describe_enum(
    CandidateKind,
    "EvaluationCandidateKind",
    "Source of a candidate's answers.",
    {
        CandidateKind.FILTER: "Stored traces that a filter selects.",
        CandidateKind.GENERATION: "The traces of a generation.",
        CandidateKind.RUN: "The model of a run, which answers the prompts for the evaluation.",
        CandidateKind.MODEL: "A base model, which answers the prompts for the evaluation.",
    },
)

describe_enum(
    SignificanceTest,
    "SignificanceTest",
    "A statistical test. Both are two-sided and paired by prompt.",
    {
        SignificanceTest.MCNEMAR: "McNemar's exact test, for scores of 0 and 1.",
        SignificanceTest.PERMUTATION: "Sign-flip permutation test of the mean difference, for other scores.",
    },
)
