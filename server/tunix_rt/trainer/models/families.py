"""Model families: converts ``config.json`` to Tunix's configuration.

Models that Tunix would train wrongly are rejected.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from tunix_rt.trainer.contract import TrainerErrorCode
from tunix_rt.trainer.errors import TrainerError

SEPARATE_PROJECTIONS = r".*(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)"
FUSED_PROJECTIONS = r".*(q_einsum|kv_einsum|qkv_einsum|attn_vec_einsum|gate_proj|up_proj|down_proj)"
TUNIX_ROPE_THETA = 1_000_000
GEMMA3_LAYERS = 6
GEMMA3_DEFAULTS = {
    "vocab_size": 262_208,
    "num_attention_heads": 8,
    "num_key_value_heads": 4,
    "head_dim": 256,
    "query_pre_attn_scalar": 256,
    "sliding_window": 4096,
}
"""The defaults of transformers for values that a Gemma 3 ``config.json`` omits, as Google's own do."""


@dataclass(frozen=True)
class Family:
    """The parts from which Tunix builds a model of a family.

    ``model`` and ``params`` are Tunix's modules of the family, ``config`` is its configuration, ``lora_path`` matches
    the modules that get adapters by default.
    """

    name: str
    model: Any
    params: Any
    config: Any
    lora_path: str


def family_of(config: dict[str, Any], dtype: Any) -> Family:
    """Returns a model's family with Tunix's configuration.

    Raises:
        TrainerError: BAD_MODEL if Tunix lacks the family or would train it wrongly, or if ``config`` lacks a value.
    """
    text = config["text_config"] | {"model_type": "gemma3_text"} if config.get("model_type") == "gemma3" else config
    kind = text.get("model_type")
    maker = MAKERS.get(str(kind))
    if maker is None:
        raise rejection(f"models of type {kind!r} are not supported; supported are {', '.join(MAKERS)}")
    try:
        return maker(text, dtype)
    except KeyError as error:
        raise rejection(f"config.json has no {error}") from None


def rejection(reason: str) -> TrainerError:
    """Returns the error of a model that cannot be trained."""
    return TrainerError(TrainerErrorCode.BAD_MODEL, f"The model cannot be trained: {reason}.")


def shape_of(config: dict[str, Any]) -> dict[str, Any]:
    """Returns the dimensions that all families have."""
    heads = config["num_attention_heads"]
    return {
        "num_layers": config["num_hidden_layers"],
        "embed_dim": config["hidden_size"],
        "hidden_dim": config["intermediate_size"],
        "num_heads": heads,
        "num_kv_heads": config.get("num_key_value_heads") or heads,
        "head_dim": config.get("head_dim") or config["hidden_size"] // heads,
    }


def rope_of(config: dict[str, Any], default: float, layers: str = "") -> tuple[float, float]:
    """Returns base and linear factor of the rotary embedding, of one layer type if the model has several.

    Raises:
        TrainerError: Tunix does not support its scaling.
    """
    given = config.get("rope_parameters") or {}
    rope = given.get(layers, given) if layers else given
    scaling = config.get("rope_scaling") or rope
    kind = scaling.get("rope_type", scaling.get("type", "default"))
    if kind not in ("default", "linear"):
        raise rejection(
            f"Tunix 0.1.7 does not know its rotary embedding of type {kind!r}, and would train another model"
        )
    factor = float(scaling.get("factor") or 1.0) if kind == "linear" else 1.0
    return float(rope.get("rope_theta") or config.get("rope_theta") or default), factor


def plain_rope(config: dict[str, Any], default: float) -> float:
    """Returns the base of a rotary embedding without scaling."""
    theta, factor = rope_of(config, default)
    if factor != 1.0:
        raise rejection("Tunix 0.1.7 does not scale the rotary embedding of its family, and would train another model")
    return theta


def with_rope_theta(module: Any, theta: float) -> None:
    """Makes a family's attention use ``theta``: Tunix 0.1.7 does not pass it on, and always uses 1,000,000."""
    original = getattr(module.apply_rope, "func", module.apply_rope)
    module.apply_rope = partial(original, rope_theta=theta) if theta != TUNIX_ROPE_THETA else original


def modules_of(name: str, params: str) -> tuple[Any, Any]:
    """Imports Tunix's modules of a family."""
    return importlib.import_module(f"tunix.models.{name}.model"), importlib.import_module(
        f"tunix.models.{name}.{params}"
    )


def qwen(name: str, config: dict[str, Any], dtype: Any) -> Family:
    """Returns the family of Qwen 2, 2.5 and 3."""
    model, params = modules_of(name, "params")
    if config.get("use_sliding_window"):
        raise rejection("Tunix 0.1.7 does not know the sliding window of its family")
    theta = plain_rope(config, TUNIX_ROPE_THETA)
    if name == "qwen3":
        with_rope_theta(model, theta)
    made = model.ModelConfig(
        **shape_of(config),
        vocab_size=config["vocab_size"],
        rope_theta=theta,
        norm_eps=config["rms_norm_eps"],
        use_tied_embedding=bool(config.get("tie_word_embeddings")),
        dtype=dtype,
        param_dtype=dtype,
    )
    return Family(name, model, params, made, SEPARATE_PROJECTIONS)


def llama(config: dict[str, Any], dtype: Any) -> Family:
    """Returns the family of Llama 3, without the scaled rotary embedding of 3.1 and later."""
    del dtype
    model, params = modules_of("llama3", "params")
    theta = plain_rope(config, 10_000)
    with_rope_theta(model, theta)
    made = model.ModelConfig(
        **shape_of(config),
        vocab_size=config["vocab_size"],
        rope_theta=theta,
        norm_eps=config["rms_norm_eps"],
        weight_tying=bool(config.get("tie_word_embeddings")),
    )
    return Family("llama", model, params, made, SEPARATE_PROJECTIONS)


def gemma2(config: dict[str, Any], dtype: Any) -> Family:
    """Returns the family of Gemma 2."""
    del dtype
    model, params = modules_of("gemma", "params_safetensors")
    shape = shape_of(config)
    check_query_scale(config, shape["head_dim"])
    kinds = (model.AttentionType.LOCAL_SLIDING, model.AttentionType.GLOBAL)
    made = model.ModelConfig(
        **shape,
        num_embed=config["vocab_size"],
        final_logit_softcap=config.get("final_logit_softcapping"),
        attn_logits_soft_cap=config.get("attn_logit_softcapping"),
        use_post_attn_norm=True,
        use_post_ffw_norm=True,
        attention_types=tuple(kinds[layer % 2] for layer in range(shape["num_layers"])),
        sliding_window_size=config["sliding_window"],
    )
    return Family("gemma2", model, params, made, FUSED_PROJECTIONS)


def check_query_scale(config: dict[str, Any], expected: float) -> None:
    """Rejects a model whose query scale differs from Tunix's."""
    scalar = config.get("query_pre_attn_scalar", expected)
    if scalar != expected:
        raise rejection(f"Tunix 0.1.7 scales its queries by {expected:g}, config.json by {scalar:g}")


def gemma3(config: dict[str, Any], dtype: Any) -> Family:
    """Returns the family of Gemma 3; of multimodal models, the text part."""
    model, params = modules_of("gemma3", "params_safetensors")
    config = GEMMA3_DEFAULTS | config
    shape = shape_of(config)
    check_layers(config)
    scale = model.QueryPreAttentionNormalisation.BY_ONE_OVER_SQRT_HEAD_DIM
    if config.get("query_pre_attn_scalar", shape["head_dim"]) != shape["head_dim"]:
        check_query_scale(config, shape["embed_dim"] / shape["num_heads"])
        scale = model.QueryPreAttentionNormalisation.BY_ONE_OVER_SQRT_EMBED_DIM_DIV_NUM_HEADS
    theta, factor = rope_of(config, TUNIX_ROPE_THETA, "full_attention")
    local = (config.get("rope_parameters") or {}).get("sliding_attention") or {}
    made = model.ModelConfig(
        **shape,
        num_embed=config["vocab_size"],
        sliding_window_size=config["sliding_window"],
        local_base_frequency=int(local.get("rope_theta") or config.get("rope_local_base_freq") or 10_000),
        global_base_frequency=int(theta),
        global_scale_factor=factor,
        query_pre_attn_norm=scale,
        param_dtype=dtype,
    )
    return Family("gemma3", model, params, made, FUSED_PROJECTIONS)


def check_layers(config: dict[str, Any]) -> None:
    """Rejects layer types other than Tunix's pattern: five with sliding attention, then one with full attention."""
    kinds = ["full_attention" if (layer + 1) % GEMMA3_LAYERS == 0 else "sliding_attention" for layer in range(1000)]
    given = config.get("layer_types")
    if given is not None and given != kinds[: len(given)]:
        raise rejection("Tunix 0.1.7 makes every sixth layer of its family see all, config.json others")


def gemma1(config: dict[str, Any], dtype: Any) -> Family:
    """Rejects Gemma 1."""
    raise rejection("Tunix 0.1.7 reads the weights of Gemma 1 as if they were those of Gemma 2")


MAKERS: dict[str, Callable[[dict[str, Any], Any], Family]] = {
    "qwen2": partial(qwen, "qwen2"),
    "qwen3": partial(qwen, "qwen3"),
    "llama": llama,
    "gemma": gemma1,
    "gemma2": gemma2,
    "gemma3_text": gemma3,
}
