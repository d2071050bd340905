"""The right answers of lessons' questions, computed with the library and numpy alone.

A question says where it looks (a token's position, a layer, a head); what is right there is computed here from a pass
of its own. Nothing is imported from the project.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import nn

from tests.reader.library import Library

FINAL_NORMS = (
    *(
        "model.norm",
        "transformer.ln_f",
        "gpt_neox.final_layer_norm",
        "model.final_norm",
        "model.decoder.final_layer_norm",
    ),
    *("encoder.final_layer_norm", "transformer.norm_f"),
)
"""Where the library's classes keep the norm behind their last layer; that of an encoder-decoder is its encoder's."""

DOWN = (
    r"(mlp\.down_proj|DenseReluDense\.wo|mlp\.c_proj|mlp\.dense_4h_to_h|mlp\.Wo|(?<!attention\.)output\.dense|\.fc2)$"
)
"""Names of a feed-forward network's second matrix."""

VALUES = r"(self\.value|v_proj|SelfAttention\.v)$"
"""Names of the matrix that makes values, where it is one of its own."""

MOST_WRITTEN = 24
"""Tokens that an encoder-decoder writes at most."""

POSITIONS = {
    **dict.fromkeys(("bert", "gpt2", "opt", "bart", "distilbert", "roberta", "albert"), "learned"),
    **dict.fromkeys(("llama", "gpt_neox", "modernbert", "qwen3", "gemma2"), "rotary"),
    **dict.fromkeys(("t5", "bloom"), "relative"),
    "marian": "fixed",
}
"""How each type of model tells positions apart, as their papers say."""


@dataclass(frozen=True)
class Reading:
    """One text in one model, as the library alone reads it.

    Attributes:
        library: The model.
        text: The text.
    """

    library: Library
    text: str

    @cached_property
    def ids(self) -> list[int]:
        return list(self.library.tokenizer(self.text).input_ids)

    @cached_property
    def target(self) -> list[int]:
        """What the decoder of an encoder-decoder reads: its start token and what it writes greedily, no end token."""
        model = self.library.model
        with torch.inference_mode():
            # Without a cache, which the library makes too small for a decoder of more layers than its encoder.
            settings = {"max_new_tokens": MOST_WRITTEN, "do_sample": False, "num_beams": 1, "use_cache": False}
            written = model.generate(torch.tensor([self.ids]), **settings)[0].tolist()
        ends = model.generation_config.eos_token_id
        ends = ends if isinstance(ends, list) else [ends]
        while len(written) > 1 and written[-1] in ends:
            written.pop()
        return written

    def run(self, ids: list[int] | None = None) -> Any:
        """One pass over the text, or over other tokens."""
        inputs: dict[str, Any] = {"input_ids": torch.tensor([self.ids if ids is None else ids])}
        if self.two:
            inputs["decoder_input_ids"] = torch.tensor([self.target])
        with torch.inference_mode():
            return self.library.model(**inputs, output_attentions=True, output_hidden_states=True, use_cache=False)

    @cached_property
    def two(self) -> bool:
        return self.library.family == "encoder-decoder"

    @cached_property
    def seen(self) -> tuple[Any, dict[str, torch.Tensor], dict[str, torch.Tensor]]:
        """A pass, what went into every module that matters, and what came out of it."""
        given: dict[str, torch.Tensor] = {}
        gave: dict[str, torch.Tensor] = {}
        handles = []
        for name, module in self.library.model.named_modules():
            if name in FINAL_NORMS or re.search(DOWN, name) or re.search(VALUES, name):

                def keep(_: Any, came: Any, went: Any, name: str = name) -> None:
                    given[name], gave[name] = came[0].clone(), went.clone()

                handles.append(module.register_forward_hook(keep))
        try:
            return self.run(), given, gave
        finally:
            for handle in handles:
                handle.remove()

    def attention(self, stack: str) -> list[np.ndarray]:
        """By layer, (head query key)."""
        done = self.seen[0]
        kept = {"encoder": "encoder_attentions", "decoder": "decoder_attentions", "cross": "cross_attentions"}
        return [layer[0].numpy().astype(np.float64) for layer in done[kept[stack] if self.two else "attentions"]]

    @cached_property
    def stream(self) -> np.ndarray:
        """The states of the stack that reads; the last one is what went into the final norm, if there is one."""
        done, given, _ = self.seen
        states = [state[0].numpy() for state in done["encoder_hidden_states" if self.two else "hidden_states"]]
        norms = [given[name] for name in FINAL_NORMS if name in given and given[name].shape[1] == len(self.ids)]
        if norms and self.library.model.config.model_type != "bert":
            states[-1] = norms[0][0].numpy()
        return np.stack(states).astype(np.float64)

    @cached_property
    def logits(self) -> np.ndarray:
        return self.seen[0].logits[0].numpy().astype(np.float64)

    # What tokens are, and where.

    def special(self) -> list[bool]:
        return [number in self.library.tokenizer.all_special_ids for number in self.ids]

    # Vectors.

    def cosines(self, position: int) -> np.ndarray:
        unit = self.stream[0] / np.linalg.norm(self.stream[0], axis=1, keepdims=True)
        return np.asarray(unit @ unit[position])

    def turns(self, position: int) -> np.ndarray:
        line = self.stream[:, position]
        unit = line / np.linalg.norm(line, axis=1, keepdims=True)
        return np.asarray(1 - (unit[1:] * unit[:-1]).sum(axis=1))

    def growth(self, position: int) -> tuple[float, float]:
        first, last = (float(np.linalg.norm(self.stream[row, position])) for row in (0, -1))
        return first, last

    # Heads.

    def scores(self, stack: str, layer: int, head: int, query: int) -> np.ndarray:
        """Scores up to what all keys share: logarithms of the weights, less the bias of distance; -inf where closed."""
        with np.errstate(divide="ignore"):
            told = np.log(self.attention(stack)[layer][head, query])
        return told - self.bias(stack, head)[query]

    def bias(self, stack: str, head: int) -> np.ndarray:
        """What distance adds to a score, (query key)."""
        config, count = self.library.model.config, len(self.target if self.two and stack == "decoder" else self.ids)
        if config.model_type == "t5":
            first = getattr(self.library.model, stack).block[0].layer[0].SelfAttention
            with torch.inference_mode():
                return first.compute_bias(count, count)[0, head].numpy().astype(np.float64)
        if config.model_type == "bloom":
            return -(2.0 ** (-8 * (head + 1) / config.n_head)) * (np.arange(count)[:, None] - np.arange(count))
        return np.zeros((count, count))

    def arrivals(self, stack: str, layer: int, head: int, query: int) -> np.ndarray | None:
        """Weight times length of the value, by key; None where values are made together with other things."""
        weights = self.attention(stack)[layer]
        names = [name for name in self.seen[2] if re.search(VALUES, name) and (not self.two or name.startswith(stack))]
        if len(names) != len(self.attention(stack)):
            return None
        config = self.library.model.config
        heads = getattr(config, "num_key_value_heads", None) or len(weights)
        values = self.seen[2][names[layer]][0].numpy().reshape(weights.shape[2], heads, -1).astype(np.float64)
        return np.asarray(weights[head, query] * np.linalg.norm(values[:, head * heads // len(weights)], axis=1))

    def previous_token(self, stack: str) -> np.ndarray:
        """Mean attention to the token before, (layer head)."""
        return np.array([[np.diagonal(head, -1).mean() for head in layer] for layer in self.attention(stack)])

    def tokens_at_once(self, stack: str) -> np.ndarray:
        """Two to the mean entropy of the queries that have more than one key to look at, (layer head)."""
        weights = np.array(self.attention(stack))
        with np.errstate(divide="ignore", invalid="ignore"):
            bits = np.where(weights > 0, -weights * np.log2(weights), 0).sum(axis=3)
        choice = (weights > 0).sum(axis=3) > 1
        return np.asarray(2 ** (np.where(choice, bits, 0).sum(axis=2) / choice.sum(axis=2)))

    def share_ahead(self, stack: str) -> float:
        return float(np.mean([np.triu(layer, 1).sum(axis=2).mean() for layer in self.attention(stack)]))

    # What comes out.

    def guesses(self, context: list[int], position: int, kind: str) -> np.ndarray:
        """Probabilities of all tokens for a hidden word or a next token, from a pass of its own."""
        done = self.run(context) if kind == "mask" else self.seen[0]
        scores = done.logits[0, position].numpy().astype(np.float64)
        weights = np.exp(scores - scores.max())
        return np.asarray(weights / weights.sum())

    def strongest_neuron(self, position: int) -> tuple[int, np.ndarray] | None:
        """Of the last layer that writes: the neuron that adds most at a token, and what it does to all logits there.

        The model runs again with that neuron switched off at that token: nothing but the output comes after it.
        """
        model = self.library.model
        names = [name for name in self.seen[1] if re.search(DOWN, name) and (not self.two or "decoder." in name)]
        if not names:
            return None
        module = model.get_submodule(names[-1])
        matrix = module.weight.T if isinstance(module, nn.Linear) else module.weight
        lengths = matrix.detach().norm(dim=1)
        woken = self.seen[1][names[-1]][0, position]
        neuron = int((woken.abs() * lengths).argmax())

        def without(_: Any, came: Any) -> Any:
            changed = came[0].clone()
            changed[0, position, neuron] = 0
            return (changed,)

        handle = module.register_forward_pre_hook(without)
        try:
            less = self.run().logits[0, position].numpy().astype(np.float64)
        finally:
            handle.remove()
        return neuron, self.logits[position] - less
