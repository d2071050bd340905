"""Sizes a second time: figures as the files tell them, the library's own models, sums written out layer by layer."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import torch
import transformers
from torch.utils.flop_counter import FlopCounterMode

DATA = Path(__file__).parents[2] / "llm_core" / "scale" / "data"


def figures() -> dict[str, dict[str, Any]]:
    """What the files tell of each model, by its name: numbers as numbers, words as words."""
    told: dict[str, dict[str, Any]] = {}
    for file in ("models.toml", "open_models.toml"):
        for model in tomllib.loads((DATA / file).read_text(encoding="utf-8"))["models"]:
            told[model["name"]] = {
                name: value["value"] if isinstance(value, dict) else value for name, value in model.items()
            }
    return told


def card_bytes() -> int:
    """What the named card holds."""
    return tomllib.loads((DATA / "card.toml").read_text(encoding="utf-8"))["memory"]["value"]


def cached_bytes(told: dict[str, Any], tokens: int, bits: int) -> float | None:
    """Bytes that a writing model keeps of a text, added up layer by layer and token by token; None if not told."""
    if told.get("family") == "encoder":
        return 0
    if "heads" not in told or "layers" not in told:
        return None
    numbers = 0
    for layer in range(told.get("decoder_layers", told["layers"])):
        kept = min(tokens, told["window"]) if layer < told.get("windowed_layers", 0) else tokens
        if told["family"] == "encoder-decoder":
            kept += tokens  # cross-attention keeps the source, here as long
        numbers += kept * one_token(told)
    return numbers * bits / 8


def one_token(told: dict[str, Any]) -> int:
    """Numbers that one layer keeps of one token."""
    if "latent_key_value" in told:
        return told["latent_key_value"] + told["rotary"]
    key = told.get("d_head", told["d_model"] // told["heads"])
    return told.get("key_value_heads", told["heads"]) * (key + told.get("d_value", key))


def operations(told: dict[str, Any], matrix_numbers: int, tokens: int) -> float:
    """Additions and multiplications a token, the keys that each query meets counted one query after the other."""
    key = told.get("d_head", told["d_model"] // told["heads"])
    a_pair = told["heads"] * 2 * (key + told.get("d_value", key))
    total = 2.0 * matrix_numbers * tokens
    for layer in range(told["layers"]):
        if told["family"] != "decoder":
            total += a_pair * tokens * tokens
            continue
        window = told["window"] if layer < told.get("windowed_layers", 0) else tokens
        total += a_pair * sum(min(place, window) for place in range(1, tokens + 1))
    if told["family"] != "encoder-decoder":
        return total / tokens
    for _ in range(told["decoder_layers"]):
        total += a_pair * (tokens * tokens + sum(range(1, tokens + 1)))
    return total / (2 * tokens)


def built(told: dict[str, Any]) -> tuple[int, int]:
    """Parameters, and matrix numbers that one token meets, of the library's own model of a published shape.

    Built without memory, with a few layers; every further layer, or pair of layers, adds the same.
    """
    experts = told.get("expert_layers")
    dense = 0 if experts is None else told["layers"] - experts
    step = 2 if experts is not None and dense == experts else 1  # every second layer has experts
    first = step * 2 if step == 2 else dense + 1
    counts = [_counted(told, first + more, step) for more in (0, step)]
    further = (told["layers"] - first) // step
    return tuple(low + further * (high - low) for low, high in zip(*counts, strict=True))  # type: ignore[return-value]


def _counted(told: dict[str, Any], layers: int, step: int) -> tuple[int, int]:
    kind, sizes = _recipe(told, layers, step)
    model_class = getattr(transformers, kind)
    with torch.device("meta"):
        model = model_class(model_class.config_class(**sizes))
    total = sum(parameter.numel() for parameter in model.parameters())
    used = 0.0
    for name, parameter in model.named_parameters():
        if parameter.ndim < 2 or name.endswith("bias") or "embed" in name or "wte" in name or "wpe" in name:
            continue
        if "lm_head" in name:
            continue
        share = told["experts_used"] / told["experts"] if ".experts." in name else 1
        used += parameter.numel() * share
    return total, round(used)


def _recipe(told: dict[str, Any], layers: int, step: int) -> tuple[str, dict[str, Any]]:
    """The library's class for a model, and its sizes in the library's words."""
    name = told["name"]
    usual = {
        "vocab_size": told["vocabulary"],
        "hidden_size": told["d_model"],
        "intermediate_size": told.get("d_feed_forward", told.get("d_expert")),
        "num_hidden_layers": layers,
        "num_attention_heads": told["heads"],
        "num_key_value_heads": told.get("key_value_heads", told["heads"]),
        "head_dim": told.get("d_head", told["d_model"] // told["heads"]),
        "tie_word_embeddings": told["tied"],
        "pad_token_id": None,
        "bos_token_id": None,
        "eos_token_id": None,
    }
    experts = {
        "num_local_experts": told.get("experts"),
        "num_experts": told.get("experts"),
        "n_routed_experts": told.get("experts"),
        "num_experts_per_tok": told.get("experts_used"),
        "n_shared_experts": told.get("experts_shared"),
        "moe_intermediate_size": told.get("d_expert"),
        "first_k_dense_replace": told["layers"] - told.get("expert_layers", told["layers"]),
    }
    if "latent_key_value" in told:
        usual.pop("head_dim")
        latent = {
            "kv_lora_rank": told["latent_key_value"],
            "q_lora_rank": told["latent_query"],
            "qk_rope_head_dim": told["rotary"],
            "qk_nope_head_dim": told["d_head"] - told["rotary"],
            "v_head_dim": told["d_value"],
            "n_group": 1,
            "topk_group": 1,
        }
        return "DeepseekV3ForCausalLM", {**usual, **experts, **latent}
    if name == "StarCoder":
        return "GPTBigCodeForCausalLM", {
            "vocab_size": told["vocabulary"],
            "n_embd": told["d_model"],
            "n_inner": told["d_feed_forward"],
            "n_layer": layers,
            "n_head": told["heads"],
            "n_positions": told["context"],
            "multi_query": True,
        }
    if name == "Falcon 7B":
        usual.pop("head_dim")
        return "FalconForCausalLM", {**usual, "multi_query": True, "parallel_attn": True, "bias": False}
    if name.startswith("Llama 4"):
        every = {"interleave_moe_layer_step": step, "intermediate_size_mlp": told.get("d_feed_forward", 1)}
        return "Llama4ForCausalLM", {
            **usual,
            **experts,
            **every,
            "intermediate_size": told["d_expert"],
            "attention_chunk_size": told["window"],
        }
    kinds = (
        ("Mixtral", "MixtralForCausalLM"),
        ("Mistral", "MistralForCausalLM"),
        ("Gemma 2", "Gemma2ForCausalLM"),
        ("Gemma 3", "Gemma3ForCausalLM"),
        ("Qwen2.5", "Qwen2ForCausalLM"),
        ("Qwen3 235B", "Qwen3MoeForCausalLM"),
        ("Qwen3", "Qwen3ForCausalLM"),
        ("GLM-4.5", "Glm4MoeForCausalLM"),
        ("gpt-oss", "GptOssForCausalLM"),
        ("MiniMax", "MiniMaxM2ForCausalLM"),
        ("Olmo 3", "Olmo3ForCausalLM"),
    )
    kind = next((kind for start, kind in kinds if name.startswith(start)), "LlamaForCausalLM")
    if kind == "MixtralForCausalLM" or kind == "MiniMaxM2ForCausalLM" or kind == "GptOssForCausalLM":
        usual["intermediate_size"] = told["d_expert"]
    if kind == "Qwen2ForCausalLM":
        usual.pop("head_dim")
    return kind, {**usual, **(experts if "experts" in told else {})}


def kept_numbers(library: Any, tokens: int) -> int:
    """How many numbers the library's own cache holds after a text of ``tokens`` tokens."""
    ids = torch.arange(3, 3 + tokens)[None]
    given: dict[str, Any] = {"input_ids": ids}
    if library.family == "encoder-decoder":
        given["decoder_input_ids"] = ids
    with torch.inference_mode():
        cache = library.model(**given, use_cache=True).past_key_values
    halves = [getattr(cache, name, None) for name in ("self_attention_cache", "cross_attention_cache")]
    layers = [layer for half in halves if half is not None for layer in half.layers] or cache.layers
    return sum(layer.keys.numel() + layer.values.numel() for layer in layers)


def multiplications(library: Any, tokens: int) -> int:
    """Operations of all products of matrices in the library's body for a text, as PyTorch counts them while it runs."""
    ids = torch.arange(3, 3 + tokens)[None]
    given: dict[str, Any] = {"input_ids": ids}
    if library.family == "encoder-decoder":
        given["decoder_input_ids"] = ids
    counter = FlopCounterMode(display=False)
    with torch.inference_mode(), counter:
        library.model.base_model(**given, use_cache=False)
    head = library.model.get_output_embeddings()
    # Some classes are their own body, and so give scores as well.
    scores = 2 * tokens * head.weight.numel() if library.model.base_model is library.model and head is not None else 0
    return counter.get_total_flops() - scores


_UNITS = {"": 1, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15}


def amounts(sentence: str) -> list[float]:
    """The bytes that a sentence names, in order."""
    found = re.findall(r"([\d,.]*\d) ([kMGTP]?)B\b", sentence)
    return [float(number.replace(",", "")) * _UNITS[unit] for number, unit in found]
