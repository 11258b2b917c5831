"""The enums of training runs and generations in the schema."""

from __future__ import annotations

import enum

import strawberry

from tunix_rt.api.enums.describing import describe_enum
from tunix_rt.db.models.runs import LogStream, RunEngine, RunMode
from tunix_rt.domain.job_sets.accelerators import Accelerator
from tunix_rt.domain.replays.receipts import ReplayVerdict
from tunix_rt.domain.runs.base_models import ModelSource
from tunix_rt.domain.runs.timeline import LOG, METRIC, STATE
from tunix_rt.trainer.contract import ArtifactKind, FinishReason, Method, Schedule, ValueKind

describe_enum(
    RunMode,
    "RunMode",
    "Whether a run trains, or only checks its inputs.",
    {
        RunMode.DRY_RUN: "Validates model, dataset and parameters and counts records, tokens and steps. Trains "
        "nothing.",
        RunMode.TRAIN: "Trains the model.",
    },
)

describe_enum(
    RunEngine,
    "RunEngine",
    "Engine that executes training runs.",
    {
        RunEngine.LOCAL: "Processes of a worker: the one built into a server, or `tunix-rt worker`.",
        RunEngine.RAY: "Jobs of the Ray cluster `TUNIX_RT_RAY_ADDRESS`, submitted by a worker.",
        RunEngine.SLURM: "Batch jobs of the Slurm cluster `TUNIX_RT_SLURM_ADDRESS`, submitted by a worker.",
    },
)

describe_enum(
    Method,
    "RunMethod",
    "Training method.",
    {
        Method.SFT: "Supervised fine-tuning of all weights.",
        Method.LORA: "Supervised fine-tuning of low-rank adapters (LoRA). The weights of the base model are frozen.",
        Method.DPO: "Direct preference optimization on pairs of a better and a worse answer to one prompt; see "
        "`preference`. Trains all weights, or adapters if `lora` is given.",
        Method.GRPO: "Group relative policy optimization: the policy answers prompts while it trains, and learns from "
        "the rewards of its answers; see `GrpoInput`.",
    },
)

describe_enum(
    ReplayVerdict,
    "ReplayVerdict",
    "Result of the comparison of a replay with its original.",
    {
        ReplayVerdict.EQUAL: "The weights are equal at every step that both have.",
        ReplayVerdict.EQUAL_UNTIL: "The weights are equal up to `step` and differ later.",
        ReplayVerdict.DIFFERENT: "The weights differ from the first checkpoint on.",
    },
)

describe_enum(
    Schedule,
    "LearningRateSchedule",
    "Learning rate schedule after warmup.",
    {
        Schedule.CONSTANT: "Stays at its peak.",
        Schedule.LINEAR: "Decays linearly to 0 at the last step.",
        Schedule.COSINE: "Decays to 0 at the last step along a half cosine.",
    },
)

describe_enum(
    LogStream,
    "RunLogStream",
    "Output stream of a run's process.",
    {
        LogStream.STDOUT: "Standard output: progress reported by the trainer.",
        LogStream.STDERR: "Standard error: output of libraries, warnings and errors.",
    },
)

describe_enum(
    ValueKind,
    "RunValueKind",
    "Kind of floating-point value. JSON can only represent finite ones.",
    {
        ValueKind.FINITE: "A finite number.",
        ValueKind.NAN: "NaN, not a number: the computation diverged.",
        ValueKind.POSITIVE_INFINITY: "Positive infinity.",
        ValueKind.NEGATIVE_INFINITY: "Negative infinity.",
    },
)

describe_enum(
    ArtifactKind,
    "RunArtifactKind",
    "Kind of artifact.",
    {
        ArtifactKind.MANIFEST: "The manifest that the run was started with.",
        ArtifactKind.LOG: "Complete log output of the run.",
        ArtifactKind.EVENTS: "Events reported by the trainer, one JSON object per line.",
        ArtifactKind.WEIGHTS: "Weights of the trained model, in safetensors format.",
        ArtifactKind.ADAPTER: "Weights of the trained LoRA adapter, in safetensors format.",
        ArtifactKind.TOKENIZER: "Tokenizer of the model.",
        ArtifactKind.CONFIG: "Configuration of the model.",
        ArtifactKind.CARD: "Model card: base model, dataset, parameters and results.",
        ArtifactKind.CHECKPOINT: "Checkpoint folder from which training can resume.",
        ArtifactKind.OTHER: "Any other file.",
    },
)

describe_enum(
    FinishReason,
    "FinishReason",
    "Reason why a generated answer ended.",
    {
        FinishReason.STOP: "The model generated its end token.",
        FinishReason.LENGTH: "The maximum number of tokens was generated.",
    },
)

describe_enum(
    ModelSource,
    "BaseModelSource",
    "Origin of a base model.",
    {
        ModelSource.TINY_RANDOM: "Created for the run, with random weights and a tokenizer trained on the dataset. "
        "For trying things out.",
        ModelSource.FOLDER: "A folder in the models folder, in Hugging Face layout.",
        ModelSource.RUN: "A model exported by a training run: `run:` followed by the name of the run's folder.",
    },
)

describe_enum(
    Accelerator,
    "JobSetAccelerator",
    "Accelerator of the host of a JobSet.",
    {
        Accelerator.CPU: "No accelerator: training runs on CPUs.",
        Accelerator.GPU: "NVIDIA GPUs, requested as the resource `nvidia.com/gpu`.",
        Accelerator.TPU_V5E: "TPU v5e on GKE, on nodes with the accelerator `tpu-v5-lite-podslice`.",
        Accelerator.TPU_V6E: "TPU v6e (Trillium) on GKE, on nodes with the accelerator `tpu-v6e-slice`.",
    },
)


@strawberry.enum(description="Kind of run event.")
class RunEventKind(enum.Enum):
    STATE = strawberry.enum_value(STATE, description="A change of status or progress: a `RunState`.")
    LOG = strawberry.enum_value(LOG, description="A line of the log: a `RunLogLine`.")
    METRIC = strawberry.enum_value(METRIC, description="A value of a metric: a `RunMetricPoint`.")
