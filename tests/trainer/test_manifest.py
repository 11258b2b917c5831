"""The trainer reads the server's manifests, and reports all errors of invalid ones."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tunix_rt.domain.rewards.parameters import Grpo, Reward
from tunix_rt.domain.runs import manifest as written
from tunix_rt.errors import BadUserInput
from tunix_rt.trainer.contract import BOUNDS, Bounds, Method, Schedule, TrainerErrorCode
from tunix_rt.trainer.errors import TrainerError
from tunix_rt.trainer.manifest import manifest as read
from tunix_rt.trainer.manifest.values import Integer, Number, Optional

LEAST: dict[str, Any] = {
    "version": "1.0",
    "runner": "tunix",
    "mode": "sft",
    "model": {"model_id": "tiny-random/qwen3"},
    "dataset": {"path": "data/train.jsonl"},
    "output": {"output_dir": "out"},
}


def message_of(raw: Any) -> str:
    """Returns the message with which a manifest is rejected."""
    with pytest.raises(TrainerError) as refusal:
        read.manifest_from(raw)
    assert refusal.value.code is TrainerErrorCode.BAD_MANIFEST
    return refusal.value.message


def test_what_is_left_out_has_a_default():
    manifest = read.manifest_from(LEAST)

    assert manifest.method is Method.SFT
    assert manifest.training == read.TrainingSection()
    assert (manifest.training.learning_rate, manifest.training.num_epochs, manifest.training.batch_size) == (2e-5, 3, 8)
    assert (manifest.lora, manifest.mesh, manifest.resume) == (None, None, True)
    assert read.manifest_from(LEAST | {"method": "LORA"}).lora == read.LoraSection()


def test_relative_paths_are_seen_from_the_manifests_folder(tmp_path: Path):
    file = tmp_path / "run" / "manifest.yaml"
    file.parent.mkdir()
    file.write_text(yaml.safe_dump(LEAST | {"model": {"model_id": "m", "models_dir": "../models"}}))

    manifest = read.read_manifest(file)

    assert manifest.dataset.path == str(file.parent / "data" / "train.jsonl")
    assert manifest.model.models_dir == str(file.parent / "../models")
    assert manifest.output_dir == file.parent / "out"


def test_the_servers_manifest_is_read_as_it_was_meant(tmp_path: Path):
    training = written.Training(
        learning_rate=2e-5,
        num_epochs=2,
        batch_size=4,
        max_seq_length=256,
        max_steps=10,
        seed=5,
        gradient_accumulation_steps=2,
        warmup_steps=3,
        schedule=Schedule.COSINE,
        weight_decay=0.1,
        max_grad_norm=2.0,
        save_every_steps=4,
        eval_every_steps=6,
    )
    text = written.manifest_yaml(
        written.ManifestFields(
            model_id="tiny-random/gemma3",
            dataset_path="/data/träin.jsonl",
            output_dir="/runs/1",
            training=training,
            method=Method.LORA,
            lora=written.Lora(rank=4, alpha=8.0, module_path=".*q_proj"),
            mesh=written.Mesh(fsdp=2, tp=1),
            eval_path="/data/eval.jsonl",
            models_dir="/models",
        )
    )
    (tmp_path / "manifest.yaml").write_text(text)

    manifest = read.read_manifest(tmp_path / "manifest.yaml")

    given = {spec.name: getattr(training, spec.name) for spec in fields(training)}
    assert read.as_plain(manifest.training) == given | {"schedule": "COSINE"}
    assert manifest.model == read.ModelSection(model_id="tiny-random/gemma3", models_dir="/models")
    assert manifest.dataset == read.DatasetSection(path="/data/träin.jsonl", eval_path="/data/eval.jsonl")
    assert manifest.lora == read.LoraSection(rank=4, alpha=8.0, module_path=".*q_proj")
    assert manifest.mesh == read.MeshSection(fsdp=2, tp=1)
    assert manifest.method is Method.LORA


def bounds_of(section: type[Any]) -> dict[str, Bounds]:
    """Returns the range of each number of a section."""
    found = {}
    for spec in fields(section):
        check = spec.metadata["check"]
        check = check.check if isinstance(check, Optional) else check
        if isinstance(check, Integer | Number):
            found[spec.name] = check.bounds
    return found


def test_every_number_has_the_range_of_its_name():
    assert bounds_of(read.TrainingSection) | bounds_of(read.LoraSection) | bounds_of(read.MeshSection) == BOUNDS


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"version": "2.0"}, "version must be 1.0, not '2.0'"),
        ({"epochs": 3}, "epochs is not a known key"),
        ({"training": {"lr": 1}}, "training.lr is not a known key"),
        ({"training": {"learning_rate": 0}}, "training.learning_rate must be a number above 0 and at most 1, not 0"),
        ({"training": {"learning_rate": float("nan")}}, "training.learning_rate must be a number above 0"),
        ({"training": {"batch_size": 8.5}}, "training.batch_size must be an integer between 1 and 512, not 8.5"),
        ({"training": {"batch_size": True}}, "training.batch_size must be an integer between 1 and 512, not True"),
        ({"training": {"schedule": "STEP"}}, "training.schedule must be CONSTANT or LINEAR or COSINE, not 'STEP'"),
        ({"training": [1]}, "training must be a mapping"),
        ({"model": {"model_id": ""}}, "model.model_id must be text on one line, of 1 to 256 characters, not ''"),
        ({"model": {}}, "model.model_id is missing"),
        ({"model": None}, "model is missing"),
        ({"resume": "yes"}, "resume must be true or false, not 'yes'"),
        ({"lora": {"rank": 4}}, "lora is given, but method is not LORA"),
        ({"method": "LORA", "lora": {"module_path": "("}}, "lora.module_path must be a regular expression"),
        ({"mesh": {"fsdp": 3}}, "training.batch_size must be a multiple of mesh.fsdp"),
    ],
)
def test_a_wrong_value_is_named(changes: dict[str, Any], expected: str):
    assert expected in message_of(LEAST | changes)


def test_all_errors_are_named_at_once():
    message = message_of(LEAST | {"runner": "other", "training": {"num_epochs": 0, "seed": -1}})

    assert [name in message for name in ("runner", "training.num_epochs", "training.seed")] == [True] * 3


@pytest.mark.parametrize("raw", [None, [], "text", 3])
def test_what_is_not_a_mapping_is_refused(raw: Any):
    assert "must be a mapping" in message_of(raw)


def test_a_number_that_yaml_takes_for_text_is_a_number():
    manifest = read.manifest_from(LEAST | {"training": yaml.safe_load("learning_rate: 2e-5")})

    assert manifest.training.learning_rate == 2e-5


@pytest.mark.parametrize("content", [b"a: [", b"\xff\xfe\xfa", b"!!python/object/apply:os.getcwd []", b"[" * 5000])
def test_a_file_that_is_no_yaml_is_refused(tmp_path: Path, content: bytes):
    (tmp_path / "manifest.yaml").write_bytes(content)

    with pytest.raises(TrainerError, match="cannot be read"):
        read.read_manifest(tmp_path / "manifest.yaml")


def test_a_missing_file_is_reported(tmp_path: Path):
    with pytest.raises(TrainerError, match="cannot be read"):
        read.read_manifest(tmp_path / "manifest.yaml")


WRONG = 12
"""One of this number of values is invalid, so that many manifests are valid."""


def mostly(right: list[Any], wrong: list[Any]) -> st.SearchStrategy[Any]:
    """Generates valid values for the most part."""
    return st.sampled_from([*right * (WRONG * len(wrong) // len(right) + 1), *wrong])


NAMES = mostly(["m", "owner/name", "é", " a b"], ["a\nb", "../up", "\x7f", "/etc", ""])
PATTERNS = mostly([".*", "(a|b)+", "layers/[0-9]+/.*", "é"], ["(", "[a-", "a{99999999999}", "(?P<x>a)(?P<x>b)", "a\nb"])
FLOATS = {"learning_rate", "weight_decay", "max_grad_norm", "alpha"}
NUMBERS = {
    name: mostly(
        [kind(bounds.high), kind(1), *([] if bounds.above or bounds.low > 1 else [kind(bounds.low)])]
        if bounds.low <= 1
        else [kind(bounds.low), kind(bounds.high)],
        [kind(bounds.low - 1), kind(bounds.high + 1)],
    )
    for name, bounds in BOUNDS.items()
    for kind in [float if name in FLOATS else int]
}


def some(kind: type[Any], **more: Any) -> st.SearchStrategy[Any]:
    """Generates a section of the manifest, valid or not."""
    known = {spec.name: NUMBERS[spec.name] for spec in fields(kind) if spec.name in NUMBERS}
    maybe = {name: found if name in REQUIRED else st.one_of(st.none(), found) for name, found in known.items()}
    return st.builds(kind, **(maybe | more))


REQUIRED = {"learning_rate", "num_epochs", "batch_size", "max_seq_length"}
MANIFESTS = st.builds(
    written.ManifestFields,
    model_id=NAMES,
    dataset_path=NAMES.filter(bool),
    output_dir=NAMES,
    training=st.one_of(st.just(written.Training()), some(written.Training, batch_size=mostly([8, 6, 512], [0]))),
    method=st.sampled_from([Method.LORA, *Method, None]),
    lora=st.one_of(st.none(), some(written.Lora, module_path=st.one_of(st.none(), PATTERNS))),
    grpo=st.sampled_from([None, None, None, Grpo(rewards=(Reward(scorer="a", weight=0.5),), max_new_tokens=100)]),
    mesh=st.one_of(st.none(), some(written.Mesh, fsdp=st.sampled_from([1, 2, 3, 8, None, 0]))),
)


def test_the_trainer_takes_every_manifest_that_the_server_gives():
    """Both validate by the same rules: the trainer accepts every manifest that the server does."""
    seen: Counter[str] = Counter()

    @hypothesis_settings(max_examples=500, deadline=None)
    @given(manifest=MANIFESTS)
    def check(manifest: written.ManifestFields) -> None:
        try:
            text = written.manifest_yaml(manifest)
        except BadUserInput:
            seen["refused"] += 1
            return
        read.manifest_from(yaml.safe_load(text))
        seen["given"] += 1
        seen["with a pattern"] += manifest.lora is not None and manifest.lora.module_path is not None
        seen["spread"] += manifest.mesh is not None and (manifest.mesh.fsdp or 1) > 1

    check()
    assert min(seen[name] for name in ("refused", "given", "with a pattern", "spread")) >= 10, seen
