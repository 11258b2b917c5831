"""The enums of traces, datasets and exports in the schema."""

from __future__ import annotations

from tunix_rt.api.enums.describing import describe_enum
from tunix_rt.domain.datasets.recipes import Strategy
from tunix_rt.domain.datasets.verification import ChangeKind
from tunix_rt.domain.exports.containers import Container, container_types
from tunix_rt.domain.exports.export_shapes import description_of
from tunix_rt.domain.exports.formats import ExportFormat
from tunix_rt.domain.reasoning_templates import ReasoningTemplate
from tunix_rt.domain.traces.suggestions import MetaKind

describe_enum(
    Strategy,
    "DatasetStrategy",
    "Strategy that chooses the members of a dataset from the candidates that its filter matches.",
    {
        Strategy.LATEST: "The first `limit` candidates in `orderBy`: the newest by default.",
        Strategy.RANDOM: "The `limit` candidates whose ids have the lowest hashes under the seed. Stable: a higher "
        "limit only adds members, and a trace's hash does not depend on what else is stored.",
        Strategy.RANDOM_SAMPLE: "The sample that Python's `random.Random(seed).sample` takes from the candidates, "
        "newest first. Adding or removing one candidate changes the whole sample.",
    },
)

describe_enum(
    ChangeKind,
    "DatasetChangeKind",
    "Kind of difference between a dataset and the stored traces.",
    {
        ChangeKind.CHANGED: "The stored content of the member changed: its SHA-256 differs.",
        ChangeKind.DELETED: "The trace was deleted.",
        ChangeKind.NO_LONGER_SELECTED: "The recipe no longer selects this member, for instance after a newer score.",
        ChangeKind.NEWLY_SELECTED: "The recipe now selects this trace, which is not a member.",
        ChangeKind.MOVED: "The recipe puts this member at another position.",
    },
)

describe_enum(
    ExportFormat,
    "ExportFormat",
    "Format of the records of an export.",
    {member: description_of(member) for member in ExportFormat},
)

describe_enum(
    ReasoningTemplate,
    "ReasoningTemplate",
    "Format in which the reasoning and the final answer of a trace are written as one text.",
    {
        ReasoningTemplate.NUMBERED: "`Reasoning:`, the steps numbered from 1, one per line, and `Answer: ` with the "
        "final answer.",
        ReasoningTemplate.PLAIN: "The steps, one per line, and `Answer: ` with the final answer.",
        ReasoningTemplate.THINK: "The steps between `<think>` and `</think>` with blank lines between them, and the "
        "final answer after a blank line.",
        ReasoningTemplate.BOXED: "The steps, one per line, and the final answer in `\\boxed{}`.",
        ReasoningTemplate.ANSWER: "The steps, one per line, and the final answer between `<answer>` and `</answer>`.",
    },
)

describe_enum(
    Container,
    "ExportContainer",
    "File format of an export.",
    {member: container_types()[member].description for member in Container},
)

describe_enum(
    MetaKind,
    "MetaKind",
    "Kind of a metadata value, as filters distinguish it.",
    {
        MetaKind.STRING: "A string.",
        MetaKind.NUMBER: "A number.",
        MetaKind.BOOLEAN: "`true` or `false`.",
        MetaKind.NULL: "Null.",
        MetaKind.LIST: "A list; `contains` finds its elements.",
    },
)
