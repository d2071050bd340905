"""What heads do, and what a model does without them: plain loops over the library's eager attention and logits."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from tests.reader.library import Library

Heads = Mapping[tuple[str, int], Sequence[int]]


def attentions(library: Library, done: Any) -> dict[str, list[np.ndarray]]:
    """By stack, the weights of each layer, (head query key)."""
    names: dict[str, str]
    if library.family == "encoder-decoder":
        names = {"encoder": "encoder_attentions", "decoder": "decoder_attentions", "cross": "cross_attentions"}
    else:
        names = {library.family: "attentions"}
    return {stack: [layer[0].numpy() for layer in getattr(done, name)] for stack, name in names.items()}


def is_punctuation(library: Library, token: int) -> bool:
    """True for punctuation and for tokens such as [SEP]."""
    if token in library.tokenizer.all_special_ids:
        return token not in {
            library.tokenizer.pad_token_id,
            library.tokenizer.mask_token_id,
            library.tokenizer.unk_token_id,
        }
    text = library.tokenizer.decode([token]).strip(" ")
    return bool(text) and all(letter == "\n" or unicodedata.category(letter).startswith("P") for letter in text)


Keys = dict[str, list[tuple[int, list[int], float]]]


def keys_of_roles(library: Library, ids: Sequence[int], *, causal: bool) -> Keys:
    """By role, each query that has such keys, these keys, and the share of all keys it sees that they are."""
    special = [number in library.tokenizer.all_special_ids for number in ids]
    separator = [place > 0 and is_punctuation(library, number) for place, number in enumerate(ids)]
    found: Keys = {}
    for role in (
        "previous token",
        "next token",
        "first token",
        "same token",
        "duplicate token",
        "induction",
        "separator",
    ):
        for query in range(len(ids)):
            seen = range(query + 1 if causal else len(ids))
            keys = [key for key in seen if _fits(role, ids, special, separator, query, key)]
            if keys and len(seen) > 1:
                found.setdefault(role, []).append((query, keys, len(keys) / len(seen)))
    return found


def _fits(
    role: str, ids: Sequence[int], special: Sequence[bool], separator: Sequence[bool], query: int, key: int
) -> bool:
    if role == "previous token":
        return key == query - 1
    if role == "next token":
        return key == query + 1
    if role == "same token":
        return key == query
    if key == query:
        return False
    if role == "first token":
        return key == 0
    if role == "duplicate token":
        return ids[key] == ids[query] and not special[key]
    if role == "induction":
        follows = key > 0 and ids[key - 1] == ids[query] and not special[key - 1]
        return follows and not special[key] and key != query + 1
    return separator[key]


def role_scores(weights: np.ndarray, keys_by_role: Keys) -> dict[str, tuple[np.ndarray, int, float]]:
    """By role, each head's mean weight, over how many queries, and what attention spread evenly has there."""
    return {
        role: (
            np.mean([weights[:, query, keys].sum(axis=1) for query, keys, _ in queries], axis=0),
            len(queries),
            float(np.mean([even for _, _, even in queries])),
        )
        for role, queries in keys_by_role.items()
    }


def named_role(scores: Mapping[str, tuple[float, int, float]], fewest: int, clear: float, times: float) -> set[str]:
    """The roles that a head may be said to have, several if they are within a thousandth; never the broad one."""
    enough = {role: (score, random) for role, (score, count, random) in scores.items() if count >= fewest}
    fine = {role: score for role, (score, random) in enough.items() if score >= max(clear, times * random)}
    working = {role: score for role, score in fine.items() if role not in ("first token", "separator")} or fine
    return {role for role, score in working.items() if score > max(working.values()) - 1e-3}


def near_a_bound(scores: Mapping[str, tuple[float, int, float]], clear: float, times: float) -> bool:
    """True if a role is within a thousandth of being said or not."""
    return any(abs(score - max(clear, times * random)) < 1e-3 for score, _, random in scores.values())


def random_copy(library: Library, seed: int) -> Library:
    """A model of the same shape as the library makes it before any training."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        made = type(library.model)(library.model.config)
    return Library(made.eval(), library.tokenizer)


def _projection(library: Library, stack: str, layer: int) -> tuple[Any, int]:
    """The module that a layer's heads go into side by side, and how many heads there are."""
    model, config = library.model, library.model.config
    kind = config.model_type
    if kind == "t5":
        block = (model.encoder if stack == "encoder" else model.decoder).block[layer].layer
        return (block[1].EncDecAttention.o if stack == "cross" else block[0].SelfAttention.o), config.num_heads
    if kind == "bart":
        side = (model.model.encoder if stack == "encoder" else model.model.decoder).layers[layer]
        heads = config.encoder_attention_heads if stack == "encoder" else config.decoder_attention_heads
        return (side.encoder_attn if stack == "cross" else side.self_attn).out_proj, heads
    if kind == "gpt2":
        return model.transformer.h[layer].attn.c_proj, config.n_head
    if kind == "llama":
        return model.model.layers[layer].self_attn.o_proj, config.num_attention_heads
    assert kind == "bert", kind
    return getattr(model, "bert", model).encoder.layer[layer].attention.output.dense, config.num_attention_heads


@contextmanager
def switched_off(library: Library, heads: Heads) -> Iterator[None]:
    """Nothing comes out of some heads within this block."""
    hooks = []
    for (stack, layer), some in heads.items():
        module, count = _projection(library, stack, layer)

        def silence(_: Any, inputs: Any, some: Sequence[int] = some, count: int = count) -> Any:
            values = inputs[0].clone()
            width = values.shape[-1] // count
            for head in some:
                values[..., head * width : (head + 1) * width] = 0
            return (values, *inputs[1:])

        hooks.append(module.register_forward_pre_hook(silence))
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def logits(library: Library, ids: Sequence[int], heads: Heads, target: Sequence[int] | None = None) -> np.ndarray:
    """Logits of every row, (row vocabulary), without some heads."""
    inputs = {"input_ids": torch.tensor([list(ids)])}
    if target is not None:
        inputs["decoder_input_ids"] = torch.tensor([list(target)])
    with torch.inference_mode(), switched_off(library, heads):
        return np.asarray(library.model(**inputs).logits[0].double())


def shares(row: np.ndarray) -> np.ndarray:
    """Probabilities of a row of logits."""
    raised = np.exp(row - row.max(axis=-1, keepdims=True))
    return raised / raised.sum(axis=-1, keepdims=True)


def divergence(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Kullback-Leibler divergence of the second from the first in bits, row by row."""
    return (before * (np.log2(np.maximum(before, 1e-300)) - np.log2(np.maximum(after, 1e-300)))).sum(axis=-1)


def written(library: Library, ids: Sequence[int], heads: Heads, limit: int) -> str:
    """What an encoder-decoder writes greedily without some heads."""
    with torch.inference_mode(), switched_off(library, heads):
        tokens = library.model.generate(
            input_ids=torch.tensor([list(ids)]), max_new_tokens=limit, do_sample=False, num_beams=1, use_cache=False
        )
    return library.tokenizer.decode(tokens[0], skip_special_tokens=True).strip()


def last_word(library: Library, ids: Sequence[int]) -> int:
    """Where the last token stands that is part of a word."""
    words = [
        place
        for place, number in enumerate(ids)
        if number not in library.tokenizer.all_special_ids
        and any(letter.isalnum() for letter in library.tokenizer.decode([number]))
    ]
    return words[-1]


def copied_right(library: Library, sequence: Sequence[int], repeated: Sequence[int], heads: Heads) -> float:
    """Share of the repeated tokens of a sequence that are the likeliest after what stands before them."""
    rows = logits(library, sequence, heads)
    return float(np.mean([int(rows[place - 1].argmax()) == sequence[place] for place in repeated]))


def changes(library: Library, text: str, target: Sequence[int] | None, heads: Heads) -> dict[str, list[np.ndarray]]:
    """By stack and layer, how much each weight changes without some heads, (head query key)."""
    inputs = dict(library.tokenizer(text, return_tensors="pt"))
    if target is not None:
        inputs["decoder_input_ids"] = torch.tensor([list(target)])
    both = []
    for off in ({}, heads):
        with torch.inference_mode(), switched_off(library, off):
            both.append(attentions(library, library.model(**inputs, output_attentions=True)))
    return {
        stack: [after - before for before, after in zip(layers, both[1][stack], strict=True)]
        for stack, layers in both[0].items()
    }
