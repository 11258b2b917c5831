"""The contract between the server and the trainer: every value that both programs have to agree on, written once.

The server writes manifests and reads events; the trainer, which may run in another interpreter, does the reverse.
Both import this module, which imports the standard library only. To add a training method, add a member to ``Method``
and follow ``tests/house/test_training_methods.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum, StrEnum
from typing import Final

EVENTS_FILE = "events.jsonl"
CONFIG_FILE = "config.json"
TOKENIZER_FILE = "tokenizer.json"
REQUEST_FILE = "request.yaml"
PROMPTS_FILE = "prompts.jsonl"
ROLLOUTS_FILE = "rollouts.jsonl"
REWARDS_FILE = "rewards.jsonl"
CHECKPOINTS_FOLDER = "checkpoints"
MODEL_FOLDER = "model"
ADAPTER_FOLDER = "adapter"

ATTEMPT_VARIABLE = "TUNIX_RT_ATTEMPT"
"""The environment variable with the attempt's number."""
CACHE_VARIABLE = "JAX_COMPILATION_CACHE_DIR"
"""The environment variable with the folder of JAX's compilation cache."""

TINY_MODELS = ("tiny-random/qwen3", "tiny-random/gemma3")
"""Models that the trainer creates with random weights and a tokenizer trained on the dataset."""

RUN_PREFIX = "run:"
"""The prefix of the ids of models that runs have exported; the name of the run's folder follows."""


class ManifestVersion(Enum):
    """The version of the manifest's format."""

    V1 = "1.0"


class TrainerRunner(Enum):
    """The library that trains."""

    TUNIX = "tunix"


class TrainingMode(Enum):
    """The kind of training: supervised fine-tuning."""

    SFT = "sft"


class Method(Enum):
    """The training method: supervised fine-tuning of all weights or of low-rank adapters, or direct preference
    optimization (DPO) or group relative policy optimization (GRPO) of either."""

    SFT = "SFT"
    LORA = "LORA"
    DPO = "DPO"
    GRPO = "GRPO"


class DatasetFormat(Enum):
    """The format of the dataset's records."""

    TUNIX_SFT = "tunix_sft"
    """A conversation in ``prompts``, with Gemma's turn markers."""
    PREFERENCE = "preference"
    """Plain texts: a ``prompt``, the ``chosen`` and the ``rejected`` response."""
    PROMPT_ONLY = "prompt_only"
    """A conversation in ``prompts`` up to the model's turn, whose answers the training samples."""


FORMAT_OF: Final = {
    Method.SFT: DatasetFormat.TUNIX_SFT,
    Method.LORA: DatasetFormat.TUNIX_SFT,
    Method.DPO: DatasetFormat.PREFERENCE,
    Method.GRPO: DatasetFormat.PROMPT_ONLY,
}
"""The format of the dataset that each method trains on."""

BETA_OF: Final = {Method.DPO: 0.1, Method.GRPO: 0.04}
"""The default of ``beta`` for each method that has it: the weight of staying close to the base model."""

WITH_ADAPTERS: Final = (Method.LORA, Method.DPO, Method.GRPO)
"""The methods that can train adapters; all but LORA train all weights unless ``lora`` is given."""


class TooLong(Enum):
    """The treatment of records that are longer than ``max_seq_length``: dropped, or truncated at the end."""

    DROP = "DROP"
    TRUNCATE = "TRUNCATE"


class Schedule(Enum):
    """The learning rate schedule after warmup."""

    CONSTANT = "CONSTANT"
    LINEAR = "LINEAR"
    COSINE = "COSINE"


class DType(Enum):
    """The data type of the weights during training."""

    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"


@dataclass(frozen=True)
class Bounds:
    """The range of a number, and the trainer's default; ``above`` excludes the lower bound itself."""

    low: float
    high: float
    above: bool = False
    default: float | None = None

    def __contains__(self, value: float) -> bool:
        within = self.low < value if self.above else self.low <= value
        return within and value <= self.high

    def __str__(self) -> str:
        if self.above:
            return f"above {self.low:g} and at most {self.high:g}"
        return f"between {self.low:g} and {self.high:.15g}"


STEPS_MAX = 10_000_000
MODEL_ID_MAX_CHARS = 256
PATH_MAX_CHARS = 4096
PATTERN_MAX_CHARS = 1000
TEMPLATE_MAX_CHARS = 2_000
DATASET_NAME_MAX_CHARS = 512

LEARNING_RATE = 2e-5
NUM_EPOCHS = 3
BATCH_SIZE = 8
MAX_SEQ_LENGTH = 2048
"""Defaults of the four parameters that every manifest contains."""

MAX_NEW_TOKENS = 256
"""The default of ``max_new_tokens`` of the method GRPO."""

BOUNDS: Final = {
    "learning_rate": Bounds(0, 1, above=True, default=LEARNING_RATE),
    "num_epochs": Bounds(1, 100, default=NUM_EPOCHS),
    "batch_size": Bounds(1, 512, default=BATCH_SIZE),
    "max_seq_length": Bounds(128, 32_768, default=MAX_SEQ_LENGTH),
    "max_steps": Bounds(1, STEPS_MAX),
    "seed": Bounds(0, 2**31 - 1, default=0),
    "gradient_accumulation_steps": Bounds(1, 1024, default=1),
    "warmup_steps": Bounds(0, STEPS_MAX, default=0),
    "weight_decay": Bounds(0, 1, default=0.0),
    "beta": Bounds(0, 10, above=True),
    "max_grad_norm": Bounds(0, 1000, above=True, default=1.0),
    "save_every_steps": Bounds(1, STEPS_MAX),
    "eval_every_steps": Bounds(1, STEPS_MAX),
    "rank": Bounds(1, 1024, default=8),
    "alpha": Bounds(0, 4096, above=True, default=16.0),
    "fsdp": Bounds(1, 512, default=1),
    "tp": Bounds(1, 4096, default=1),
}
"""The range and the default of every number in a manifest, by its key."""

SAMPLING_BOUNDS: Final = {
    "samples_per_prompt": Bounds(1, 64),
    "temperature": Bounds(0, 10),
    "top_p": Bounds(0, 1, above=True),
    "max_new_tokens": Bounds(1, 8192),
    "max_prompt_tokens": Bounds(1, 32_768),
}
"""The range of every sampling parameter but the seed, by its key; the seed's is in ``BOUNDS``."""

GRPO_BOUNDS: Final = {
    "num_generations": Bounds(2, 64, default=8),
    "num_iterations": Bounds(1, 16, default=1),
    "temperature": Bounds(0, 10, above=True, default=1.0),
    "top_p": Bounds(0, 1, above=True, default=1.0),
    "max_new_tokens": Bounds(1, 8192, default=MAX_NEW_TOKENS),
    "epsilon": Bounds(0, 1, above=True, default=0.2),
}
"""The range and the default of every number of the method GRPO, by its key; ``beta`` is in ``BOUNDS``."""

REWARD_WEIGHT = Bounds(-100, 100)
"""The range of the weight of a reward."""
REWARDS_MAX = 8
"""The maximum number of rewards of a run."""
REWARD_NAME_MAX_CHARS = 200

ANSWERS_AT_ONCE = 8
"""The number of answers that a generation samples at once, whatever the number of prompts."""


class TrainerEvent(StrEnum):
    """The values of ``event`` in ``events.jsonl``; their fields are documented in ``tunix_rt.trainer``."""

    DATASET = "dataset"
    ENV = "env"
    MODEL = "model"
    RESTORED = "restored"
    METRIC = "metric"
    EVAL = "eval"
    PROGRESS = "progress"
    CHECKPOINT = "checkpoint"
    ARTIFACT = "artifact"
    ANSWERS = "answers"
    WARNING = "warning"
    STOPPED = "stopped"
    ERROR = "error"
    DONE = "done"


class DatasetSplit(StrEnum):
    """The part of the data that a ``dataset`` event describes."""

    TRAIN = "TRAIN"
    EVAL = "EVAL"


class ValueKind(Enum):
    """The kind of a metric's value: neither SQL nor JSON can store the last three."""

    FINITE = "FINITE"
    NAN = "NAN"
    POSITIVE_INFINITY = "POSITIVE_INFINITY"
    NEGATIVE_INFINITY = "NEGATIVE_INFINITY"


class ArtifactKind(Enum):
    """The kind of a run's file. The trainer reports WEIGHTS to CARD; the server adds the others."""

    MANIFEST = "MANIFEST"
    LOG = "LOG"
    EVENTS = "EVENTS"
    WEIGHTS = "WEIGHTS"
    ADAPTER = "ADAPTER"
    TOKENIZER = "TOKENIZER"
    CONFIG = "CONFIG"
    CARD = "CARD"
    CHECKPOINT = "CHECKPOINT"
    OTHER = "OTHER"


class FinishReason(Enum):
    """The reason why an answer ended: the model's end token, or the maximum number of tokens."""

    STOP = "STOP"
    LENGTH = "LENGTH"


class ExitCode(IntEnum):
    """The trainer's exit codes; any other value means that it was killed or crashed."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    STOPPED = 3


class TrainerErrorCode(Enum):
    """The codes of ``error`` events."""

    BAD_MANIFEST = "BAD_MANIFEST"
    """The manifest cannot be read or has invalid values; the message names each."""
    BAD_DATASET = "BAD_DATASET"
    """A line of the dataset is not a record of the format."""
    EMPTY_DATASET = "EMPTY_DATASET"
    """There are no training records: the file is empty, or no record fits."""
    BAD_MODEL = "BAD_MODEL"
    """The model's folder is incomplete, or Tunix does not train its family or shape correctly."""
    NOT_FOUND = "NOT_FOUND"
    """The dataset or the model does not exist."""
    UNAVAILABLE = "UNAVAILABLE"
    """Tunix is not installed, or the model cannot be downloaded now."""
    CONFLICT = "CONFLICT"
    """The output folder belongs to another configuration, or another process trains in it."""
    NON_FINITE_LOSS = "NON_FINITE_LOSS"
    """The loss became NaN or infinite."""
    OUT_OF_MEMORY = "OUT_OF_MEMORY"
    """The model, its optimizer and a batch do not fit into memory."""
    DISK_FULL = "DISK_FULL"
    """The output folder's disk is full."""
    INTERNAL = "INTERNAL"
    """Any other error; the traceback is on stderr."""
