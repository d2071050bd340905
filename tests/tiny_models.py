"""Tiny random models of every family, saved as folders with a tokenizer made of a few sentences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from tests.other_recipes import OTHER_RECIPES
from tests.tiny_sizes import BART, GROUPED, HEADS, NARROW, T5
from tests.tiny_vocabulary import SPECIAL, unigrams, wordpieces

CORPUS = [
    "The cat sat on the mat because it was tired.",
    "Le chat noir s'est assis sur la table, près de l'élève.",
    "Attention is all you need, or so they say: 1, 2, 3.",
    "Two springs: a spring of water and a spring of steel.",
] * 3

RECIPES: dict[str, tuple[str, dict[str, Any]]] = {
    "bert": ("BertForMaskedLM", {**NARROW, **HEADS}),
    "bert-headless": ("BertModel", {**NARROW, **HEADS}),
    "roberta": ("RobertaForMaskedLM", {**NARROW, **HEADS}),
    "albert": ("AlbertForMaskedLM", {**NARROW, **HEADS, "embedding_size": 16}),
    "distilbert": (
        "DistilBertForMaskedLM",
        {"vocab_size": 160, "dim": 32, "hidden_dim": 48, "n_layers": 3, "n_heads": 4, "max_position_embeddings": 128},
    ),
    "modernbert": (
        "ModernBertForMaskedLM",
        {**NARROW, **HEADS, "local_attention": 6, "global_attn_every_n_layers": 2},
    ),
    "gpt2": ("GPT2LMHeadModel", {"vocab_size": 160, "n_embd": 32, "n_layer": 3, "n_head": 4, "n_positions": 128}),
    "llama": ("LlamaForCausalLM", {**NARROW, **GROUPED}),
    "qwen3": ("Qwen3ForCausalLM", {**NARROW, **GROUPED}),
    "gemma2": ("Gemma2ForCausalLM", {**NARROW, **GROUPED, "sliding_window": 6, "attn_logit_softcapping": 2.0}),
    "gemma3": ("Gemma3ForCausalLM", {**NARROW, **GROUPED, "sliding_window": 6, "sliding_window_pattern": 2}),
    "gpt-oss": (
        "GptOssForCausalLM",
        {**NARROW, **GROUPED, "sliding_window": 6, "num_local_experts": 2, "num_experts_per_tok": 1},
    ),
    "gpt-neox": ("GPTNeoXForCausalLM", {**NARROW, **HEADS}),
    "t5": ("T5ForConditionalGeneration", T5),
    "bart": ("BartForConditionalGeneration", BART),
    "marian": ("MarianMTModel", BART),
    "bloom": ("BloomForCausalLM", {"vocab_size": 160, "hidden_size": 32, "n_layer": 3, "n_head": 4}),
    "xlnet": ("XLNetLMHeadModel", {"vocab_size": 160, "d_model": 32, "n_layer": 3, "n_head": 4, "d_inner": 48}),
    "mamba": ("MambaForCausalLM", {"vocab_size": 160, "hidden_size": 32, "num_hidden_layers": 2, "state_size": 4}),
}

ALL_RECIPES = RECIPES | OTHER_RECIPES
ENCODERS = {"bert", "bert-headless", "roberta", "albert", "distilbert", "modernbert"}
ENCODERS |= {name for name, (kind, _) in OTHER_RECIPES.items() if kind.endswith("MaskedLM")}
ENCODERS |= {"t5-encoder", "xlm", "canine"}
ENCODER_DECODERS = {"t5", "bart", "marian", "bert2bert"}
ENCODER_DECODERS |= {name for name, (kind, _) in OTHER_RECIPES.items() if kind.endswith("ConditionalGeneration")}
UNSCALED = {"t5", "mt5", "umt5", "longt5", "t5-encoder"}
"""Models that do not divide their scores by the square root of the width."""


def write_tiny_model(name: str, folder: Path) -> None:
    """Write a random model of the named recipe, with weights large enough that attention is not flat."""
    class_name, sizes = ALL_RECIPES[name]
    model_class = getattr(transformers, class_name)
    ids: dict[str, int | None] = {"pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3}
    if name in ENCODER_DECODERS:
        ids |= {"decoder_start_token_id": 2 if name in {"bart", "bert2bert"} else 0, "forced_eos_token_id": None}
    config = model_class.config_class(**{**sizes, **ids})
    torch.manual_seed(0)
    model = model_class(config)
    # torch draws other normal numbers from the same seed on another kind of processor; numpy does not.
    random = np.random.default_rng(0)
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            if parameter.ndim > 1 or "sink" in key:
                spread = 1.0 if parameter.ndim == 1 else 0.12 if name in UNSCALED else 0.25
                parameter.copy_(torch.from_numpy(random.normal(0, spread, tuple(parameter.shape))))
    model.save_pretrained(folder)
    write_tokenizer(name, folder)


def write_tokenizer(name: str, folder: Path) -> None:
    """WordPiece for encoders, unigram for encoder-decoders, byte-level BPE for decoders."""
    if name in ENCODERS:
        tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        tokenizer.decoder = decoders.WordPiece()
        tokenizer.model = models.WordPiece(wordpieces(_words(tokenizer), 160), unk_token="[UNK]")
    elif name in ENCODER_DECODERS:
        tokenizer = Tokenizer(models.Unigram())
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
        tokenizer.decoder = decoders.Metaspace()
        tokenizer.model = models.Unigram(unigrams(_words(tokenizer), 140), unk_id=SPECIAL.index("[UNK]"))
    else:
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        alphabet = sorted({letter for text in CORPUS for letter in text if letter.isascii()} - {" "})
        trainer = trainers.BpeTrainer(vocab_size=160, special_tokens=SPECIAL, initial_alphabet=alphabet)
        tokenizer.train_from_iterator(CORPUS, trainer)
    if name in ENCODERS:
        tokenizer.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
        )
    elif name in ENCODER_DECODERS:
        tokenizer.post_processor = processors.TemplateProcessing(single="$A [SEP]", special_tokens=[("[SEP]", 3)])
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        bos_token="[CLS]",
        eos_token="[SEP]",
    )
    fast.save_pretrained(folder)


def _words(tokenizer: Tokenizer) -> list[str]:
    """The corpus as the tokenizer's normalizer and pre-tokenizer cut it, before any vocabulary."""
    normalized = [tokenizer.normalizer.normalize_str(text) if tokenizer.normalizer else text for text in CORPUS]
    return [word for text in normalized for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(text)]
