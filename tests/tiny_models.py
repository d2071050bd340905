"""Tiny random models of every family, saved as folders with a tokenizer trained on a few sentences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

CORPUS = [
    "The cat sat on the mat because it was tired.",
    "Le chat noir s'est assis sur la table, près de l'élève.",
    "Attention is all you need, or so they say: 1, 2, 3.",
    "Two springs: a spring of water and a spring of steel.",
] * 3
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
NARROW = {"vocab_size": 160, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3}
BART = {
    "vocab_size": 160,
    "d_model": 32,
    "encoder_layers": 2,
    "decoder_layers": 3,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 48,
    "decoder_ffn_dim": 48,
    "max_position_embeddings": 128,
}
T5 = {
    "vocab_size": 160,
    "d_model": 32,
    "d_kv": 8,
    "d_ff": 48,
    "num_heads": 4,
    "num_layers": 2,
    "num_decoder_layers": 3,
    "feed_forward_proj": "gated-gelu",
}
HEADS = {"num_attention_heads": 4, "max_position_embeddings": 128}
GROUPED = {**HEADS, "num_key_value_heads": 2, "head_dim": 8}

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

OTHER_RECIPES: dict[str, tuple[str, dict[str, Any]]] = {
    "opt": (
        "OPTForCausalLM",
        {
            "vocab_size": 160,
            "hidden_size": 32,
            "ffn_dim": 48,
            "num_hidden_layers": 3,
            "num_attention_heads": 4,
            "max_position_embeddings": 128,
            "word_embed_proj_dim": 32,
        },
    ),
    "phi": ("PhiForCausalLM", {**NARROW, **HEADS}),
    "phi3": ("Phi3ForCausalLM", {**NARROW, **HEADS, "num_key_value_heads": 2}),
    "qwen2": ("Qwen2ForCausalLM", {**NARROW, **HEADS, "num_key_value_heads": 2}),
    "mistral": ("MistralForCausalLM", {**NARROW, **GROUPED, "sliding_window": 6}),
    "mixtral": ("MixtralForCausalLM", {**NARROW, **GROUPED, "num_local_experts": 2, "num_experts_per_tok": 1}),
    "falcon": (
        "FalconForCausalLM",
        {"vocab_size": 160, "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4},
    ),
    "falcon-alibi": (
        "FalconForCausalLM",
        {
            "vocab_size": 160,
            "hidden_size": 32,
            "num_hidden_layers": 3,
            "num_attention_heads": 4,
            "alibi": True,
            "new_decoder_architecture": False,
            "multi_query": False,
        },
    ),
    "mpt": ("MptForCausalLM", {"vocab_size": 160, "d_model": 32, "n_layers": 3, "n_heads": 4, "max_seq_len": 128}),
    "gpt-bigcode": (
        "GPTBigCodeForCausalLM",
        {"vocab_size": 160, "n_embd": 32, "n_layer": 3, "n_head": 4, "n_positions": 128},
    ),
    "gptj": (
        "GPTJForCausalLM",
        {"vocab_size": 160, "n_embd": 32, "n_layer": 3, "n_head": 4, "n_positions": 128, "rotary_dim": 4},
    ),
    "gpt-neo": (
        "GPTNeoForCausalLM",
        {
            "vocab_size": 160,
            "hidden_size": 32,
            "num_layers": 4,
            "num_heads": 4,
            "attention_types": [[["global", "local"], 2]],
            "window_size": 6,
            "max_position_embeddings": 128,
        },
    ),
    "mpnet": ("MPNetForMaskedLM", {**NARROW, **HEADS}),
    "deberta-v2": (
        "DebertaV2ForMaskedLM",
        {
            **NARROW,
            **HEADS,
            "relative_attention": True,
            "pos_att_type": ["c2p", "p2c"],
            "position_buckets": 16,
            "norm_rel_ebd": "layer_norm",
            "share_att_key": True,
        },
    ),
    "deberta": ("DebertaForMaskedLM", {**NARROW, **HEADS, "relative_attention": True, "pos_att_type": ["c2p", "p2c"]}),
    "electra": ("ElectraForMaskedLM", {**NARROW, **HEADS, "embedding_size": 16}),
    "xlm-roberta": ("XLMRobertaForMaskedLM", {**NARROW, **HEADS}),
    "longformer": ("LongformerForMaskedLM", {**NARROW, **HEADS, "attention_window": 8}),
    "big-bird": ("BigBirdForMaskedLM", {**NARROW, **HEADS, "attention_type": "original_full"}),
    "big-bird-sparse": (
        "BigBirdForMaskedLM",
        {**NARROW, **HEADS, "attention_type": "block_sparse", "block_size": 2, "num_random_blocks": 1},
    ),
    "roformer": ("RoFormerForMaskedLM", {**NARROW, **HEADS}),
    "funnel": (
        "FunnelForMaskedLM",
        {
            "vocab_size": 160,
            "block_sizes": [1, 1],
            "num_decoder_layers": 1,
            "d_model": 32,
            "n_head": 4,
            "d_head": 8,
            "d_inner": 48,
        },
    ),
    "fnet": ("FNetForMaskedLM", {**NARROW}),
    "nomic-bert": ("NomicBertForMaskedLM", {**NARROW, **HEADS}),
    "mt5": ("MT5ForConditionalGeneration", T5),
    "umt5": ("UMT5ForConditionalGeneration", T5),
    "longt5": ("LongT5ForConditionalGeneration", {**T5, "local_radius": 4}),
    "pegasus": ("PegasusForConditionalGeneration", BART),
    "m2m-100": ("M2M100ForConditionalGeneration", BART),
    "mbart": ("MBartForConditionalGeneration", BART),
    "blenderbot": ("BlenderbotForConditionalGeneration", BART),
    "led": (
        "LEDForConditionalGeneration",
        {**BART, "attention_window": 8, "max_encoder_position_embeddings": 128, "max_decoder_position_embeddings": 128},
    ),
    "prophetnet": (
        "ProphetNetForConditionalGeneration",
        {
            "vocab_size": 160,
            "hidden_size": 32,
            "encoder_ffn_dim": 48,
            "num_encoder_layers": 2,
            "num_encoder_attention_heads": 4,
            "decoder_ffn_dim": 48,
            "num_decoder_layers": 2,
            "num_decoder_attention_heads": 4,
            "max_position_embeddings": 128,
        },
    ),
    "bigbird-pegasus": ("BigBirdPegasusForConditionalGeneration", {**BART, "attention_type": "original_full"}),
    "fsmt": (
        "FSMTForConditionalGeneration",
        {
            "src_vocab_size": 160,
            "tgt_vocab_size": 160,
            "langs": ["en", "fr"],
            **{k: v for k, v in BART.items() if k != "vocab_size"},
        },
    ),
    "t5gemma": (
        "T5GemmaForConditionalGeneration",
        {
            "vocab_size": 160,
            "encoder": {**NARROW, **GROUPED, "sliding_window": 6},
            "decoder": {**NARROW, **GROUPED, "sliding_window": 6},
        },
    ),
    "jamba": (
        "JambaForCausalLM",
        {
            **NARROW,
            **{k: v for k, v in GROUPED.items() if k != "head_dim"},
            "num_hidden_layers": 4,
            "attn_layer_period": 2,
            "attn_layer_offset": 1,
            "num_experts": 2,
            "expert_layer_period": 2,
            "expert_layer_offset": 1,
            "num_experts_per_tok": 1,
            "use_mamba_kernels": False,
            "mamba_d_state": 4,
            "mamba_dt_rank": 4,
        },
    ),
    "lfm2": (
        "Lfm2ForCausalLM",
        {
            **NARROW,
            **HEADS,
            "num_key_value_heads": 2,
            "num_hidden_layers": 4,
            "layer_types": ["conv", "full_attention", "conv", "full_attention"],
        },
    ),
    "qwen3-next": (
        "Qwen3NextForCausalLM",
        {
            **NARROW,
            **GROUPED,
            "num_hidden_layers": 4,
            "num_experts": 2,
            "num_experts_per_tok": 1,
            "moe_intermediate_size": 16,
            "shared_expert_intermediate_size": 16,
            "linear_num_value_heads": 2,
            "linear_num_key_heads": 2,
            "linear_key_head_dim": 8,
            "linear_value_head_dim": 8,
            "layer_types": ["linear_attention", "full_attention"] * 2,
        },
    ),
    "recurrent-gemma": (
        "RecurrentGemmaForCausalLM",
        {**NARROW, "num_attention_heads": 4, "num_key_value_heads": 1, "lru_width": 32, "attention_window_size": 6},
    ),
    "zamba2": (
        "Zamba2ForCausalLM",
        {
            **NARROW,
            "num_hidden_layers": 4,
            "num_attention_heads": 4,
            "layers_block_type": ["mamba", "hybrid", "mamba", "hybrid"],
            "mamba_d_state": 4,
            "n_mamba_heads": 2,
            "mamba_headdim": 32,
            "use_mamba_kernels": False,
        },
    ),
    "deepseek-v3": (
        "DeepseekV3ForCausalLM",
        {
            **NARROW,
            **HEADS,
            "num_key_value_heads": 4,
            "q_lora_rank": 16,
            "kv_lora_rank": 16,
            "qk_rope_head_dim": 4,
            "qk_nope_head_dim": 8,
            "v_head_dim": 8,
            "n_routed_experts": 4,
            "n_group": 1,
            "topk_group": 1,
            "num_experts_per_tok": 2,
            "moe_intermediate_size": 16,
            "first_k_dense_replace": 1,
        },
    ),
    "cohere": ("CohereForCausalLM", {**NARROW, **HEADS, "num_key_value_heads": 2}),
    "cohere2": (
        "Cohere2ForCausalLM",
        {
            **NARROW,
            **HEADS,
            "num_key_value_heads": 2,
            "sliding_window": 6,
            "layer_types": ["sliding_attention", "full_attention", "sliding_attention"],
        },
    ),
    "granite": ("GraniteForCausalLM", {**NARROW, **HEADS, "num_key_value_heads": 2, "attention_multiplier": 0.3}),
    "olmo2": ("Olmo2ForCausalLM", {**NARROW, **HEADS, "num_key_value_heads": 2}),
    "stablelm": ("StableLmForCausalLM", {**NARROW, **HEADS, "num_key_value_heads": 2}),
    "starcoder2": ("Starcoder2ForCausalLM", {**NARROW, **HEADS, "num_key_value_heads": 2, "sliding_window": 6}),
    "ctrl": (
        "CTRLLMHeadModel",
        {"vocab_size": 160, "n_embd": 32, "n_layer": 3, "n_head": 4, "dff": 48, "n_positions": 128},
    ),
    "xglm": (
        "XGLMForCausalLM",
        {
            "vocab_size": 160,
            "d_model": 32,
            "ffn_dim": 48,
            "num_layers": 3,
            "attention_heads": 4,
            "max_position_embeddings": 128,
        },
    ),
    "codegen": (
        "CodeGenForCausalLM",
        {"vocab_size": 160, "n_embd": 32, "n_layer": 3, "n_head": 4, "n_positions": 128, "rotary_dim": 4},
    ),
    "openai-gpt": (
        "OpenAIGPTLMHeadModel",
        {"vocab_size": 160, "n_embd": 32, "n_layer": 3, "n_head": 4, "n_positions": 128},
    ),
    "llama4": (
        "Llama4ForCausalLM",
        {
            **NARROW,
            **GROUPED,
            "num_local_experts": 2,
            "intermediate_size_mlp": 48,
            "attention_chunk_size": 6,
            "num_hidden_layers": 4,
        },
    ),
    "rwkv": (
        "RwkvForCausalLM",
        {"vocab_size": 160, "hidden_size": 32, "num_hidden_layers": 2, "attention_hidden_size": 32},
    ),
    "diffllama": ("DiffLlamaForCausalLM", {**NARROW, **GROUPED}),
    "xlm": ("XLMWithLMHeadModel", {"vocab_size": 160, "emb_dim": 32, "n_layers": 3, "n_heads": 4}),
    "reformer": (
        "ReformerModelWithLMHead",
        {
            "vocab_size": 160,
            "hidden_size": 32,
            "attention_head_size": 8,
            "num_attention_heads": 4,
            "feed_forward_size": 48,
            "axial_pos_embds_dim": [16, 16],
            "axial_pos_shape": [8, 16],
            "attn_layers": ["local", "local"],
            "is_decoder": True,
            "local_attn_chunk_length": 8,
            "max_position_embeddings": 128,
        },
    ),
    "gemma3n": (
        "Gemma3nForCausalLM",
        {
            **NARROW,
            **GROUPED,
            "vocab_size_per_layer_input": 160,
            "hidden_size_per_layer_input": 8,
            "num_hidden_layers": 4,
            "num_kv_shared_layers": 2,
            "laurel_rank": 4,
            "altup_num_inputs": 2,
            "intermediate_size": 48,
            "activation_sparsity_pattern": None,
            "sliding_window": 6,
            "layer_types": ["sliding_attention", "full_attention"] * 2,
        },
    ),
    "doge": ("DogeForCausalLM", {**NARROW, **HEADS, "num_key_value_heads": 2, "keep_window_size": 6}),
    "bert-decoder": ("BertLMHeadModel", {**NARROW, **HEADS, "is_decoder": True}),
    "t5-encoder": ("T5EncoderModel", {k: v for k, v in T5.items() if k != "num_decoder_layers"}),
    "luke": ("LukeForMaskedLM", {**NARROW, **HEADS, "entity_vocab_size": 5, "entity_emb_size": 8}),
    "layoutlm": ("LayoutLMForMaskedLM", {**NARROW, **HEADS}),
    "canine": (
        "CanineModel",
        {**{k: v for k, v in NARROW.items() if k != "vocab_size"}, **HEADS, "local_transformer_stride": 8},
    ),
    "modernbert-decoder": (
        "ModernBertDecoderForCausalLM",
        {**NARROW, **HEADS, "local_attention": 6, "global_attn_every_n_layers": 2},
    ),
    "minimax": (
        "MiniMaxForCausalLM",
        {
            **NARROW,
            **GROUPED,
            "num_local_experts": 2,
            "num_experts_per_tok": 1,
            "layer_types": ["full_attention", "linear_attention", "full_attention"],
        },
    ),
    "falcon-h1": (
        "FalconH1ForCausalLM",
        {
            **NARROW,
            **GROUPED,
            "mamba_d_ssm": 32,
            "mamba_n_heads": 4,
            "mamba_d_head": 8,
            "mamba_d_state": 4,
            "mamba_n_groups": 1,
        },
    ),
    "bert2bert": (
        "EncoderDecoderModel",
        {
            "encoder": {"model_type": "bert", **NARROW, **HEADS},
            "decoder": {"model_type": "bert", **NARROW, **HEADS, "is_decoder": True, "add_cross_attention": True},
        },
    ),
}
"""Architectures that nobody prepared for: each is traced faithfully or refused."""
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
    ids = {"pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3}
    if name in ENCODER_DECODERS:
        ids |= {"decoder_start_token_id": 2 if name in {"bart", "bert2bert"} else 0, "forced_eos_token_id": None}
    config = model_class.config_class(**{**sizes, **ids})
    torch.manual_seed(0)
    model = model_class(config)
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            if parameter.ndim > 1:
                parameter.normal_(0, 0.12 if name in UNSCALED else 0.25)
            elif "sink" in key:
                parameter.normal_(0, 1)
    model.save_pretrained(folder)
    write_tokenizer(name, folder)


def write_tokenizer(name: str, folder: Path) -> None:
    """WordPiece for encoders, unigram for encoder-decoders, byte-level BPE for decoders."""
    if name in ENCODERS:
        tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        tokenizer.decoder = decoders.WordPiece()
        trainer: Any = trainers.WordPieceTrainer(vocab_size=160, special_tokens=SPECIAL)
    elif name in ENCODER_DECODERS:
        tokenizer = Tokenizer(models.Unigram())
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
        tokenizer.decoder = decoders.Metaspace()
        trainer = trainers.UnigramTrainer(vocab_size=140, special_tokens=SPECIAL, unk_token="[UNK]")
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
