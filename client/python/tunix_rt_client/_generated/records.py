"""A struct for every fragment, generated from ``operations/*.graphql`` and ``schema.graphql``."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tunix_rt_client.display import DisplayedRecord


class AgreementFields(DisplayedRecord, kw_only=True, rename="camel"):
    """Agreement of two scorers on the traces that both have scored, by their latest scores of whole traces."""

    trace_count: int
    """Number of traces that both have scored."""
    both_passed_count: int
    """Number of traces that pass with both."""
    only_a_count: int
    """Number of traces that pass only with `a`."""
    only_b_count: int
    """Number of traces that pass only with `b`."""
    neither_count: int
    """Number of traces that pass with neither."""
    agreement: float | None
    """Share of traces on which both agree: 0 to 1."""
    kappa: float | None
    """Cohen's kappa, agreement beyond chance: -1 to 1."""


class AnswerOfPrompt(DisplayedRecord, kw_only=True, rename="camel"):
    """A reasoning trace: a prompt, ordered steps and a final answer."""

    id: str
    """Global id of the object: opaque, and unique across all types."""
    prompt: str
    """The prompt in full."""
    final_answer: str
    """The final answer in full."""
    reference_answer: str | None
    """Reference answer: the known correct answer to the prompt, which the model was not shown."""


class AlignedPromptFields(DisplayedRecord, kw_only=True, rename="camel"):
    """A prompt that both candidates of a pair have scored answers to."""

    position: int
    """Position of the prompt among the dataset's prompts, from 0."""
    score_a: float
    """Mean score of the answers of candidate `a`."""
    score_b: float
    """Mean score of the answers of candidate `b`."""
    trace_a: AnswerOfPrompt | None
    """The newest answer of candidate `a`; null if it was deleted since."""
    trace_b: AnswerOfPrompt | None
    """The newest answer of candidate `b`; null if it was deleted since."""


class Artifact(DisplayedRecord, kw_only=True, rename="camel"):
    """A file produced by a run, or a checkpoint folder."""

    name: str
    """Path relative to the run's folder."""
    kind: str
    """Kind of artifact."""
    step: int | None
    """Training step that a checkpoint was saved at; null for other artifacts."""
    byte_size: int
    """Size in bytes; of a folder, the total."""
    sha256: str | None
    """SHA-256 of the file, in hexadecimal; null for a folder."""
    download_url: str | None
    """Signed URL of the file; supports range requests and needs no authentication."""


class BaseModelFields(DisplayedRecord, kw_only=True, rename="camel"):
    """A base model that is available offline."""

    model_id: str
    """Model id, for `startRun`."""
    source: str
    """Origin of the model."""
    family: str | None
    """Model type from its configuration, such as `qwen3`; null if it cannot be read, or is only in the storage."""
    parameter_count: int | None
    """Number of parameters; null if the model is created for the run, its files cannot be read, or are only in..."""
    byte_size: int | None
    """Size of the weights, in bytes; null if the model is created for the run, or its files cannot be read."""
    has_tokenizer: bool
    """Whether the model has a `tokenizer.json`, which training and dry runs need."""
    problem: str | None
    """Why the model cannot be trained; null if no problem was found."""


class Candidate(DisplayedRecord, kw_only=True, rename="camel"):
    """A candidate of an evaluation: a set of answers to the dataset's prompts."""

    id: str
    """Global id of the object: opaque, and unique across all types."""
    name: str
    """Name of the candidate, unique in the evaluation."""
    kind: str
    """Source of the answers."""
    mean: float | None
    """Mean over prompts of the mean score of the prompt's answers, so that every prompt counts once."""
    low: float | None
    """Lower bound of the 95 % confidence interval of the mean: percentile bootstrap over prompts with 10,000..."""
    high: float | None
    """Upper bound of the confidence interval; null if `mean` is."""
    prompt_count: int
    """Number of prompts with a scored answer."""
    answer_count: int
    """Number of answers, with and without a score."""
    unscored_count: int
    """Number of answers without a score by the scorer; they do not count in `mean`."""
    token_count: int | None
    """Number of tokens of all answers; null unless it is known for every answer."""


class CandidateName(DisplayedRecord, kw_only=True, rename="camel"):
    """A candidate of an evaluation: a set of answers to the dataset's prompts."""

    name: str
    """Name of the candidate, unique in the evaluation."""


class Comparison(DisplayedRecord, kw_only=True, rename="camel"):
    """The comparison of two candidates on the prompts that both have scored answers to."""

    id: str
    """Global id of the object: opaque, and unique across all types."""
    a: CandidateName
    """The first candidate."""
    b: CandidateName
    """The second candidate."""
    difference: float
    """Mean over prompts of the difference of the prompt's scores."""
    low: float
    """Lower bound of the 95 % confidence interval of the difference, by the paired bootstrap over prompts."""
    high: float
    """Upper bound of the confidence interval."""
    test: str
    """Test that gives the p-values."""
    p_value: float
    """Two-sided p-value of the difference: 0 to 1."""
    p_holm: float
    """The p-value after Holm's correction for the number of pairs of the evaluation."""
    significant: bool
    """Whether the corrected p-value is below 0.05."""
    prompt_count: int
    """Number of prompts that were compared."""
    win_count: int
    """Number of prompts on which `a` scores higher."""
    loss_count: int
    """Number of prompts on which `b` scores higher."""
    tie_count: int
    """Number of prompts on which both score the same, above 0."""
    both_wrong_count: int
    """Number of prompts on which both score 0."""
    detectable_difference: float | None
    """Minimum detectable difference: the smallest true difference that is found significant at the 5 % level..."""
    prompts_needed: int | None
    """Number of prompts needed to detect a difference as large as the observed one, at the same level and power."""


class PromptOfTrace(DisplayedRecord, kw_only=True, rename="camel"):
    """A reasoning trace: a prompt, ordered steps and a final answer."""

    id: str
    """Global id of the object: opaque, and unique across all types."""
    prompt: str
    """The prompt in full."""


class ContaminatedPair(DisplayedRecord, kw_only=True, rename="camel"):
    """A training prompt and an evaluation prompt that are equal or similar."""

    id: str
    """Global id of the object: opaque, and unique across all types."""
    kind: str
    """Kind of contamination."""
    overlap: float
    """Jaccard index, above 0, at most 1: of the prompts' word 8-grams; for NEAR_DUPLICATE of their adjacent..."""
    train_trace: PromptOfTrace | None
    """First training trace with the prompt; null if it was deleted."""
    eval_trace: PromptOfTrace | None
    """First evaluation trace with the prompt; null if it was deleted."""


class ContaminationFields(DisplayedRecord, kw_only=True, rename="camel"):
    """Comparison of the prompts of a training dataset with those of an evaluation dataset."""

    id: str
    """Global id of the object: opaque, and unique across all types."""
    uuid: UUID
    """UUID of the object."""
    train_prompt_count: int
    """Number of distinct training prompts that are equal or similar to an evaluation prompt."""
    equal_count: int
    """Number of pairs of equal prompts, ignoring case and punctuation, but not operators."""
    shared_count: int
    """Number of further pairs whose word 8-grams have a Jaccard index of at least 0.1."""
    near_count: int
    """Number of further pairs whose adjacent word pairs have a Jaccard index of at least 0.5."""
    checked_at: datetime
    """When the datasets were compared."""


class JobError(DisplayedRecord, kw_only=True, rename="camel"):
    """Reason that a job did not complete."""

    code: str
    """Kind of error."""
    message: str
    """Description of the error in one sentence."""


class DatasetFields(DisplayedRecord, kw_only=True, rename="camel"):
    """An immutable, ordered selection of traces with a recipe and a checksum."""

    id: str
    """Global id of the object: opaque, and unique across all types."""
    uuid: UUID
    """UUID of the object."""
    key: str
    """Unique key made of name and version, safe in URLs."""
    name: str
    """Name, as given."""
    version: str
    """Version, as given."""
    status: str
    """Status of the job."""
    progress: float
    """Progress of the current attempt: 0 to 1."""
    created_at: datetime
    """When the job was requested."""
    completed_at: datetime | None
    """When the job finished, successfully or not; null until then."""
    error: JobError | None
    """Reason that the job did not complete; null otherwise."""
    trace_count: int
    """Number of members, including traces deleted since."""
    sha256: str | None
    """SHA-256 of the members' content hashes (32 bytes each) in order, in hexadecimal: equal for datasets with..."""


class Difference(DisplayedRecord, kw_only=True, rename="camel"):
    """A parameter whose values differ between runs."""

    field: str
    """Name of the parameter as in `StartRunInput`, such as `lora.rank`."""
    values: list[str | None]
    """The parameter's value in each run, in the order of the runs."""


class EvaluationFields(DisplayedRecord, kw_only=True, rename="camel"):
    """A comparison of candidates on the prompts of a dataset by one scorer, computed by a background job."""

    id: str
    """Global id of the object: opaque, and unique across all types."""
    uuid: UUID
    """UUID of the object."""
    name: str
    """Unique name of the evaluation."""
    status: str
    """Status of the job."""
    progress: float
    """Progress of the current attempt: 0 to 1."""
    created_at: datetime
    """When the job was requested."""
    completed_at: datetime | None
    """When the job finished, successfully or not; null until then."""
    error: JobError | None
    """Reason that the job did not complete; null otherwise."""
    dataset_key: str
    """Key of the dataset of the prompts."""
    scorer: str
    """Name of the scorer."""
    prompt_count: int
    """Number of prompts of the dataset; 0 until completed."""


class ExportFields(DisplayedRecord, kw_only=True, rename="camel"):
    """A file of traces, written by a background job."""

    id: str
    """Global id of the object: opaque, and unique across all types."""
    uuid: UUID
    """UUID of the object."""
    status: str
    """Status of the job."""
    progress: float
    """Progress of the current attempt: 0 to 1."""
    created_at: datetime
    """When the job was requested."""
    completed_at: datetime | None
    """When the job finished, successfully or not; null until then."""
    error: JobError | None
    """Reason that the job did not complete; null otherwise."""
    format: str
    """Format of the records."""
    container: str
    """Format of the file."""
    row_count: int
    """Number of records written."""
    byte_size: int
    """Size of the file, in bytes."""
    warnings: list[str]
    """Warnings about the completed file, such as that it has no records; empty if there are none."""
    sha256: str | None
    """SHA-256 of the file, in hexadecimal: the same for equal traces on SQLite and PostgreSQL."""
    file_name: str
    """Name of the file."""
    download_url: str | None
    """Signed URL of the file; supports range requests and needs no authentication."""


class FailedScoring(DisplayedRecord, kw_only=True, rename="camel"):
    """A trace that could not be scored."""

    trace_uuid: UUID
    """UUID of the trace."""
    code: str
    """Kind of error: `SCORER_FAILED` or `TIMEOUT`."""
    message: str
    """Description of the error."""


class GenerationFields(DisplayedRecord, kw_only=True, rename="camel"):
    """A job in which a model answers prompts."""

    id: str
    """Global id of the object: opaque, and unique across all types."""
    uuid: UUID
    """UUID of the object."""
    status: str
    """Status of the job."""
    progress: float
    """Progress of the current attempt: 0 to 1."""
    created_at: datetime
    """When the job was requested."""
    completed_at: datetime | None
    """When the job finished, successfully or not; null until then."""
    error: JobError | None
    """Reason that the job did not complete; null otherwise."""
    model_id: str
    """The model that answers, such as `run:NAME`."""
    checkpoint_step: int | None
    """Training step of the checkpoint that answers, 0 for the run's base model; null for any other model."""
    samples_per_prompt: int
    """Number of answers to each prompt."""
    scorers: list[str]
    """Names of the scorers that grade each answer."""
    labels: list[str]
    """Labels required of the worker that takes the generation."""
    prompt_count: int | None
    """Number of distinct prompts; null until they are known."""
    too_long_count: int
    """Number of prompts not answered because they have more than `maxPromptTokens` tokens."""
    answer_count: int
    """Number of answers stored so far."""
    malformed_count: int
    """Number of stored answers that do not follow the template; see `Trace.producedBy.malformed`."""
    token_count: int
    """Number of tokens generated so far."""
    tokens_per_second: float | None
    """Throughput of the current or last attempt, in generated tokens per second; null until it is known."""


class Group(DisplayedRecord, kw_only=True, rename="camel"):
    """Traces of one group: samples of one prompt, to be compared with each other."""

    key: str
    """`group` of the traces."""
    prompt: str
    """Prompt of the oldest trace."""
    reference_answer: str | None
    """Reference answer of the oldest trace; null if it has none."""
    size: int
    """Number of traces."""
    graded_count: int
    """Number of graded traces; 0 if no `scorer` was given."""
    correct_count: int
    """Number of correct traces."""
    pass_rate: float | None
    """`correctCount` divided by `gradedCount`, which is pass@1; null if no trace is graded."""
    mean: float | None
    """Mean score of the graded traces; null if there are none."""
    variance: float | None
    """Sample variance of the scores, with the divisor `gradedCount` - 1; null for fewer than two, or if it..."""
    distinct_answer_count: int
    """Number of distinct final answers."""
    majority_answer: str | None
    """The most frequent final answer; among equally frequent ones, that of the oldest trace."""
    majority_correct: bool | None
    """Whether more than half of the graded traces with the majority answer are correct; null if none is graded..."""


class PassAtK(DisplayedRecord, kw_only=True, rename="camel"):
    """Mean of pass@k over groups."""

    k: int
    """Number of traces."""
    value: float | None
    """Mean over the groups with at least `k` graded traces; null if there are none."""
    group_count: int
    """Number of groups with at least `k` graded traces."""


class GroupSummaryFields(DisplayedRecord, kw_only=True, rename="camel"):
    """Summary of groups of traces."""

    group_count: int
    """Number of groups."""
    graded_group_count: int
    """Number of groups with a graded trace."""
    solved_group_count: int
    """Number of groups with a correct trace."""
    trace_count: int
    """Number of traces of all groups."""
    graded_count: int
    """Number of graded traces of all groups."""
    correct_count: int
    """Number of correct traces of all groups."""
    pass_at_k: list[PassAtK]
    """Mean of pass@k over groups for each value of `k`, in the given order."""


class LatestMetric(DisplayedRecord, kw_only=True, rename="camel"):
    """The value of a metric at its last step."""

    name: str
    """Name of the metric, such as `train/loss`."""
    step: int
    """Number of steps done when the value was measured."""
    value: float | None
    """The value; null unless `kind` is FINITE."""
    kind: str
    """Whether the value is finite."""


class LeaderboardEntry(DisplayedRecord, kw_only=True, rename="camel"):
    """A candidate on a leaderboard."""

    candidate: Candidate
    """The candidate, as in the latest evaluation with a candidate of that name."""
    best_rank: int
    """1 plus the number of candidates that are significantly better."""
    worst_rank: int
    """The number of candidates that are not significantly worse, itself included."""
    groups: list[int]
    """Indexes, from 0, of the leaderboard's `groups` that contain the candidate."""


class MetricSeries(DisplayedRecord, kw_only=True, rename="camel"):
    """The curve of one metric of a run, as columns: `steps`, `values` and `kinds` have one element per point."""

    name: str
    """Name of the metric, such as `train/loss`."""
    steps: list[int]
    """Number of steps done at each point, ascending."""
    values: list[float | None]
    """Values; null where `kinds` is not FINITE."""
    kinds: list[str]
    """Whether each value is finite."""
    point_count: int
    """Number of points in the requested range before downsampling."""


class Overlap(DisplayedRecord, kw_only=True, rename="camel"):
    """Overlap of two datasets by prompt."""

    shared_prompts: int
    """Number of distinct prompts in both datasets."""
    prompts_in_a: int
    """Number of distinct prompts in `a`."""
    prompts_in_b: int
    """Number of distinct prompts in `b`."""
    shared_traces_in_a: int
    """Number of members of `a` whose prompt occurs in `b`."""
    shared_traces_in_b: int
    """Number of members of `b` whose prompt occurs in `a`."""


class ReceiptDataset(DisplayedRecord, kw_only=True, rename="camel"):
    """The file of a dataset, as read by an attempt."""

    evaluation: bool
    """Whether it is the evaluation dataset."""
    sha256: str
    """SHA-256 of the file, in hexadecimal."""
    record_count: int | None
    """Number of records; null if it was not reported."""
    used_count: int | None
    """Number of records trained on; null if it was not reported."""


class ReceiptValue(DisplayedRecord, kw_only=True, rename="camel"):
    """A name and a value of a receipt."""

    name: str
    """Name of the package or of the environment variable."""
    value: str
    """Version of the package, or value of the variable."""


class ReceiptWeights(DisplayedRecord, kw_only=True, rename="camel"):
    """Hash of the weights at a step."""

    step: int
    """Training step; 0 before training."""
    sha256: str
    """SHA-256 of the trained parameters, in hexadecimal: of all parameters or of the adapters."""


class Receipt(DisplayedRecord, kw_only=True, rename="camel"):
    """Receipt of an attempt: everything that its weights depend on, with hashes."""

    attempt: int
    """Number of the attempt, from 1."""
    python: str | None
    """Version of Python; null if it was not reported."""
    platform: str | None
    """Operating system and processor; null if it was not reported."""
    devices: list[str]
    """Devices that JAX trained on."""
    packages: list[ReceiptValue]
    """Versions of the packages, by name."""
    flags: list[ReceiptValue]
    """Environment variables that change how JAX computes, by name."""
    datasets: list[ReceiptDataset]
    """Files of the training and the evaluation dataset."""
    weights: list[ReceiptWeights]
    """Hashes of the weights before training and at each checkpoint, by step."""


class ReceiptDifference(DisplayedRecord, kw_only=True, rename="camel"):
    """A value in which the receipts of a replay and of its original differ."""

    path: str
    """Path of the value, such as `versions.jax` or `dataset.sha256`."""
    original: str | None
    """Value in the original; null if it has none."""
    replay: str | None
    """Value in the replay; null if it has none."""


class Replay(DisplayedRecord, kw_only=True, rename="camel"):
    """Comparison of a replay with its original, by the hashes of their weights."""

    verdict: str
    """Result of the comparison."""
    step: int
    """Last step whose weights are equal; with DIFFERENT, the first one whose weights differ."""
    differences: list[ReceiptDifference]
    """Values in which the receipts of the last attempts differ."""


class TrainingProgress(DisplayedRecord, kw_only=True, rename="camel"):
    """Training progress of a run."""

    step: int | None
    """Number of steps done."""
    total_steps: int | None
    """Number of steps of the whole run; null until it is known."""
    epoch: float | None
    """Number of epochs done, as a fraction."""
    eta_seconds: float | None
    """Estimated time remaining, in seconds; null until it is known."""


class RunFields(DisplayedRecord, kw_only=True, rename="camel"):
    """A training run with Tunix: one base model trained on one dataset, with logs, metrics and checkpoints."""

    id: str
    """Global id of the object: opaque, and unique across all types."""
    uuid: UUID
    """UUID of the object."""
    output_name: str | None
    """Name of the run's folder on the server; null if that is the run's `uuid`."""
    status: str
    """Status of the job."""
    status_reason: str
    """Explanation of the status in one sentence."""
    progress: float
    """Progress of the current attempt: 0 to 1."""
    created_at: datetime
    """When the job was requested."""
    started_at: datetime | None
    """When the current or last attempt started; null before the first."""
    completed_at: datetime | None
    """When the job finished, successfully or not; null until then."""
    error: JobError | None
    """Reason that the job did not complete; null otherwise."""
    attempt: int
    """Number of the current or last attempt; 0 before the first."""
    mode: str
    """Whether the run trains, or only checks its inputs."""
    method: str
    """Training method."""
    model_id: str
    """The base model."""
    dataset_key: str
    """Key of the training dataset; empty for an external run without one."""
    tags: list[str]
    """Tags of the run in the order given; see `updateRun`."""
    notes: str | None
    """Notes on the run, as Markdown; null if there are none."""
    training_progress: TrainingProgress
    """Current training progress."""
    duration_seconds: float | None
    """Duration of the last attempt, in seconds; null until it has finished."""
    exit_code: int | None
    """Exit code of the last process; the negated signal number if a signal killed it."""
    stdout: str
    """End of the standard output of the last finished attempt, up to 10 KB; empty until then."""
    stderr: str
    """End of the standard error of the last finished attempt, up to 10 KB; empty until then."""
    latest_metrics: list[LatestMetric]
    """The last value of each metric, sorted by name."""
    model_archive_url: str | None
    """Signed URL of the model's files as one ZIP archive, without compression; needs no authentication."""
    engine: str
    """Engine that executes the run: `server` for a dry run in the server, `local` for a process on a worker's..."""
    last_batch: int | None
    """Number of the last batch that the program of an external run reported, 0 before the first; null for any..."""


class Score(DisplayedRecord, kw_only=True, rename="camel"):
    """A score of a trace or of one of its steps."""

    id: str
    """Global id of the object: opaque, and unique across all types."""
    uuid: UUID
    """UUID of the object."""
    scorer: str
    """Name of the scorer: code, model or person."""
    scorer_version: str
    """Version of the scorer."""
    kind: str
    """Kind of scorer."""
    score: float
    """The score, on the scorer's own scale."""
    rationale: str | None
    """Explanation of the score; null if none was given."""
    details: Any | None
    """The terms that make up the score, by name; null if there are none."""
    step_index: int | None
    """Index of the scored step; null if the score is of the whole trace."""
    scored_at: datetime
    """When the score was given."""


class ScorerFields(DisplayedRecord, kw_only=True, rename="camel"):
    """A function of the server that grades a trace with a number."""

    name: str
    """Name of the scorer, for `scoreTraces`."""
    version: str
    """Version of the scorer."""
    description: str
    """Criteria of the scorer."""
    low: float
    """Lowest possible score."""
    high: float
    """Highest possible score."""


class Step(DisplayedRecord, kw_only=True, rename="camel"):
    """A reasoning step of a trace."""

    index: int
    """Index of the step, unique within the trace."""
    type: str
    """Type of the step as given by the trace's author, such as `computation`."""
    content: str
    """Text of the step."""


class TraceFields(DisplayedRecord, kw_only=True, rename="camel"):
    """A reasoning trace: a prompt, ordered steps and a final answer."""

    id: str
    """Global id of the object: opaque, and unique across all types."""
    uuid: UUID
    """UUID of the object."""
    created_at: datetime
    """When the trace was stored."""
    prompt: str
    """The prompt in full."""
    steps: list[Step]
    """The reasoning steps in order: 1 to 10,000."""
    final_answer: str
    """The final answer in full."""
    reference_answer: str | None
    """Reference answer: the known correct answer to the prompt, which the model was not shown."""
    source: str | None
    """Collection that the trace comes from: `source` of its metadata."""
    external_id: str | None
    """Identifier of the trace in the system it comes from; null if none was given."""
    step_count: int
    """Number of steps."""
    char_count: int
    """Number of characters (Unicode code points) in the prompt, the final answer and all steps."""
    content_hash: str
    """SHA-256 of the whole trace and its `externalId`, in hexadecimal."""
    prompt_hash: str
    """SHA-256 of the prompt, in hexadecimal."""
    meta: Any | None
    """Metadata given with the trace; null if there is none."""
    latest_scores: list[Score]
    """The latest score of the whole trace by each scorer, sorted by scorer."""


class Verification(DisplayedRecord, kw_only=True, rename="camel"):
    """Result of checking a dataset against the stored traces and deriving its recipe again."""

    intact: bool
    """Whether every member is still stored, unchanged."""
    reproducible: bool
    """Whether the recipe derives the same members in the same order again."""
    sha256: str | None
    """`sha256` recomputed from the stored content of the members; null if a member was deleted."""
    derived_sha256: str | None
    """`sha256` of the selection that the recipe derives now, up to its snapshot; null if it cannot be derived."""
    derivation_error: str | None
    """Why the recipe cannot be derived again; null if it can."""
    newer_count: int | None
    """Number of matching traces stored after the snapshot, which a new dataset would consider."""
