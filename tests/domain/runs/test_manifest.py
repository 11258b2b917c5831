"""The manifest: the original's bytes if only its fields are given, every range, all errors reported together."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.support.factories import texts
from tunix_rt.domain.runs.manifest import Lora, ManifestFields, Mesh, Training, manifest_yaml, require_training
from tunix_rt.errors import BadUserInput, ValidationErrors
from tunix_rt.trainer.contract import BOUNDS, Method, Schedule

ORIGINAL = """\
version: '1.0'
runner: tunix
mode: sft
model:
  model_id: google/gemma-2b-it
dataset:
  format: tunix_sft
  path: ./datasets/ds-v1.jsonl
training:
  learning_rate: 2.0e-05
  num_epochs: 3
  batch_size: 8
  max_seq_length: 2048
output:
  output_dir: ./output/run_001
"""
EVERYTHING = """\
version: '1.0'
runner: tunix
mode: sft
method: LORA
model:
  model_id: tiny-random/qwen3
  models_dir: /models
dataset:
  format: tunix_sft
  path: ./train.jsonl
  eval_path: ./eval.jsonl
training:
  learning_rate: 0.001
  num_epochs: 1
  batch_size: 4
  max_seq_length: 256
  max_steps: 200
  seed: 0
  gradient_accumulation_steps: 2
  warmup_steps: 0
  schedule: COSINE
  weight_decay: 0.0
  max_grad_norm: 1.0
  save_every_steps: 50
  eval_every_steps: 25
lora:
  rank: 8
  alpha: 16.0
  module_path: .*attn.*
mesh:
  fsdp: 2
  tp: 1
output:
  output_dir: ./output
"""
PLAIN = ManifestFields(
    model_id="google/gemma-2b-it", dataset_path="./datasets/ds-v1.jsonl", output_dir="./output/run_001"
)
FLOATS = {"learning_rate", "weight_decay", "max_grad_norm", "alpha", "beta"}
ABOVE_ZERO = {"learning_rate", "max_grad_norm", "alpha", "beta"}


def with_value(name: str, value: Any) -> tuple[ManifestFields, list[str]]:
    """A manifest with one number changed, and the path of that number."""
    if name in {"rank", "alpha"}:
        return replace(PLAIN, method=Method.LORA, lora=Lora(**{name: value})), ["lora", name]
    if name in {"fsdp", "tp"}:
        return replace(PLAIN, training=Training(batch_size=512), mesh=Mesh(**{name: value})), ["mesh", name]
    method = Method.DPO if name == "beta" else PLAIN.method
    return replace(PLAIN, method=method, training=replace(PLAIN.training, **{name: value})), [name]


def is_a_name(text: str) -> bool:
    """Returns whether a text may be a model's id."""
    return text.isprintable() and "\\" not in text and text[0] != "~" and not {"", ".", ".."} & set(text.split("/"))


def test_the_defaults_give_the_originals_bytes():
    assert manifest_yaml(PLAIN) == ORIGINAL


def test_what_goes_beyond_is_written_where_it_is_given():
    manifest = ManifestFields(
        model_id="tiny-random/qwen3",
        dataset_path="./train.jsonl",
        eval_path="./eval.jsonl",
        output_dir="./output",
        models_dir="/models",
        method=Method.LORA,
        training=Training(
            learning_rate=0.001,
            num_epochs=1,
            batch_size=4,
            max_seq_length=256,
            max_steps=200,
            seed=0,
            gradient_accumulation_steps=2,
            warmup_steps=0,
            schedule=Schedule.COSINE,
            weight_decay=0.0,
            max_grad_norm=1.0,
            save_every_steps=50,
            eval_every_steps=25,
        ),
        lora=Lora(rank=8, alpha=16.0, module_path=".*attn.*"),
        mesh=Mesh(fsdp=2, tp=1),
    )

    assert manifest_yaml(manifest) == EVERYTHING


def test_empty_parts_are_left_out():
    assert manifest_yaml(replace(PLAIN, method=Method.LORA, lora=Lora(), mesh=Mesh())) == ORIGINAL.replace(
        "mode: sft\n", "mode: sft\nmethod: LORA\n"
    )


@given(model_id=texts(1, 256).filter(is_a_name), path=texts(1, 300).filter(str.isprintable))
def test_any_text_comes_back_as_it_was(model_id: str, path: str):
    read = yaml.safe_load(manifest_yaml(replace(PLAIN, model_id=model_id, dataset_path=path, output_dir=path)))

    assert read["model"]["model_id"] == model_id
    assert (read["dataset"]["path"], read["output"]["output_dir"]) == (path, path)


@pytest.mark.parametrize("text", ["yes", "1.0", "null", "- a", "a: b", "a # b", " padded ", "'", "x" * 256])
def test_texts_that_yaml_would_take_for_something_else_are_quoted(text: str):
    written = manifest_yaml(replace(PLAIN, model_id=text))

    assert yaml.safe_load(written)["model"] == {"model_id": text}
    assert yaml.safe_load(written)["training"] == yaml.safe_load(ORIGINAL)["training"]


@given(rate=st.floats(0, 1, exclude_min=True))
def test_any_rate_comes_back_as_it_was(rate: float):
    read = yaml.safe_load(manifest_yaml(replace(PLAIN, training=Training(learning_rate=rate))))

    assert read["training"]["learning_rate"] == rate


def test_every_number_has_a_range():
    numbers = {spec.name for part in (Training, Lora, Mesh) for spec in fields(part)} - {"schedule", "module_path"}

    assert numbers == BOUNDS.keys()


@pytest.mark.parametrize("name", BOUNDS)
def test_each_end_of_a_range_is_taken_and_one_beyond_is_refused(name: str):
    bounds, step = BOUNDS[name], 1e-9 if name in FLOATS else 1
    kind = float if name in FLOATS else int
    low = 1e-12 if name in ABOVE_ZERO else bounds.low
    for value in (kind(low), kind(bounds.high)):
        assert manifest_yaml(with_value(name, value)[0])

    for value in (kind(0) if name in ABOVE_ZERO else kind(bounds.low - step), kind(bounds.high + step)):
        manifest, path = with_value(name, value)
        with pytest.raises(ValidationErrors) as caught:
            manifest_yaml(manifest)
        (error,) = caught.value.errors
        assert list(error.path) == path
        assert f"{name} must be {bounds}; it is {value}." == error.message


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_is_not_a_number_is_out_of_range(value: float):
    with pytest.raises(ValidationErrors, match="learning_rate must be above 0 and at most 1"):
        require_training(Training(learning_rate=value))


def test_all_errors_are_reported_together():
    with pytest.raises(ValidationErrors) as caught:
        require_training(
            Training(learning_rate=2.0, num_epochs=0, max_steps=5, warmup_steps=6), lora=Lora(rank=0), mesh=Mesh(tp=0)
        )

    assert [error.path for error in caught.value.errors] == [
        ("learning_rate",),
        ("num_epochs",),
        ("warmup_steps",),
        ("lora",),
        ("lora", "rank"),
        ("mesh", "tp"),
    ]


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"model_id": ""}, ("model_id",)),
        ({"model_id": "x" * 257}, ("model_id",)),
        ({"model_id": "a\0b"}, ("model_id",)),
        ({"model_id": "\ud800"}, ("model_id",)),
        ({"model_id": "two\nlines"}, ("model_id",)),
        ({"model_id": "../../etc"}, ("model_id",)),
        ({"model_id": "/etc/passwd"}, ("model_id",)),
        ({"model_id": "owner/.."}, ("model_id",)),
        ({"model_id": "owner//name"}, ("model_id",)),
        ({"model_id": "./name"}, ("model_id",)),
        ({"model_id": "~/name"}, ("model_id",)),
        ({"model_id": "..\\name"}, ("model_id",)),
        ({"dataset_path": "two\nlines"}, ("dataset_path",)),
        ({"mesh": Mesh(fsdp=3)}, ("batch_size",)),
        ({"method": Method.LORA, "lora": Lora(module_path="(")}, ("lora", "module_path")),
        ({"method": Method.LORA, "lora": Lora(module_path="a{99999999999}")}, ("lora", "module_path")),
        ({"method": Method.LORA, "lora": Lora(module_path="a\nb")}, ("lora", "module_path")),
        ({"dataset_path": ""}, ("dataset_path",)),
        ({"output_dir": "x" * 4097}, ("output_dir",)),
        ({"method": Method.LORA, "lora": Lora(module_path="")}, ("lora", "module_path")),
        ({"method": Method.SFT, "lora": Lora(rank=8)}, ("lora",)),
    ],
)
def test_texts_out_of_their_limits_are_refused(changed: dict[str, Any], path: tuple[str, ...]):
    with pytest.raises(BadUserInput) as caught:
        manifest_yaml(replace(PLAIN, **changed))

    assert caught.value.path == path
