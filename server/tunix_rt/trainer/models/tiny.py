"""Tiny models with random weights and a tokenizer trained on the dataset, in Hugging Face's layout."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np

from tunix_rt.trainer.contract import CONFIG_FILE, TOKENIZER_FILE, DatasetFormat
from tunix_rt.trainer.data.records import RecordReader
from tunix_rt.trainer.data.tokens import SPECIAL_TOKENS, train_tokenizer

VOCABULARY_STEP = 64
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}{{ '<start_of_turn>' + "
    "('model' if message['role'] == 'assistant' else message['role']) + '\\n' + message['content'] + "
    "'<end_of_turn>\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}"
)
PAD, EOS, BOS, END_OF_TURN = (SPECIAL_TOKENS.index(name) for name in ("<pad>", "<eos>", "<bos>", "<end_of_turn>"))

SHARED_CONFIG: dict[str, Any] = {
    "hidden_size": 128,
    "intermediate_size": 256,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 32,
    "max_position_embeddings": 32_768,
    "rms_norm_eps": 1e-6,
    "attention_bias": False,
    "attention_dropout": 0.0,
    "tie_word_embeddings": True,
    "use_cache": True,
    "pad_token_id": PAD,
    "eos_token_id": END_OF_TURN,
    "bos_token_id": BOS,
    "dtype": "float32",
}
CONFIGS: dict[str, dict[str, Any]] = {
    "tiny-random/qwen3": {
        "architectures": ["Qwen3ForCausalLM"],
        "model_type": "qwen3",
        "num_hidden_layers": 2,
        "hidden_act": "silu",
        "rope_theta": 1_000_000,
    },
    "tiny-random/gemma3": {
        "architectures": ["Gemma3ForCausalLM"],
        "model_type": "gemma3_text",
        "num_hidden_layers": 6,
        "hidden_activation": "gelu_pytorch_tanh",
        "query_pre_attn_scalar": 32,
        "sliding_window": 512,
        "rope_theta": 1_000_000,
        "rope_local_base_freq": 10_000,
        "layer_types": ["sliding_attention"] * 5 + ["full_attention"],
    },
}


def make_tiny(
    model_id: str, dataset: Path, seed: int, folder: Path, format: DatasetFormat = DatasetFormat.TUNIX_SFT
) -> Path:
    """Returns the folder of a tiny model, created atomically unless it exists.

    Raises:
        TrainerError: NOT_FOUND or BAD_DATASET, if the dataset cannot be read.
    """
    if (folder / CONFIG_FILE).is_file():
        return folder
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    config = CONFIGS[model_id] | SHARED_CONFIG
    part.mkdir(parents=True)
    tokenizer = train_tokenizer(RecordReader(dataset, format).texts())
    tokenizer.save(str(part / TOKENIZER_FILE))
    config["vocab_size"] = ceil(tokenizer.get_vocab_size() / VOCABULARY_STEP) * VOCABULARY_STEP
    write_weights(config, seed, part / "model.safetensors")
    for name, content in companions().items():
        (part / name).write_text(json.dumps(content, indent=2) + "\n")
    (part / CONFIG_FILE).write_text(json.dumps(config, indent=2) + "\n")
    part.rename(folder)
    return folder


def companions() -> dict[str, Any]:
    """Returns further files of the model by name, from which other programs learn its tokenizer and its end token."""
    names = {"pad_token": "<pad>", "eos_token": "<eos>", "bos_token": "<bos>", "unk_token": "<unk>"}
    return {
        "tokenizer_config.json": names
        | {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 32_768, "chat_template": CHAT_TEMPLATE},
        "special_tokens_map.json": names,
        "generation_config.json": {"bos_token_id": BOS, "eos_token_id": [EOS, END_OF_TURN], "pad_token_id": PAD},
    }


def write_weights(config: dict[str, Any], seed: int, path: Path) -> None:
    """Writes random weights that depend only on the seed."""
    from safetensors.numpy import save_file

    random = np.random.default_rng([seed, 0x7E57])
    gemma = config["model_type"].startswith("gemma")
    tensors = {}
    for name, shape in shapes(config):
        if len(shape) == 1:
            tensors[name] = np.full(shape, 0.0 if gemma else 1.0, np.float32)
        else:
            scale = 0.05 if name.endswith("embed_tokens.weight") else shape[-1] ** -0.5
            tensors[name] = random.normal(0.0, scale, shape).astype(np.float32)
    save_file(tensors, str(path), metadata={"format": "pt"})


def shapes(config: dict[str, Any]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yields name and shape of every tensor, as in transformers; matrices are ``[out, in]``."""
    wide = config["hidden_size"]
    yield "model.embed_tokens.weight", (config["vocab_size"], wide)
    for layer in range(config["num_hidden_layers"]):
        for name, shape in layer_shapes(config):
            yield f"model.layers.{layer}.{name}.weight", shape
    yield "model.norm.weight", (wide,)


def layer_shapes(config: dict[str, Any]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yields name and shape of the tensors of one layer."""
    wide, inner, head = config["hidden_size"], config["intermediate_size"], config["head_dim"]
    queries, keys = config["num_attention_heads"] * head, config["num_key_value_heads"] * head
    yield "self_attn.q_proj", (queries, wide)
    yield "self_attn.k_proj", (keys, wide)
    yield "self_attn.v_proj", (keys, wide)
    yield "self_attn.o_proj", (wide, queries)
    yield "self_attn.q_norm", (head,)
    yield "self_attn.k_norm", (head,)
    yield "mlp.gate_proj", (inner, wide)
    yield "mlp.up_proj", (inner, wide)
    yield "mlp.down_proj", (wide, inner)
    yield "input_layernorm", (wide,)
    yield "post_attention_layernorm", (wide,)
    if config["model_type"].startswith("gemma"):
        yield "pre_feedforward_layernorm", (wide,)
        yield "post_feedforward_layernorm", (wide,)
