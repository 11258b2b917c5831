"""Small models of every family with random weights, in Hugging Face's layout, written without its library."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
from safetensors.numpy import save_file

WIDE, INNER, HEAD, VOCABULARY = 16, 24, 8, 40
CONFIG: dict[str, Any] = {
    "hidden_size": WIDE,
    "intermediate_size": INNER,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": HEAD,
    "vocab_size": VOCABULARY,
    "rms_norm_eps": 1e-6,
    "tie_word_embeddings": True,
}
GEMMA2: dict[str, Any] = {
    "model_type": "gemma2",
    "query_pre_attn_scalar": HEAD,
    "sliding_window": 16,
    "final_logit_softcapping": 30.0,
    "attn_logit_softcapping": 50.0,
}
GEMMA3: dict[str, Any] = {
    "model_type": "gemma3_text",
    "query_pre_attn_scalar": HEAD,
    "sliding_window": 16,
}
FAMILIES: dict[str, dict[str, Any]] = {
    "qwen3": {"model_type": "qwen3", "rope_theta": 5_000_000},
    "qwen3-untied": {"model_type": "qwen3", "rope_theta": 1_000_000, "tie_word_embeddings": False},
    "qwen3-bfloat16": {"model_type": "qwen3", "rope_theta": 1_000_000},
    "qwen2": {"model_type": "qwen2", "rope_parameters": {"rope_theta": 1_000_000, "rope_type": "default"}},
    "llama": {"model_type": "llama", "rope_theta": 500_000, "tie_word_embeddings": False},
    "gemma2": GEMMA2,
    "gemma2-fused": GEMMA2 | {"num_key_value_heads": 4},
    "gemma3": GEMMA3,
    "gemma3-fused": GEMMA3 | {"num_key_value_heads": 4},
}


def tensors(config: dict[str, Any]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yields name and shape of every tensor of a model."""
    kind = config["model_type"]
    queries, keys = config["num_attention_heads"] * HEAD, config["num_key_value_heads"] * HEAD
    yield "model.embed_tokens.weight", (VOCABULARY, WIDE)
    yield "model.norm.weight", (WIDE,)
    if not config["tie_word_embeddings"]:
        yield "lm_head.weight", (VOCABULARY, WIDE)
    for layer in range(config["num_hidden_layers"]):
        stem = f"model.layers.{layer}"
        for name, out in (("q", queries), ("k", keys), ("v", keys)):
            yield f"{stem}.self_attn.{name}_proj.weight", (out, WIDE)
            if kind == "qwen2":
                yield f"{stem}.self_attn.{name}_proj.bias", (out,)
        yield f"{stem}.self_attn.o_proj.weight", (WIDE, queries)
        for name in ("q_norm", "k_norm") if kind in ("qwen3", "gemma3_text") else ():
            yield f"{stem}.self_attn.{name}.weight", (HEAD,)
        yield f"{stem}.mlp.gate_proj.weight", (INNER, WIDE)
        yield f"{stem}.mlp.up_proj.weight", (INNER, WIDE)
        yield f"{stem}.mlp.down_proj.weight", (WIDE, INNER)
        yield f"{stem}.input_layernorm.weight", (WIDE,)
        yield f"{stem}.post_attention_layernorm.weight", (WIDE,)
        for name in ("pre_feedforward", "post_feedforward") if kind.startswith("gemma") else ():
            yield f"{stem}.{name}_layernorm.weight", (WIDE,)


def write_model(folder: Path, config: dict[str, Any], dtype: Any = np.float32, files: int = 1) -> Path:
    """Creates a model's folder with random weights, in a number of files."""
    folder.mkdir(parents=True)
    config = CONFIG | config
    (folder / "config.json").write_text(json.dumps(config))
    random = np.random.default_rng(0)
    made = {name: random.normal(0, 0.2, shape).astype(dtype) for name, shape in tensors(config)}
    names = sorted(made)
    for number in range(files):
        part = {name: made[name] for name in names[number::files]}
        save_file(part, str(folder / f"model-{number + 1:05}-of-{files:05}.safetensors"), metadata={"format": "pt"})
    return folder


def write_family(folder: Path, name: str) -> Path:
    """Creates a model's folder of a family above."""
    dtype = ml_dtypes.bfloat16 if "bfloat16" in name else np.float32
    return write_model(folder / name, FAMILIES[name], dtype, files=2 if "untied" in name else 1)
