"""Tokenizers that the library writes in Python, built from a few sentences, each with a small model that fits it."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sentencepiece
import transformers

from tests.tiny_models import CORPUS

WORDS = sorted({word.strip(".,:'").lower() for text in CORPUS for word in text.replace("'", " ").split()} - {""})
LETTERS = sorted({letter for text in CORPUS for letter in text if letter != " "} | set("abcdefghijklmnopqrstuvwxyz"))
MERGED = ("the", "cat", "sat", "mat", "and", "tired")
"""Words that the byte pair encodings below know whole."""


def pieces_model(folder: Path, name: str, **options: Any) -> list[str]:
    """Train a SentencePiece model on the corpus; returns its pieces in order."""
    corpus = folder / "corpus.txt"
    corpus.write_text("\n".join(CORPUS * 10), encoding="utf-8")
    given = {"vocab_size": 110, "hard_vocab_limit": False, "minloglevel": 3, "character_coverage": 1.0, **options}
    with contextlib.redirect_stderr(io.StringIO()):
        sentencepiece.SentencePieceTrainer.train(input=str(corpus), model_prefix=str(folder / "trained"), **given)
    (folder / "trained.model").rename(folder / name)
    for rest in (corpus, folder / "trained.vocab"):
        rest.unlink()
    model = sentencepiece.SentencePieceProcessor(str(folder / name))
    return [model.id_to_piece(number) for number in range(model.get_piece_size())]


def merges() -> list[tuple[str, str]]:
    """What to merge, letter by letter, so that some words become one token; the last letter bears its end."""
    found: list[tuple[str, str]] = []
    for word in MERGED:
        letters = [*word[:-1], f"{word[-1]}</w>"]
        whole = letters[0]
        for letter in letters[1:]:
            if (whole, letter) not in found:
                found.append((whole, letter))
            whole += letter
    return found


def _numbered(pieces: list[str]) -> dict[str, int]:
    return {piece: number for number, piece in enumerate(dict.fromkeys(pieces))}


def _write(path: Path, lines: list[str]) -> str:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def _json(path: Path, value: object) -> str:
    path.write_text(json.dumps(value), encoding="utf-8")
    return str(path)


def _at_signs(folder: Path, cls: str, special: list[str], **options: Any) -> Any:
    """A byte pair encoding that writes "@@" where a word goes on."""
    parts = [left + right for left, right in merges()]
    ends = [*(f"{letter}</w>" for letter in LETTERS), *(part for part in parts if part.endswith("</w>"))]
    whole = [piece.removesuffix("</w>") for piece in ends]
    going_on = [f"{piece}@@" for piece in [*LETTERS, *(part for part in parts if not part.endswith("</w>"))]]
    vocabulary = _numbered([*special, *whole, *going_on])
    lines = [" ".join(pair) for pair in merges()]
    return getattr(transformers, cls)(
        vocab_file=_json(folder / "vocabulary.json", vocabulary),
        merges_file=_write(folder / "merge-list.txt", ["#version: 0.2", *lines]),
        **options,
    )


def _counted_signs(folder: Path, cls: str) -> Any:
    """The same, with lists in fairseq's form: a count behind each line."""
    parts = [left + right for left, right in merges()]
    whole = [*LETTERS, *(part.removesuffix("</w>") for part in parts if part.endswith("</w>"))]
    going_on = [f"{piece}@@" for piece in [*LETTERS, *(part for part in parts if not part.endswith("</w>"))]]
    return getattr(transformers, cls)(
        vocab_file=_write(folder / "list.txt", [f"{piece} 1" for piece in dict.fromkeys([*whole, *going_on])]),
        merges_file=_write(folder / "list.codes", [f"{left} {right} 1" for left, right in merges()]),
    )


def _word_ends(folder: Path, cls: str, special: list[str], **options: Any) -> Any:
    """A byte pair encoding that writes "</w>" where a word ends."""
    parts = [left + right for left, right in merges()]
    vocabulary = _numbered([*special, *LETTERS, *(f"{letter}</w>" for letter in LETTERS), *parts])
    return getattr(transformers, cls)(
        vocab_file=_json(folder / "vocabulary.json", vocabulary),
        merges_file=_write(folder / "merge-list.txt", [f"{left} {right} 1" for left, right in merges()]),
        **options,
    )


def wordpieces(folder: Path, cls: str, special: list[str], **options: Any) -> Any:
    pieces = [*special, *LETTERS, *(f"##{letter}" for letter in LETTERS), *WORDS, "##red", "##ing"]
    return getattr(transformers, cls)(_write(folder / "pieces.txt", list(dict.fromkeys(pieces))), **options)


def _sentencepiece(folder: Path, cls: str, training: dict[str, Any] | None = None, **options: Any) -> Any:
    pieces_model(folder, "pieces.model", **(training or {}))
    return getattr(transformers, cls)(vocab_file=str(folder / "pieces.model"), **options)


def _marian(folder: Path, *, separate: bool = False) -> Any:
    ids = {"unk_id": 1, "eos_id": 0, "bos_id": -1, "pad_id": -1, "eos_piece": "</s>"}
    source = pieces_model(folder, "from.spm", **ids)
    target = pieces_model(folder, "to.spm", **{**ids, "vocab_size": 90})
    more: dict[str, Any] = {}
    if separate:
        # Another order, so that a number means another piece on each side.
        turned = [*target[:2], *reversed(target[2:]), "<pad>"]
        more = {"separate_vocabs": True, "target_vocab_file": _json(folder / "to.json", _numbered(turned))}
    pieces = [*source, *(() if separate else target), "<pad>"]
    return transformers.MarianTokenizer(
        str(folder / "from.spm"),
        str(folder / "to.spm"),
        _json(folder / "from.json", _numbered(pieces)),
        source_lang="en",
        target_lang="fr",
        **more,
    )


def _m2m(folder: Path) -> Any:
    pieces = pieces_model(folder, "pieces.model")
    vocabulary = _numbered(["<s>", "<pad>", "</s>", "<unk>", *pieces])
    return transformers.M2M100Tokenizer(
        _json(folder / "pieces.json", vocabulary), str(folder / "pieces.model"), src_lang="en", tgt_lang="fr"
    )


def _bartpho(folder: Path) -> Any:
    pieces = pieces_model(folder, "pieces.model")
    return transformers.BartphoTokenizer(
        str(folder / "pieces.model"), _write(folder / "list.txt", [f"{piece} 1" for piece in pieces[3:]])
    )


def _fsmt(folder: Path, *, escapes: tuple[str, ...] = ()) -> Any:
    """FSMT's, which escapes as XML does; some of the escapes can be made one token each."""
    pairs = merges()
    for escape in escapes:
        letters = [*escape[:-1], f"{escape[-1]}</w>"]
        pairs += [("".join(letters[:place]), letters[place]) for place in range(1, len(letters))]
    pairs = list(dict.fromkeys(pairs))
    parts = [left + right for left, right in pairs]
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    pieces = [*LETTERS, *(f"{letter}</w>" for letter in LETTERS), *parts]
    return transformers.FSMTTokenizer(
        langs=["en", "de"],
        src_vocab_file=_json(folder / "from.json", _numbered([*special, *pieces])),
        tgt_vocab_file=_json(folder / "to.json", _numbered([*special, *reversed(pieces)])),
        merges_file=_write(folder / "merge-list.txt", [f"{left} {right} 1" for left, right in pairs]),
    )


def _speech_to_text(folder: Path) -> Any:
    pieces = pieces_model(folder, "pieces.model")
    return transformers.Speech2TextTokenizer(
        _json(folder / "pieces.json", _numbered([*ENDS, *pieces])), str(folder / "pieces.model")
    )


def _japanese(folder: Path) -> Any:
    names = ["<SP>", "<BR>", "<TAB>", "<BLOCK>", "<KIGOU>", "<U2000U2BFF>", "<|emoji1|>"]
    letters = [letter for letter in LETTERS if letter != ","]
    # One number for two ways to write a word, as in the published vocabularies.
    pieces = ["<|startoftext|>", "<|endoftext|>", *names, "the", "cat", "慶応,慶應", *letters]
    smiles = {"emoji": {"😀": "<|emoji1|>"}, "emoji_inv": {"<|emoji1|>": "😀"}}
    return transformers.GPTNeoXJapaneseTokenizer(
        _write(folder / "list.txt", [*pieces, *(f"<|byte{number}|>" for number in range(256))]),
        _json(folder / "smiles.json", smiles),
    )


def _letters(folder: Path, cls: str, special: list[str], **options: Any) -> Any:
    """One token a letter, capital and small."""
    both = sorted({*LETTERS, *(letter.upper() for letter in LETTERS if len(letter.upper()) == 1)})
    return getattr(transformers, cls)(_json(folder / "letters.json", _numbered([*special, *both])), **options)


def _cpm_ant(folder: Path) -> Any:
    special = ["<d>", "</d>", "<s>", "</s>", "<pad>", "<unk>", "</n>", "</_>"]
    return transformers.CpmAntTokenizer(_write(folder / "list.txt", [*special, *LETTERS, "the", "cat", "日本"]))


def _clvp(folder: Path) -> Any:
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = [*map(chr, printable), *(chr(256 + place) for place in range(256 - len(printable)))]
    parts = [("t", "h"), ("th", "e"), ("c", "a"), ("ca", "t"), ("Ġ", "cat")]
    vocabulary = _numbered(["[UNK]", "[STOP]", "<|endoftext|>", *letters, *(left + right for left, right in parts)])
    return transformers.ClvpTokenizer(
        _json(folder / "bytes.json", vocabulary),
        _write(folder / "merge-list.txt", ["#version: 0.2", *map(" ".join, parts)]),
    )


def _roc_bert(folder: Path) -> Any:
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    pieces = list(dict.fromkeys([*special, *LETTERS, *(f"##{letter}" for letter in LETTERS), *WORDS]))
    shapes = {piece: [0.0] * 4 for piece in pieces}
    return transformers.RoCBertTokenizer(
        _write(folder / "pieces.txt", pieces),
        _json(folder / "shapes.json", dict.fromkeys(pieces, 0) | {"[UNK]": 0}) if shapes else "",
        _json(folder / "sounds.json", dict.fromkeys(pieces, 0)),
    )


ENDS = ["<s>", "<pad>", "</s>", "<unk>"]
BERT = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]

BUILDERS: dict[str, Callable[[Path], Any]] = {
    "ByT5": lambda folder: transformers.ByT5Tokenizer(),
    "Perceiver": lambda folder: transformers.PerceiverTokenizer(),
    "MyT5": lambda folder: transformers.MyT5Tokenizer(
        _json(folder / "maps.json", {"decompose_map": {"41": "52 61"}, "merge_map": {"74 68": "f1"}})
    ),
    "Marian": _marian,
    "Marian, two vocabularies": lambda folder: _marian(folder, separate=True),
    "M2M100": _m2m,
    "BertGeneration": lambda folder: _sentencepiece(folder, "BertGenerationTokenizer"),
    "GPTSw3": lambda folder: _sentencepiece(
        folder, "GPTSw3Tokenizer", {"byte_fallback": True, "vocab_size": 360, "pad_id": 3}
    ),
    "PLBart": lambda folder: _sentencepiece(folder, "PLBartTokenizer"),
    "Bartpho": _bartpho,
    "CTRL": lambda folder: _at_signs(folder, "CTRLTokenizer", ["<unk>"]),
    "BlenderbotSmall": lambda folder: _at_signs(
        folder, "BlenderbotSmallTokenizer", ["__null__", "__start__", "__end__", "__unk__"]
    ),
    "PhoBERT": lambda folder: _counted_signs(folder, "PhobertTokenizer"),
    "BERTweet": lambda folder: _counted_signs(folder, "BertweetTokenizer"),
    "XLM": lambda folder: _word_ends(folder, "XLMTokenizer", [*ENDS, "<special0>", "<special1>"]),
    "Flaubert": lambda folder: _word_ends(folder, "FlaubertTokenizer", [*ENDS, "<special0>", "<special1>"]),
    "BioGPT": lambda folder: _word_ends(folder, "BioGptTokenizer", ENDS),
    "FSMT": _fsmt,
    "FSMT, escapes whole": lambda folder: _fsmt(folder, escapes=("&apos;s", "&quot;", "&amp;", "&lt;")),
    "ProphetNet": lambda folder: wordpieces(folder, "ProphetNetTokenizer", [*BERT, "[X_SEP]"]),
    "BertJapanese": lambda folder: wordpieces(folder, "BertJapaneseTokenizer", BERT, word_tokenizer_type="basic"),
    "RoCBert": _roc_bert,
    "ESM": lambda folder: transformers.EsmTokenizer(
        _write(folder / "residues.txt", ["<cls>", "<pad>", "<eos>", "<unk>", *"LAGVSERTIDPKQNFYMHWC", "<mask>"])
    ),
    "Speech2Text": _speech_to_text,
    "SpeechT5": lambda folder: _sentencepiece(folder, "SpeechT5Tokenizer"),
    "Siglip": lambda folder: _sentencepiece(folder, "SiglipTokenizer"),
    "CPM": lambda folder: _sentencepiece(folder, "CpmTokenizer"),
    "CPMAnt": _cpm_ant,
    "GPT-NeoX-Japanese": _japanese,
    "CLVP": _clvp,
    "Dia": lambda folder: transformers.DiaTokenizer(),
    "MGP-STR": lambda folder: _letters(folder, "MgpstrTokenizer", ["[GO]", "[s]"]),
    "Wav2Vec2": lambda folder: _letters(folder, "Wav2Vec2CTCTokenizer", [*ENDS, "|"]),
    "VITS": lambda folder: _letters(folder, "VitsTokenizer", ["<pad>", "<unk>", " "], phonemize=False, add_blank=False),
    "Canine": lambda folder: transformers.CanineTokenizer(),
}


def build(name: str, folder: Path) -> Any:
    """The named tokenizer, as it is after it was saved into a folder and read back, as models' tokenizers are."""
    made = BUILDERS[name](folder)
    made.save_pretrained(folder / "saved")
    return type(made).from_pretrained(folder / "saved")
