"""Weights survive the round trip through Tunix for every family; models that it would train wrongly are rejected."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.trainer.folders import CONFIG, FAMILIES, GEMMA2, GEMMA3, write_family, write_model
from tests.support.trainer.interpreter import ask

ADAPTED = ["qwen3", "gemma2-fused", "gemma3"]
TOKENS = [2, 9, 17, 30, 9, 4, 11, 25, 31, 3, 5, 22, 39, 1, 0, 7, 8, 9, 10, 11, 12, 13, 14, 15]
REFERENCE_LOGITS = {
    "gemma2": [-1.242958, -0.252582, -0.063528, 0.394265],
    "gemma2-fused": [-1.219424, -0.325277, 1.623195, -0.02607],
    "gemma3": [0.003731, -0.425506, -0.1459, -0.54945],
    "gemma3-fused": [0.464484, 0.58234, -0.391071, 1.301714],
    "llama": [0.102685, 0.170468, -0.020924, 0.109745],
    "qwen2": [0.007942, -0.048425, -0.256162, 0.06886],
    "qwen3": [-0.045356, -0.039496, -0.213287, -0.034636],
    "qwen3-bfloat16": [-0.045192, -0.039525, -0.212761, -0.034181],
    "qwen3-untied": [0.082117, 0.079905, -0.010254, 0.076136],
}
"""The first four logits after the last token, as transformers 5.12.1 with PyTorch 2.14.1 computed them in float32."""
LLAMA = {"model_type": "llama"}
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "mistral": ({"model_type": "mistral"}, "models of type 'mistral' are not supported"),
    "no type": ({}, "models of type None are not supported"),
    "gemma": ({"model_type": "gemma"}, "reads the weights of Gemma 1 as if they were those of Gemma 2"),
    "llama 3.1": (LLAMA | {"rope_scaling": {"rope_type": "llama3", "factor": 8.0}}, "of type 'llama3'"),
    "yarn": ({"model_type": "qwen3", "rope_parameters": {"rope_type": "yarn", "factor": 4.0}}, "of type 'yarn'"),
    "linear": (LLAMA | {"rope_scaling": {"type": "linear", "factor": 2.0}}, "does not scale the rotary embedding"),
    "sliding qwen": ({"model_type": "qwen2", "use_sliding_window": True}, "does not know the sliding window"),
    "scaled queries": (GEMMA2 | {"query_pre_attn_scalar": 144}, "scales its queries by 8, config.json by 144"),
    "other layers": (GEMMA3 | {"layer_types": ["full_attention"] * 2}, "makes every sixth layer"),
    "no size": ({"model_type": "qwen3", "hidden_size": None}, "config.json has no 'hidden_size'"),
    "other weights": ({"model_type": "qwen3", "vocab_size": 41}, "do not match its config.json"),
    "too few weights": ({"model_type": "qwen3", "num_hidden_layers": 3}, "do not match its config.json"),
}


def write_refused(folder: Path, changes: dict[str, Any]) -> Path:
    """Creates a model whose configuration does not match its weights; None removes a key."""
    write_model(folder, {"model_type": "qwen3"})
    config = {name: value for name, value in (CONFIG | changes).items() if value is not None}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory, compiled: Path) -> dict[tuple[str, str], Any]:
    """The answers of one process on all models below."""
    folder = tmp_path_factory.mktemp("weights")
    asked = [("unchanged", name, write_family(folder / "unchanged", name)) for name in FAMILIES]
    asked += [("logits", name, model) for _, name, model in list(asked)]
    asked += [("adapted", name, write_family(folder / "adapted", name)) for name in ADAPTED]
    asked += [("refused", name, write_refused(folder / name, changes)) for name, (changes, _) in REFUSED.items()]
    given = ask(folder, compiled, [{"kind": kind, "model": str(model), "tokens": TOKENS} for kind, _, model in asked])
    return {(kind, name): answer for (kind, name, _), answer in zip(asked, given, strict=True)}


@pytest.mark.parametrize("name", FAMILIES)
def test_an_untrained_model_is_exported_as_it_was(answers: dict[tuple[str, str], Any], name: str):
    assert answers["unchanged", name] == []


@pytest.mark.parametrize("name", FAMILIES)
def test_a_model_has_the_logits_of_transformers(answers: dict[tuple[str, str], Any], name: str):
    assert answers["logits", name][-1][:4] == pytest.approx(REFERENCE_LOGITS[name], abs=5e-6)


@pytest.mark.parametrize("name", ADAPTED)
def test_merged_adapters_do_what_adapters_do(answers: dict[tuple[str, str], Any], name: str):
    found = answers["adapted", name]

    assert found["effect"] > 0.1
    assert found["difference"] < 1e-4


@pytest.mark.parametrize("name", REFUSED)
def test_a_model_that_would_be_trained_wrongly_is_refused(answers: dict[tuple[str, str], Any], name: str):
    assert REFUSED[name][1] in answers["refused", name]
